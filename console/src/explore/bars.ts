// The explorer's chart: a bar for each row, stacked by the second grouping where there is one.
import type { EChartsCoreOption } from 'echarts/core';
import type { Ink } from '../ui/chart';
import { geometry } from '../ui/decimal';
import { compact, count, exact } from '../ui/format';
import { pattern } from '../usage/trend-option';
import type { Dimension, Measure, Question } from './question';
import type { Row } from './rows';

/** Colours of series in order, told apart by every eye (ui/palette.test.ts); the next four are hatched, then dotted. */
const COLORS = ['--c-models', '--c-scripts', '--c-guardrails', '--c-tools'];
const PATTERNS = ['plain', 'guardrails', 'scripts'];
const MOST = 40;

/** What a row tells of each measure. */
export const FIELD: Record<Measure, (row: Row) => string | number> = {
  CREDITS: (row) => row.credits,
  RUNS: (row) => row.runs,
  EVENTS: (row) => row.events,
  INPUT_TOKENS: (row) => row.inputTokens,
  OUTPUT_TOKENS: (row) => row.outputTokens,
  CACHE_READ_TOKENS: (row) => row.cacheReadTokens,
  CACHE_WRITE_TOKENS: (row) => row.cacheWriteTokens,
  REASONING_TOKENS: (row) => row.reasoningTokens,
  HOSTING_SECONDS: (row) => row.hostingSeconds,
};

type Label = (row: Row, word: Dimension) => string;

/** What runs along the axis: time, whichever grouping it is; else the first grouping. */
function alongOf({ by }: Question): Dimension {
  return by.includes('TIME') ? 'TIME' : by[0]!;
}

/** The grouping that bars are stacked by. */
export function stackOf(question: Question): Dimension | undefined {
  return question.by.find((word) => word !== alongOf(question));
}

/** A place on the axis, or a series: told apart by `key`, since two things may be called the same. */
export interface Named {
  key: string;
  name: string;
  row: Row;
}

// What tells a row from others by one grouping: its id where there is one, the raw value where there is not.
function keyOf(row: Row, word: Dimension): string {
  const { beyond, other } = row;
  const values: Partial<Record<Dimension, unknown>> = {
    RESOURCE: row.resourceId,
    DEPLOYMENT: row.deploymentId,
    CATEGORY: row.category,
    KIND: row.kind,
    USER: row.user,
    API_KEY: row.apiKey,
    TAG: row.tags[0]?.value,
    RESOURCE_TAG: row.resourceTags[0]?.value,
    OWNER: row.ownerName,
    HARDWARE: row.hardware,
    TIME: row.start,
    DAY_OF_WEEK: row.dayOfWeek,
    HOUR_OF_DAY: row.hourOfDay,
  };
  // Time is told of the row of all others too.
  return word === 'TIME' ? String(row.start) : JSON.stringify([other, beyond, values[word] ?? null]);
}

function namedBy(rows: Row[], word: Dimension, label: Label): Named[] {
  const all = new Map<string, Named>();
  for (const row of rows) {
    const key = keyOf(row, word);
    if (!all.has(key)) all.set(key, { key, name: label(row, word), row });
  }
  return [...all.values()];
}

/** What is stacked, in order. */
export const stacksOf = namedBy;

/** The variable of a series' colour: a category has its own, others come in order. */
export function colorOf(word: Dimension | undefined, { row }: Named, i: number): string {
  const own = word === 'CATEGORY' && row.category;
  return own ? `--c-${own.toLowerCase()}` : COLORS[i % COLORS.length]!;
}

/** What tells a series apart beside its colour, by the name of the category that has the same pattern. */
export function patternOf(word: Dimension | undefined, { row }: Named, i: number): string {
  const own = word === 'CATEGORY' && row.category;
  return own ? own.toLowerCase() : PATTERNS[Math.floor(i / COLORS.length) % PATTERNS.length]!;
}

/** The option for ECharts. Time runs along the axis, whichever grouping it is; else the first grouping does. */
export function barsOption(rows: Row[], question: Question, label: Label, ink: Ink): EChartsCoreOption {
  const { measure } = question;
  const along = alongOf(question);
  const stacked = stackOf(question);
  const places = namedBy(rows, along, label).slice(0, MOST);
  const stacks = stacked ? namedBy(rows, stacked, label) : [{ key: '', name: '', row: rows[0]! }];
  const size = (row: Row) => geometry(String(FIELD[measure](row)));
  const told = (row: Row) => {
    const value = FIELD[measure](row);
    return typeof value === 'number' ? count(value) : exact(value);
  };
  const place = ({ key }: Named, stack: Named) => `${key}\n${stack.key}`;
  const at = new Map(rows.map((row) => [`${keyOf(row, along)}\n${stacked ? keyOf(row, stacked) : ''}`, row]));
  const text = { color: ink('--ink-soft'), fontSize: 11, fontFamily: 'Inter Variable, system-ui, sans-serif' };
  return {
    grid: { left: 56, right: 12, top: 16, bottom: 40 },
    xAxis: {
      type: 'category',
      data: places.map(({ name }) => name),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: ink('--line') } },
      axisLabel: { ...text, width: 96, overflow: 'truncate', hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      splitNumber: 4,
      axisLabel: { ...text, formatter: compact },
      splitLine: { lineStyle: { color: ink('--line-soft') } },
    },
    tooltip: {
      trigger: 'item',
      confine: true,
      className: 'chart-tip',
      backgroundColor: ink('--surface'),
      borderColor: ink('--line'),
      textStyle: { color: ink('--ink'), fontSize: 12 },
      formatter: ({ dataIndex, seriesIndex }: { dataIndex: number; seriesIndex: number }) => {
        const [one, stack] = [places[dataIndex]!, stacks[seriesIndex]!];
        const row = at.get(place(one, stack));
        const lines = [one.name, stack.name].filter(Boolean).map(escaped);
        return row
          ? `<div class="tip"><strong>${lines.join(' · ')}</strong><div class="tip-row"><b>${told(row)}</b></div></div>`
          : '';
      },
    },
    series: stacks.map((stack, i) => ({
      type: 'bar',
      stack: 'all',
      name: stack.name,
      data: places.map((one) => {
        const row = at.get(place(one, stack));
        return row ? size(row) : 0;
      }),
      itemStyle: {
        color: ink(colorOf(stacked, stack, i)),
        ...pattern(patternOf(stacked, stack, i), ink),
      },
      barMaxWidth: 40,
      barCategoryGap: '24%',
    })),
  };
}

// Names that people chose stand in it.
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
