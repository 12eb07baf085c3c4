// The balance as a line, with grants, expiries and corrections on it; each leads to its entry in the ledger.
import { Skeleton } from '@mantine/core';
import type { EChartsCoreOption } from 'echarts/core';
import { useCallback, useMemo } from 'react';
import { Link, useNavigate } from 'react-router';
import { useParts } from '../api/ask';
import type { Fault } from '../api/fault';
import { BalanceLineDocument, type OverviewTabQuery } from '../gql/graphql';
import { useOnChange } from '../live/live';
import { usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Chart, type Ink } from '../ui/chart';
import { tipBox } from '../ui/chart-tip';
import { geometry, micro } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { amount, compact, count, day, exact, moment, shortDay, signed } from '../ui/format';
import { Instant } from '../ui/instant';
import { Failed, isStale, Stale, Unread } from '../ui/states';
import { type Column, Table } from '../ui/table';
import { Take, useUnseen } from '../ui/take';
import { names, text } from '../ui/text';
import { localDay } from '../ui/zone';
import { balanceLine, type Point, type Step, stepNear } from './balance-line';
import { useSpanAbout } from './period';

const t = text.answers.balance;
const MARKS = 6;

type Trend = NonNullable<OverviewTabQuery['account']>['usageTrend'];

interface BalanceProps {
  trend: Trend | undefined;
  /** The instant of the answer that the trend is of. */
  asOf: string | undefined;
}

/** The card; it asks once the trend is there, whose buckets shape the line. */
export function Balance({ trend, asOf }: BalanceProps) {
  const place = usePlace();
  const { from, to } = bounds(trend, asOf);
  const zone = trend?.timeZone ?? 'UTC';
  const variables = { account: place.account.id, range: { from, to: trend?.range.to ?? '' }, from, to };
  const { data, fault, again, failed } = useParts(BalanceLineDocument, variables, !trend || !asOf);
  useOnChange(again);
  const found = data?.account;
  const stale = isStale({ data: found ?? undefined, fault });
  const ledger = found?.ledger;
  const steps = useMemo(() => ledger?.edges.map(({ node }) => node) ?? null, [ledger]);
  const cut = ledger?.pageInfo.hasNextPage ?? false;
  const points = useMemo(() => {
    if (!trend || !found || !steps) return null;
    const { starts, credits } = trend.series;
    const ends = { start: found.start?.credits ?? null, last: found.end?.credits ?? null };
    return balanceLine(ends, { starts, credits, end: to }, steps, cut);
  }, [trend, found, steps, cut, to]);
  const entry = useEntry(zone);
  const unseen = useUnseen();
  const about = useSpanAbout();
  return (
    <section className="card balance" aria-label={t.title} data-card="balance">
      <div className="card-head">
        <div>
          <h2>{t.title}</h2>
          <p>{t.lead}</p>
        </div>
        {points && <Take name={t.title} about={about} chart whole={unseen.load} />}
      </div>
      {fault && stale && <Stale fault={fault} again={again} />}
      {fault && !stale ? (
        <Failed fault={fault} again={again} />
      ) : !found ? (
        <Skeleton height={190} radius="md" />
      ) : (
        <>
          {points && <Line points={points} zone={zone} entry={entry} />}
          {points && unseen.shown && (
            <div className="out-of-sight" ref={unseen.took}>
              <Points points={points} zone={zone} />
            </div>
          )}
          {cut && <p className="hint">{t.cut(count(steps?.length ?? 0))}</p>}
          {steps && <Steps steps={steps} zone={zone} entry={entry} />}
          {!steps && <Unread what={t.noEntries} fault={failed('ledger')} again={again} />}
          {steps && <Ends found={found} line={points !== null} failed={failed} again={again} />}
        </>
      )}
    </section>
  );
}

interface EndsProps {
  found: { start?: unknown; end?: unknown };
  line: boolean;
  failed: (part: string) => Fault | null;
  again: () => void;
}

// What is said where the balance at an end of the line could not be read.
function Ends({ found, line, failed, again }: EndsProps) {
  const fault = (found.start ? null : failed('start')) ?? (found.end ? null : failed('end'));
  return <Unread what={line ? t.oneEnd : t.noLine} fault={fault} again={again} />;
}

// The period of the trend, its end not after the answer itself.
function bounds(trend: Trend | undefined, asOf: string | undefined): { from: string; to: string } {
  if (!trend || !asOf) return { from: '', to: '' };
  const { from, to } = trend.range;
  return { from, to: Date.parse(to) > Date.parse(asOf) ? asOf : to };
}

// What an entry is called, such as "Granted: Top-up".
function nameOf({ kind, grant }: Step): string {
  const mark = t.marks[kind] ?? kind;
  return grant ? `${mark}: ${names.grant[grant.kind]}` : mark;
}

// Where an entry stands: marked in the ledger of its day, among those of its kind.
function useEntry(zone: string): (step: Step) => string {
  const paths = usePaths();
  return useCallback(
    (step: Step) => {
      const at = localDay(new Date(step.effectiveAt), zone);
      const search = {
        kind: step.kind.toLowerCase(),
        meter: 'model-credits',
        from: at,
        to: at,
        tz: zone,
        entry: step.id,
      };
      return `${paths.billing('ledger')}?${new URLSearchParams(search)}`;
    },
    [paths, zone],
  );
}

// The line as a table, for a file.
function Points({ points, zone }: { points: Point[]; zone: string }) {
  const columns: Column<Point>[] = [
    {
      key: 'at',
      title: text.ledger.at,
      cell: ({ at }) => <Instant at={new Date(at).toISOString()} zone={zone} timed />,
    },
    { key: 'left', title: t.left, right: true, cell: ({ balance }) => <Exact value={balance} /> },
    { key: 'entry', title: text.ledger.kind, cell: ({ step }) => step && nameOf(step) },
    {
      key: 'amount',
      title: text.ledger.amount,
      right: true,
      cell: ({ step }) => step && <Exact value={step.amount} />,
    },
  ];
  return (
    <Table
      caption={t.title}
      columns={columns}
      rows={points}
      keyOf={(point) => String(points.indexOf(point))}
      empty={null}
    />
  );
}

interface LineProps {
  points: Point[];
  zone: string;
  entry: (step: Step) => string;
}

function Line({ points, zone, entry }: LineProps) {
  const navigate = useNavigate();
  const option = useCallback((ink: Ink) => lineOption(points, zone, ink), [points, zone]);
  const pick = useCallback(
    (index: number) => {
      const step = stepNear(points, index);
      if (step) void navigate(entry(step));
    },
    [points, entry, navigate],
  );
  const sizes = points.map((point) => point.balance).sort((a, b) => (micro(a) < micro(b) ? -1 : 1));
  const ends = [points[0]!, points.at(-1)!].map((point) => day(new Date(point.at).toISOString(), zone));
  const label = t.chart(ends[0]!, ends[1]!, amount(sizes[0]!), amount(sizes.at(-1)!));
  return <Chart option={option} height={190} label={label} onPoint={pick} />;
}

// The latest entries as links: what the marks on the line say, for keyboard and screen reader too.
function Steps({ steps: all, zone, entry }: Omit<LineProps, 'points'> & { steps: Step[] }) {
  const steps = [...all].sort((a, b) => Date.parse(b.effectiveAt) - Date.parse(a.effectiveAt));
  if (steps.length === 0) return <p className="hint">{t.none}</p>;
  return (
    <ul className="steps" aria-label={t.entries}>
      {steps.slice(0, MARKS).map((step) => (
        <li key={step.id} data-kind={step.kind}>
          <i className="mark" aria-hidden />
          <Link to={entry(step)}>{nameOf(step)}</Link>
          <b>
            <Exact value={step.amount} unit={text.units.credits} show={signed} />
          </b>
          <small>
            <Instant at={step.effectiveAt} zone={zone} />
          </small>
        </li>
      ))}
    </ul>
  );
}

const SYMBOLS: Record<string, string> = { GRANT: 'triangle', EXPIRY: 'diamond', ADJUSTMENT: 'rect', REFUND: 'circle' };

function lineOption(points: Point[], zone: string, ink: Ink): EChartsCoreOption {
  const label = { color: ink('--ink-soft'), fontSize: 11, fontFamily: 'Inter Variable, system-ui, sans-serif' };
  const tone = (kind: string) => ink(kind === 'GRANT' || kind === 'REFUND' ? '--good' : '--warn');
  return {
    grid: { left: 48, right: 12, top: 12, bottom: 24 },
    xAxis: {
      type: 'time',
      axisLine: { lineStyle: { color: ink('--line') } },
      axisTick: { show: false },
      splitNumber: 4,
      axisLabel: { ...label, hideOverlap: true, formatter: (at: number) => shortDay(at, zone) },
    },
    yAxis: {
      type: 'value',
      splitNumber: 3,
      axisLabel: { ...label, formatter: compact },
      splitLine: { lineStyle: { color: ink('--line-soft') } },
    },
    tooltip: {
      trigger: 'item',
      confine: true,
      ...tipBox(ink),
      formatter: ({ dataIndex }: { dataIndex: number }) => tip(points[dataIndex]!, zone),
    },
    series: [
      {
        type: 'line',
        data: points.map(({ at, balance, step }) => ({
          value: [at, geometry(balance)],
          symbol: step ? (SYMBOLS[step.kind] ?? 'circle') : 'circle',
          symbolSize: step ? 11 : 4,
          symbolRotate: step?.kind === 'EXPIRY' ? 0 : undefined,
          itemStyle: { color: step ? tone(step.kind) : ink('--accent'), opacity: step ? 1 : 0 },
        })),
        showAllSymbol: true,
        lineStyle: { color: ink('--accent'), width: 2 },
        areaStyle: { color: ink('--accent'), opacity: 0.08 },
        emphasis: { itemStyle: { opacity: 1 }, scale: 1.3 },
        cursor: 'default',
      },
    ],
  };
}

function tip({ at, balance, step }: Point, zone: string): string {
  const when = `<strong>${moment(new Date(at).toISOString(), zone)}</strong>`;
  const row = (name: string, figure: string) => `<div class="tip-row"><span>${name}</span><b>${figure}</b></div>`;
  const mark = step ? row(nameOf(step), exact(step.amount)) : '';
  return `<div class="tip">${when}${mark}${row(t.left, amount(balance))}</div>`;
}
