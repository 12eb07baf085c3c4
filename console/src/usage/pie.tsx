// Credits by category: a ring with the values on hover, and the same values as a list.
import type { EChartsCoreOption } from 'echarts/core';
import { useCallback } from 'react';
import type { Category } from '../gql/graphql';
import { Chart, type Ink } from '../ui/chart';
import { tipBox } from '../ui/chart-tip';
import { geometry, micro, sum } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { exact, share } from '../ui/format';
import type { Column } from '../ui/table';
import { TakeTable } from '../ui/take-table';
import { names, text } from '../ui/text';
import { type Change, Delta } from './delta';
import { pattern } from './trend-option';

/** What one category used. */
export interface Slice {
  category: Category;
  used: string;
  percent: string;
  usedChange?: Change | null;
}

/** The ring with its list; a grey ring where nothing was used. */
export function Pie({ slices, label }: { slices: Slice[]; label: string }) {
  const option = useCallback((ink: Ink) => pieOption(slices, ink), [slices]);
  const described = slices.map((s) => `${names.category[s.category]} ${exact(s.used)}`).join(', ');
  return (
    <div className="pie">
      <Chart option={option} label={`${label}: ${described}`} height={132} />
      <Slices slices={slices} names={names.category} />
    </div>
  );
}

interface SlicesProps {
  slices: Slice[];
  names: Record<Category, string>;
  /** With the change of each. */
  compared?: boolean;
}

/** The list: colour, name, share, credits. */
export function Slices({ slices, names: titles, compared }: SlicesProps) {
  return (
    <ul className="slices">
      {slices.map((slice) => (
        <li key={slice.category} data-slice={slice.category}>
          <i className={`dot dot-${slice.category.toLowerCase()}`} aria-hidden />
          <span>{titles[slice.category]}</span>
          <small>{share(slice.percent, slice.used, sum(slices.map((s) => s.used)))}</small>
          <b>
            <Exact value={slice.used} unit={text.units.credits} />
          </b>
          {compared && <Delta change={slice.usedChange} unit={text.units.credits} />}
        </li>
      ))}
    </ul>
  );
}

const COLUMNS: Column<Slice>[] = [
  { key: 'category', title: text.overview.category, cell: ({ category }) => names.category[category] },
  { key: 'used', title: text.overview.creditsUsed, cell: ({ used }) => <Exact value={used} /> },
  { key: 'share', title: text.answers.share, cell: ({ percent }) => <span data-share={percent}>{percent}</span> },
];

/** What offers the ring as a picture, and its figures as a file. */
export function TakeSlices({ slices, name }: { slices: Slice[]; name: string }) {
  return <TakeTable name={name} chart columns={COLUMNS} rows={slices} keyOf={({ category }) => category} />;
}

function pieOption(slices: Slice[], ink: Ink): EChartsCoreOption {
  const nothing = slices.every((slice) => micro(slice.used) === 0n);
  const data = nothing
    ? [{ value: 1, name: text.overview.noneYet, itemStyle: { color: ink('--line') } }]
    : slices.map((s) => ({
        value: geometry(s.used),
        name: names.category[s.category],
        itemStyle: {
          color: ink(`--c-${s.category.toLowerCase()}`),
          ...pattern(s.category.toLowerCase(), ink),
        },
      }));
  return {
    tooltip: {
      confine: false,
      appendTo: 'body',
      ...tipBox(ink),
      formatter: ({ dataIndex }: { dataIndex: number }) =>
        nothing ? text.overview.noneYet : tip(slices[dataIndex]!, slices),
    },
    series: [
      {
        type: 'pie',
        radius: ['62%', '94%'],
        data,
        label: { show: false },
        itemStyle: { borderColor: ink('--surface'), borderWidth: nothing ? 0 : 2 },
        emphasis: { scaleSize: 3 },
        minAngle: 2,
      },
    ],
  };
}

function tip(slice: Slice, slices: Slice[]): string {
  const part = share(slice.percent, slice.used, sum(slices.map((s) => s.used)));
  const dot = `<i class="dot dot-${slice.category.toLowerCase()}"></i>`;
  const name = `<span>${names.category[slice.category]}</span>`;
  const row = `<div class="tip-row">${dot}${name}<b>${exact(slice.used)}</b></div>`;
  return `<div class="tip">${row}<em>${part}</em></div>`;
}
