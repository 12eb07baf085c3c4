// How the trend is drawn: credits by category as stacked bars above, tool runs below, one pointer for both.
import type { EChartsCoreOption } from 'echarts/core';
import type { TrendFieldsFragment } from '../gql/graphql';
import type { Ink } from '../ui/chart';
import { tipBox } from '../ui/chart-tip';
import { geometry, micro } from '../ui/decimal';
import { amount, bucket, compact, count, exact, fullBucket } from '../ui/format';
import { names, text } from '../ui/text';

/** The trend as the API answers it. */
export type Trend = TrendFieldsFragment;

/** The buckets of another time, to compare with: they stand behind those at the same place. */
export interface Ghosts {
  series: NonNullable<Trend['comparedSeries']>;
  name: string;
}

const CATEGORIES = [
  ['models', 'MODELS'],
  ['guardrails', 'GUARDRAILS'],
  ['scripts', 'SCRIPTS'],
] as const;

/** Whether the range covers the bucket only in part, or it is not over yet. */
export function isPartial(trend: Trend, i: number): boolean {
  const { series } = trend;
  return (i === 0 && series.firstPartial) || (i === series.starts.length - 1 && series.lastPartial);
}

/** Whether nothing was used. */
export function isEmpty({ series }: Trend): boolean {
  return series.runs.every((runs) => runs === 0) && series.credits.every((credits) => micro(credits) === 0n);
}

const BOTH = [
  { left: 48, right: 12, top: 34, height: '50%' },
  { left: 48, right: 12, top: '70%', bottom: 26 },
];

// Where one meter is shown alone, the other's grid has no height.
const grids = (shown: boolean) =>
  shown ? { left: 48, right: 12, top: 34, bottom: 26 } : { left: 48, right: 12, top: 0, height: 0 };

/** The option for ECharts. Heights are floats; what is written is the API's own figure. */
export function trendOption(
  trend: Trend,
  ghosts: Ghosts | null,
  ink: Ink,
  only?: 'credits' | 'runs',
): EChartsCoreOption {
  const { series, granularity, timeZone } = trend;
  const shows = (gridIndex: number) => !only || gridIndex === (only === 'credits' ? 0 : 1);
  const label = { color: ink('--ink-soft'), fontSize: 11, fontFamily: 'Inter Variable, system-ui, sans-serif' };
  const axis = (gridIndex: number) => ({
    type: 'category',
    gridIndex,
    data: series.starts.map((start) => bucket(start, granularity, timeZone)),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: ink('--line') } },
    axisLabel: { ...label, show: gridIndex === (only === 'credits' ? 0 : 1), hideOverlap: true },
    show: shows(gridIndex),
  });
  const height = (gridIndex: number, name: string) => ({
    type: 'value',
    gridIndex,
    name,
    nameLocation: 'end',
    nameGap: 10,
    nameTextStyle: { ...label, align: 'left', fontWeight: 600 },
    splitNumber: 3,
    axisLabel: { ...label, formatter: compact, show: !isEmpty(trend) },
    show: shows(gridIndex),
    splitLine: { lineStyle: { color: ink('--line-soft') } },
  });
  // What is not over yet stands in full colour, told apart by its outline: a fainter bar is hard to see.
  const outline = { borderColor: ink('--ink-soft'), borderType: 'dashed', borderWidth: 1 };
  const marked = (value: number, i: number) =>
    value > 0 && isPartial(trend, i) ? { value, itemStyle: outline } : value;
  return {
    grid: only ? [grids(only === 'credits'), grids(only === 'runs')] : BOTH,
    xAxis: [axis(0), axis(1), ...(ghosts ? [behind(axis(0)), behind(axis(1))] : [])],
    yAxis: [height(0, text.overview.total), height(1, text.overview.toolRuns)],
    axisPointer: { link: [{ xAxisIndex: 'all' }], type: 'shadow', shadowStyle: { color: ink('--hover') } },
    tooltip: {
      trigger: 'axis',
      confine: true,
      appendTo: undefined,
      ...tipBox(ink),
      formatter: (points: unknown) => tip(trend, ghosts, indexOf(points)),
    },
    series: [
      ...(ghosts ? ghostBars(trend, ghosts, ink) : []).filter(({ yAxisIndex }) => shows(yAxisIndex)),
      ...CATEGORIES.map(([key, category]) => ({
        type: 'bar',
        stack: 'credits',
        name: names.category[category],
        data: series[key].map((value, i) => marked(geometry(value), i)),
        itemStyle: { color: ink(`--c-${key}`), ...pattern(key, ink) },
        barMaxWidth: 34,
        barCategoryGap: '28%',
      })),
      {
        type: 'bar',
        name: text.overview.toolRuns,
        xAxisIndex: 1,
        yAxisIndex: 1,
        data: series.runs.map(marked),
        itemStyle: { color: ink('--c-tools') },
        barMaxWidth: 34,
        barCategoryGap: '28%',
      },
    ],
  };
}

/** The same axis out of sight, for bars of another width: on one axis ECharts lines up bars by their left edges. */
export function behind<A extends object>(axis: A) {
  return { ...axis, show: false, axisPointer: { show: false, triggerTooltip: false } };
}

// The bars of the time before: wider, pale, and behind.
function ghostBars({ series }: Trend, { series: past, name }: Ghosts, ink: Ink) {
  const style = { color: ink('--ghost'), borderColor: ink('--ghost-line'), borderWidth: 1 };
  const bars = (index: number, data: number[]) => ({
    type: 'bar',
    name,
    xAxisIndex: index + 2, // out of sight
    yAxisIndex: index,
    data: series.starts.map((_, i) => data[i] ?? 0),
    itemStyle: style,
    barMaxWidth: 46,
    barCategoryGap: '8%',
    silent: true,
    z: 1,
  });
  return [bars(0, past.credits.map(geometry)), bars(1, past.runs)];
}

/** What tells a category apart without its hue: guardrails are hatched, scripts dotted. */
export function pattern(key: string, ink: Ink): object {
  const decal = { color: ink('--decal'), dashArrayX: [1, 0], dashArrayY: [2, 5], symbolSize: 1 };
  if (key === 'guardrails') return { decal: { ...decal, symbol: 'rect', rotation: Math.PI / 4 } };
  if (key === 'scripts')
    return {
      decal: {
        ...decal,
        symbol: 'circle',
        dashArrayX: [
          [4, 4],
          [0, 4, 4, 0],
        ],
        dashArrayY: [4, 0],
        symbolSize: 0.7,
      },
    };
  return {};
}

function indexOf(points: unknown): number {
  return (points as { dataIndex: number }[])[0]?.dataIndex ?? 0;
}

// The page's own words and figures alone stand in it, no name that a person chose.
function tip(trend: Trend, ghosts: Ghosts | null, i: number): string {
  const { series, granularity, timeZone } = trend;
  const row = (key: string, name: string, figure: string) =>
    `<div class="tip-row"><i class="dot dot-${key}"></i><span>${name}</span><b>${figure}</b></div>`;
  const partial = isPartial(trend, i) ? ` <em>(${text.overview.partial})</em>` : '';
  const rows = [
    ...CATEGORIES.map(([key, category]) => row(key, names.category[category], exact(series[key][i]!))),
    row('none', text.overview.total, amount(series.credits[i]!)),
    row('tools', text.overview.toolRuns, count(series.runs[i]!)),
  ];
  const past = ghosts?.series;
  if (ghosts && past?.starts[i]) {
    const name = fullBucket(past.starts[i], granularity, timeZone);
    rows.push(`<div class="tip-before">${name}</div>`);
    rows.push(row('ghost', text.overview.total, amount(past.credits[i]!)));
    rows.push(row('ghost', text.overview.toolRuns, count(past.runs[i]!)));
  }
  const title = `<strong>${fullBucket(series.starts[i]!, granularity, timeZone)}${partial}</strong>`;
  return `<div class="tip">${title}${rows.join('')}</div>`;
}
