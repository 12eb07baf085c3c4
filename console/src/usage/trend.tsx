// Usage trend: tool runs and credits over the chosen time, as a chart or as a table.
import { NativeSelect, SegmentedControl, Skeleton } from '@mantine/core';
import { type ReactNode, useCallback } from 'react';
import { useNavigate } from 'react-router';
import { pathsOf } from '../shell/paths';
import { useOptionalPlace } from '../shell/place';
import { Chart, type Ink } from '../ui/chart';
import { micro, sum } from '../ui/decimal';
import { Count, Exact } from '../ui/exact';
import { amount, day, fullBucket, NONE } from '../ui/format';
import { lower } from '../ui/language';
import { refilter } from '../ui/paging';
import { useParameters } from '../ui/params';
import { useSoon } from '../ui/soon';
import { type Column, Table } from '../ui/table';
import { Take, useUnseen } from '../ui/take';
import { names, text } from '../ui/text';
import { changeOf } from './change';
import { type Change, Delta } from './delta';
import { bucketEnd, closer } from './drill';
import { useAbout, usePeriod } from './period';
import { writeChoice } from './range';
import { readStep, stepsFor } from './step';
import { periodOf } from './tabs';
import { type Ghosts, isEmpty, isPartial, type Trend, trendOption } from './trend-option';

const t = text.overview;
const KEYS = ['models', 'guardrails', 'scripts', 'tools'] as const;
const MINUTE = 60_000;

interface TrendCardProps {
  trend: Trend | undefined; // undefined: loading
  /** One meter alone. */
  only?: 'credits' | 'runs';
  /** The sums of the period, above the chart. */
  children?: ReactNode;
}

/** The card. */
export function TrendCard({ trend, only, children }: TrendCardProps) {
  const [params, set] = useParameters();
  const asTable = params.get('view') === 'table';
  const setView = useCallback((view: string) => set({ view: view === 'table' ? view : null }, true), [set]);
  const [view, chooseView] = useSoon(asTable ? 'table' : 'chart', setView);
  const { called } = usePeriod();
  const about = useAbout([], trend?.comparedRange);
  const name = called(trend?.comparedRange);
  const past = trend?.comparedSeries && name ? { series: trend.comparedSeries, name } : null;
  const unseen = useUnseen();
  return (
    <section className="card trend" aria-label={t.trend}>
      <div className="card-head">
        <div>
          <h2>{t.trend}</h2>
          {!only && <p>{t.trendLead}</p>}
        </div>
        <div className="card-tools">
          <label className="step">
            {t.step}{' '}
            <NativeSelect
              size="xs"
              value={readStep(params) ?? ''}
              onChange={(event) => set({ step: event.currentTarget.value.toLowerCase() || null })}
              data={[
                {
                  value: '',
                  label:
                    trend && !readStep(params) ? `${t.auto} (${lower(names.granularity[trend.granularity])})` : t.auto,
                },
                ...stepsFor(trend?.range).map((step) => ({ value: step, label: names.granularity[step] })),
              ]}
            />
          </label>
          <SegmentedControl
            size="xs"
            aria-label={t.view}
            value={view}
            onChange={chooseView}
            data={[
              { value: 'chart', label: t.chart },
              { value: 'table', label: t.table },
            ]}
          />
          <Take name={t.trend} about={about} chart={!asTable} whole={asTable ? undefined : unseen.load} />
        </div>
      </div>
      {children}
      {trend && unseen.shown && (
        <div className="out-of-sight" ref={unseen.took}>
          <TrendTable trend={trend} only={only} ghosts={past} />
        </div>
      )}
      {!trend ? (
        <Skeleton height={360} radius="md" />
      ) : asTable ? (
        <TrendTable trend={trend} only={only} ghosts={past} />
      ) : (
        <TrendChart trend={trend} only={only} ghosts={past} />
      )}
    </section>
  );
}

// The explorer's question for what was used within a time, by resource.
function resourcesOf(params: URLSearchParams, choice: Partial<ReturnType<typeof writeChoice>>, runs: boolean): string {
  const asked = new URLSearchParams(periodOf(params));
  for (const [name, value] of Object.entries(choice)) value === null ? asked.delete(name) : asked.set(name, value);
  if (runs) asked.set('measure', 'runs');
  return asked.toString();
}

// Where a click on a bucket leads: to its time, in finer steps; from a minute of the account to the resources that were
// used in it. Null where one resource is shown within one minute: nothing lies closer.
function useCloser(trend: Trend, only: TrendCardProps['only']): ((i: number) => void) | null {
  const [params, set] = useParameters();
  const navigate = useNavigate();
  const account = useOptionalPlace()?.account.id;
  const { series, granularity, timeZone, range } = trend;
  const resources = granularity === 'MINUTE' && !only && account !== undefined;
  const go = useCallback(
    (i: number) => {
      const start = series.starts[i];
      if (!start) return;
      const end = bucketEnd(series.starts, i, granularity, timeZone);
      const to = closer({ start, end }, range, granularity, timeZone);
      const choice = to ? writeChoice(to.choice) : {};
      if (!resources) return to && refilter(set, { ...choice, step: to.step?.toLowerCase() ?? null });
      const ran = micro(series.credits[i]!) === 0n && series.runs[i]! > 0;
      void navigate({ pathname: pathsOf(account).billing('explore'), search: resourcesOf(params, choice, ran) });
    },
    [series, granularity, timeZone, range, resources, params, set, navigate, account],
  );
  const last = granularity === 'MINUTE' && Date.parse(range.to) - Date.parse(range.from) <= MINUTE;
  return last && !resources ? null : go;
}

interface ShownProps {
  trend: Trend;
  only?: 'credits' | 'runs';
  ghosts: Ghosts | null;
}

function TrendChart({ trend, ghosts, only }: ShownProps) {
  const option = useCallback((ink: Ink) => trendOption(trend, ghosts, ink, only), [trend, ghosts, only]);
  const height = only ? 240 : 360;
  const drill = useCloser(trend, only);
  const { from, to } = trend.range;
  return (
    <>
      <div className="chart-place">
        <Chart
          option={option}
          height={height}
          label={`${t.chartLabel(day(from, trend.timeZone), day(to, trend.timeZone))} ${told(trend)}`}
          onColumn={drill ?? undefined}
        />
        {isEmpty(trend) && <p className="chart-none">{t.none}</p>}
      </div>
      <ul className="legend" aria-hidden>
        {(only ? [] : KEYS).map((key) => (
          <li key={key}>
            <i className={`dot dot-${key}`} />
            {key === 'tools' ? t.toolRuns : names.category[key.toUpperCase() as 'MODELS' | 'GUARDRAILS' | 'SCRIPTS']}
          </li>
        ))}
        {ghosts && (
          <li>
            <i className="dot dot-ghost" />
            {ghosts.name}
          </li>
        )}
      </ul>
      {drill && !isEmpty(trend) && (
        <p className="chart-hint">
          {trend.granularity === 'MINUTE' && !only ? text.answers.drill.resources : text.answers.drill.hint}
        </p>
      )}
    </>
  );
}

// What the chart shows, in a sentence: its total and its highest bar.
function told({ series, granularity, timeZone }: Trend): string {
  const most = series.credits.reduce((top, credits, i) => (micro(credits) > micro(series.credits[top]!) ? i : top), 0);
  const start = series.starts[most];
  if (!start) return '';
  return text.answers.drill.told(
    amount(sum(series.credits)),
    fullBucket(start, granularity, timeZone),
    amount(series.credits[most]!),
  );
}

function TrendTable({ trend, ghosts, only }: ShownProps) {
  const { series, granularity, timeZone } = trend;
  const drill = useCloser(trend, only);
  const past = ghosts?.series;
  const credits = (key: 'credits' | 'models' | 'guardrails' | 'scripts', title: string): Column<number> => ({
    key,
    title,
    right: true,
    cell: (i) => <Exact value={series[key][i]!} unit={text.units.credits} />,
  });
  const columns: Column<number>[] = [
    {
      key: 'start',
      title: t.bucket,
      cell: (i) => (
        <>
          {drill ? (
            <button type="button" className="link-button" onClick={() => drill(i)}>
              {fullBucket(series.starts[i]!, granularity, timeZone)}
            </button>
          ) : (
            fullBucket(series.starts[i]!, granularity, timeZone)
          )}
          {isPartial(trend, i) && <em className="tag">{t.partial}</em>}
        </>
      ),
    },
    credits('models', names.category.MODELS),
    credits('guardrails', names.category.GUARDRAILS),
    credits('scripts', names.category.SCRIPTS),
    credits('credits', t.total),
    ...(past ? [change('credits-change', (i) => changeOf(series.credits[i]!, past.credits[i]))] : []),
    { key: 'runs', title: t.toolRuns, right: true, cell: (i) => <Count value={series.runs[i]!} /> },
    ...(past ? [change('runs-change', (i) => changeOf(String(series.runs[i]), past.runs[i]?.toString()))] : []),
  ];
  const wanted = only ? columns.filter(({ key }) => key === 'start' || key.startsWith(only)) : columns;
  const latestFirst = series.starts.map((_, i) => series.starts.length - 1 - i);
  return (
    <div className="trend-table" tabIndex={0} role="group" aria-label={t.table}>
      <Table caption={t.trend} columns={wanted} rows={latestFirst} keyOf={String} empty={null} />
    </div>
  );
}

// How a bucket differs from the one at its place in the time before.
function change(key: string, of: (i: number) => Change | null): Column<number> {
  return {
    key,
    title: text.answers.compare.column,
    right: true,
    cell: (i) => {
      const changed = of(i);
      return changed ? <Delta change={changed} /> : NONE;
    },
  };
}
