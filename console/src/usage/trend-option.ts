// How the trend is drawn: credits by category as stacked bars above, tool runs below, one pointer for both.
import type { EChartsCoreOption } from 'echarts/core';
import type { OverviewTabQuery } from '../gql/graphql';
import type { Ink } from '../ui/chart';
import { geometry, micro } from '../ui/decimal';
import { amount, bucket, compact, count, exact, fullBucket } from '../ui/format';
import { names, text } from '../ui/text';

/** The trend as the API answers it. */
export type Trend = NonNullable<OverviewTabQuery['account']>['usageTrend'];

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

/** The option for ECharts. Heights are floats; what is written is the API's own figure. */
export function trendOption(trend: Trend, ink: Ink): EChartsCoreOption {
  const { series, granularity, timeZone } = trend;
  const label = { color: ink('--ink-soft'), fontSize: 11, fontFamily: 'Inter Variable, system-ui, sans-serif' };
  const axis = (gridIndex: number) => ({
    type: 'category',
    gridIndex,
    data: series.starts.map((start) => bucket(start, granularity, timeZone)),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: ink('--line') } },
    axisLabel: { ...label, show: gridIndex === 1, hideOverlap: true },
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
    splitLine: { lineStyle: { color: ink('--line-soft') } },
  });
  // What is not over yet stands in full colour, told apart by its outline: a fainter bar is hard to see.
  const outline = { borderColor: ink('--ink-soft'), borderType: 'dashed', borderWidth: 1 };
  const marked = (value: number, i: number) =>
    value > 0 && isPartial(trend, i) ? { value, itemStyle: outline } : value;
  return {
    grid: [
      { left: 48, right: 12, top: 34, height: '50%' },
      { left: 48, right: 12, top: '70%', bottom: 26 },
    ],
    xAxis: [axis(0), axis(1)],
    yAxis: [height(0, text.overview.total), height(1, text.overview.toolRuns)],
    axisPointer: { link: [{ xAxisIndex: 'all' }], type: 'shadow', shadowStyle: { color: ink('--hover') } },
    tooltip: {
      trigger: 'axis',
      confine: true,
      appendTo: undefined,
      className: 'chart-tip',
      backgroundColor: ink('--surface'),
      borderColor: ink('--line'),
      textStyle: { color: ink('--ink'), fontSize: 12 },
      formatter: (points: unknown) => tip(trend, indexOf(points)),
    },
    series: [
      ...CATEGORIES.map(([key, category]) => ({
        type: 'bar',
        stack: 'credits',
        name: names.category[category],
        data: series[key].map((value, i) => marked(geometry(value), i)),
        itemStyle: { color: ink(`--c-${key}`) },
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

function indexOf(points: unknown): number {
  return (points as { dataIndex: number }[])[0]?.dataIndex ?? 0;
}

// The page's own words and figures alone stand in it, no name that a person chose.
function tip(trend: Trend, i: number): string {
  const { series, granularity, timeZone } = trend;
  const row = (key: string, name: string, figure: string) =>
    `<div class="tip-row"><i class="dot dot-${key}"></i><span>${name}</span><b>${figure}</b></div>`;
  const partial = isPartial(trend, i) ? ` <em>(${text.overview.partial})</em>` : '';
  const rows = [
    ...CATEGORIES.map(([key, category]) => row(key, names.category[category], exact(series[key][i]!))),
    row('none', text.overview.total, amount(series.credits[i]!)),
    row('tools', text.overview.toolRuns, count(series.runs[i]!)),
  ];
  const title = `<strong>${fullBucket(series.starts[i]!, granularity, timeZone)}${partial}</strong>`;
  return `<div class="tip">${title}${rows.join('')}</div>`;
}
