// The explorer's chart: a bar for each row, stacked by the second grouping where there is one; pale bars behind them
// are of the time compared with.
import type { EChartsCoreOption } from 'echarts/core';
import type { Ink } from '../ui/chart';
import { tipBox } from '../ui/chart-tip';
import { geometry, micro, sum } from '../ui/decimal';
import { compact, count, duration, exact, spanned } from '../ui/format';
import { text } from '../ui/text';
import { changeOf } from '../usage/change';
import type { Change } from '../usage/delta';
import { behind, pattern } from '../usage/trend-option';
import { adds, type Dimension, type Measure, type Question } from './question';
import type { Connection, Row } from './rows';

/** Colours of series in order, told apart by every eye (ui/palette.test.ts); the next four are hatched, then dotted. */
const COLORS = ['--c-models', '--c-scripts', '--c-guardrails', '--c-tools'];
const PATTERNS = ['plain', 'guardrails', 'scripts'];
// So many names fit; bars of time need none each.
const MOST = 40;

/** The figures of a row, which the sums of all rows have too. */
export type Measured = Connection['totals'];

/** What a row tells of each measure. */
export const FIELD: Record<Measure, (row: Measured) => string | number> = {
  CREDITS: (row) => row.credits,
  RUNS: (row) => row.runs,
  EVENTS: (row) => row.events,
  TOKENS: (row) => row.inputTokens + row.outputTokens,
  INPUT_TOKENS: (row) => row.inputTokens,
  OUTPUT_TOKENS: (row) => row.outputTokens,
  CACHE_READ_TOKENS: (row) => row.cacheReadTokens,
  CACHE_WRITE_TOKENS: (row) => row.cacheWriteTokens,
  REASONING_TOKENS: (row) => row.reasoningTokens,
  HOSTING_SECONDS: (row) => row.hostingSeconds,
  REPLICA_SECONDS: (row) => row.replicaSeconds ?? 0,
  CREDITS_PER_1000_TOKENS: (row) => row.creditsPer1000Tokens ?? '0',
  CREDITS_PER_RUN: (row) => row.creditsPerRun ?? '0',
  RESOURCES: (row) => row.resources ?? 0,
  USERS: (row) => row.users ?? 0,
};

/** How a row's measure compares; undefined and null where nothing is compared, or the API compares no such figure. */
export const CHANGES: Record<Measure, (row: Row) => Change | null | undefined> = {
  CREDITS: (row) => row.creditsChange,
  RUNS: (row) => row.runsChange,
  EVENTS: (row) => row.eventsChange,
  TOKENS: (row) => tokensChange(row),
  INPUT_TOKENS: (row) => row.inputTokensChange,
  OUTPUT_TOKENS: (row) => row.outputTokensChange,
  CACHE_READ_TOKENS: () => null, // the API compares none of the three
  CACHE_WRITE_TOKENS: () => null,
  REASONING_TOKENS: () => null,
  HOSTING_SECONDS: (row) => row.hostingSecondsChange,
  REPLICA_SECONDS: (row) => row.replicaSecondsChange,
  CREDITS_PER_1000_TOKENS: () => null, // nor the two ratios
  CREDITS_PER_RUN: () => null,
  RESOURCES: (row) => row.resourcesChange,
  USERS: (row) => row.usersChange,
};

// Input and output together, each of which the API compares.
function tokensChange({ inputTokens, outputTokens, inputTokensChange: into, outputTokensChange: out }: Row) {
  return into && out ? changeOf(String(inputTokens + outputTokens), sum([into.value, out.value])) : null;
}

type Label = (row: Row, word: Dimension) => string;

/** What runs along the axis: time, whichever grouping it is; else the first grouping. */
export function alongOf({ by }: Pick<Question, 'by'>): Dimension {
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

/** What the rows at each place of the axis came to in the time compared with; null where nothing is compared. */
export function ghostsOf(rows: Row[], { by, measure }: Pick<Question, 'by' | 'measure'>): Map<string, string> | null {
  if (by.length > 1 && !adds(measure)) return null;
  const along = alongOf({ by });
  const all = new Map<string, string>();
  for (const row of rows) {
    const change = CHANGES[measure](row);
    if (!change) continue;
    const key = keyOf(row, along);
    all.set(key, sum([all.get(key) ?? '0', change.value]));
  }
  return all.size > 0 ? all : null;
}

/** The places of the axis: those of time all, of names as many as fit. */
export function placesOf(rows: Row[], question: Question, label: Label): Named[] {
  const along = alongOf(question);
  const all = namedBy(rows, along, label);
  return along === 'TIME' ? all : all.slice(0, MOST);
}

/** Reports whether there are more places than the axis shows. */
export function isCut(rows: Row[], question: Question, label: Label): boolean {
  return placesOf(rows, question, label).length < namedBy(rows, alongOf(question), label).length;
}

/** The option for ECharts. Time runs along the axis, whichever grouping it is; else the first grouping does. */
export function barsOption(rows: Row[], question: Question, label: Label, ink: Ink, before = ''): EChartsCoreOption {
  const along = alongOf(question);
  const stacked = stackOf(question);
  const places = placesOf(rows, question, label);
  const stacks = stacked ? namedBy(rows, stacked, label) : [{ key: '', name: '', row: rows[0]! }];
  const at = new Map(rows.map((row) => [`${keyOf(row, along)}\n${stacked ? keyOf(row, stacked) : ''}`, row]));
  const rowAt = (place: Named, stack: Named) => at.get(`${place.key}\n${stack.key}`);
  const ghosts = ghostsOf(rows, question);
  const value = (row: Row) => String(FIELD[question.measure](row));
  // Times stand in hours, so that the axis has whole ones.
  const timed = isTime(question.measure);
  const height = (figure: string) => geometry(figure) / (timed ? 3600 : 1);
  return {
    ...axes(places, timed, ink),
    tooltip: {
      trigger: 'item',
      confine: true,
      ...tipBox(ink),
      formatter: ({ dataIndex, seriesIndex }: { dataIndex: number; seriesIndex: number }) => {
        const [place, stack] = [places[dataIndex]!, stacks[seriesIndex]];
        const past = ghosts?.get(place.key);
        // A stack is compared as a part, what stands behind them all as a whole.
        if (!stack) return tip([place.name, before], told(question, past ?? '0'));
        const row = rowAt(place, stack);
        const was = row && CHANGES[question.measure](row);
        const then = was ? [`${before}: ${told(question, was.value)}`] : [];
        return row ? tip([place.name, stack.name], told(question, value(row)), then) : '';
      },
    },
    series: [
      ...stacks.map((stack, i) => ({
        type: 'bar',
        stack: adds(question.measure) ? 'all' : undefined,
        name: stack.name,
        data: places.map((place) => {
          const row = rowAt(place, stack);
          return row ? height(value(row)) : 0;
        }),
        itemStyle: { color: ink(colorOf(stacked, stack, i)), ...pattern(patternOf(stacked, stack, i), ink) },
        barMaxWidth: 40,
        barCategoryGap: '24%',
      })),
      ...(ghosts
        ? [
            ghostBars(
              places.map(({ key }) => height(ghosts.get(key) ?? '0')),
              before,
              ink,
            ),
          ]
        : []),
    ],
  };
}

function axes(places: Named[], timed: boolean, ink: Ink): EChartsCoreOption {
  const words = { color: ink('--ink-soft'), fontSize: 11, fontFamily: 'Inter Variable, system-ui, sans-serif' };
  const along = {
    type: 'category',
    data: places.map(({ name }) => name),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: ink('--line') } },
    // Every name that there is room for: where the page is narrow, those are left out that would lie over others.
    axisLabel: {
      ...words,
      interval: places.length > MOST ? 'auto' : 0,
      width: roomOf(places.length),
      overflow: 'truncate',
      hideOverlap: true,
    },
  };
  return {
    grid: { left: 56, right: 12, top: 16, bottom: 40 },
    xAxis: [along, behind(along)],
    yAxis: {
      type: 'value',
      splitNumber: 4,
      axisLabel: { ...words, formatter: (at: number) => (timed ? hours(at) : compact(at)) },
      splitLine: { lineStyle: { color: ink('--line-soft') } },
    },
  };
}

// How wide each of so many names may be on a wide page, in pixels.
function roomOf(names: number): number {
  return Math.max(56, Math.min(96, Math.floor(780 / names)));
}

const hours = (at: number) => `${compact(at)} h`;

// The bars of the time before: wider, pale, and behind, as in the trend.
function ghostBars(data: number[], name: string, ink: Ink) {
  return {
    type: 'bar',
    name,
    data,
    itemStyle: { color: ink('--ghost'), borderColor: ink('--ghost-line'), borderWidth: 1 },
    barMaxWidth: 54,
    barCategoryGap: '8%',
    xAxisIndex: 1, // out of sight
    z: 1,
  };
}

/** A figure of the question's measure in words: amounts exact, numbers grouped, times in hours and minutes. */
export function told({ measure }: Pick<Question, 'measure'>, value: string): string {
  if (measure === 'CREDITS' || measure === 'CREDITS_PER_1000_TOKENS' || measure === 'CREDITS_PER_RUN')
    return text.units.amount.MODEL_CREDITS(exact(value));
  return isTime(measure) ? duration(spanned(Number(value))) : count(Number(value));
}

const isTime = (measure: Measure) => measure === 'HOSTING_SECONDS' || measure === 'REPLICA_SECONDS';

/** What the chart shows, in a sentence: its highest part. Empty without one. */
export function toldOf(rows: Row[], question: Question, label: Label): string {
  const of = (row: Row) => String(FIELD[question.measure](row));
  const most = rows.reduce<Row | null>((top, row) => (!top || micro(of(row)) > micro(of(top)) ? row : top), null);
  if (!most || micro(of(most)) === 0n) return '';
  return text.answers.explorer.most(question.by.map((word) => label(most, word)).join(', '), told(question, of(most)));
}

function tip(titles: string[], figure: string, below: string[] = []): string {
  const more = below.map((line) => `<div class="tip-before">${escaped(line)}</div>`).join('');
  const title = titles.filter(Boolean).map(escaped).join(' · ');
  return `<div class="tip"><strong>${title}</strong><div class="tip-row"><b>${escaped(figure)}</b></div>${more}</div>`;
}

// Names that people chose stand in it.
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
