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

/** The names of what is stacked, in order. */
export function stacksOf(rows: Row[], word: Dimension, label: Label): string[] {
  return [...new Set(rows.map((row) => label(row, word)))];
}

/** The variable of a series' colour: a category has its own, others come in order. */
export function colorOf(rows: Row[], word: Dimension | undefined, stack: string, i: number, label: Label): string {
  const row = word === 'CATEGORY' ? rows.find((of) => label(of, word) === stack) : undefined;
  return row?.category ? `--c-${row.category.toLowerCase()}` : COLORS[i % COLORS.length]!;
}

/** What tells a series apart beside its colour, by the name of the category that has the same pattern. */
export function patternOf(rows: Row[], word: Dimension | undefined, stack: string, i: number, label: Label): string {
  const row = word === 'CATEGORY' ? rows.find((of) => label(of, word) === stack) : undefined;
  return row?.category?.toLowerCase() ?? PATTERNS[Math.floor(i / COLORS.length) % PATTERNS.length]!;
}

/** The option for ECharts. Time runs along the axis, whichever grouping it is; else the first grouping does. */
export function barsOption(rows: Row[], question: Question, label: Label, ink: Ink): EChartsCoreOption {
  const { measure } = question;
  const along = alongOf(question);
  const stacked = stackOf(question);
  const places = [...new Set(rows.map((row) => label(row, along)))].slice(0, MOST);
  const stacks = stacked ? stacksOf(rows, stacked, label) : [''];
  const size = (row: Row) => geometry(String(FIELD[measure](row)));
  const told = (row: Row) => {
    const value = FIELD[measure](row);
    return typeof value === 'number' ? count(value) : exact(value);
  };
  const at = new Map(rows.map((row) => [`${label(row, along)}\n${stacked ? label(row, stacked) : ''}`, row]));
  const text = { color: ink('--ink-soft'), fontSize: 11, fontFamily: 'Inter Variable, system-ui, sans-serif' };
  return {
    grid: { left: 56, right: 12, top: 16, bottom: 40 },
    xAxis: {
      type: 'category',
      data: places,
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
        const row = at.get(`${places[dataIndex]}\n${stacks[seriesIndex]}`);
        const lines = [places[dataIndex], stacks[seriesIndex]].filter(Boolean).map((line) => escaped(line!));
        return row
          ? `<div class="tip"><strong>${lines.join(' · ')}</strong><div class="tip-row"><b>${told(row)}</b></div></div>`
          : '';
      },
    },
    series: stacks.map((stack, i) => ({
      type: 'bar',
      stack: 'all',
      name: stack,
      data: places.map((place) => {
        const row = at.get(`${place}\n${stack}`);
        return row ? size(row) : 0;
      }),
      itemStyle: {
        color: ink(colorOf(rows, stacked, stack, i, label)),
        ...pattern(patternOf(rows, stacked, stack, i, label), ink),
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
