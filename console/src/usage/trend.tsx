// Usage trend: tool runs and credits over the chosen time, as a chart or as a table.
import { NativeSelect, SegmentedControl, Skeleton } from '@mantine/core';
import { type ReactNode, useCallback } from 'react';
import type { Granularity } from '../gql/graphql';
import { Chart, type Ink } from '../ui/chart';
import { Count, Exact } from '../ui/exact';
import { day, fullBucket } from '../ui/format';
import { useParameters } from '../ui/params';
import { type Column, Table } from '../ui/table';
import { names, text } from '../ui/text';
import { isEmpty, isPartial, type Trend, trendOption } from './trend-option';

const t = text.overview;
const STEPS: readonly Granularity[] = ['HOUR', 'DAY', 'WEEK', 'MONTH'];

/** The step that the URL asks for; null leaves it to the API. */
export function readStep(params: URLSearchParams): Granularity | null {
  return STEPS.find((step) => step === params.get('step')?.toUpperCase()) ?? null;
}

/** The card, with the sums of the period above the chart; undefined: loading. */
export function TrendCard({ trend, children }: { trend: Trend | undefined; children: ReactNode }) {
  const [params, set] = useParameters();
  const asTable = params.get('view') === 'table';
  return (
    <section className="card trend" aria-label={t.trend}>
      <div className="card-head">
        <div>
          <h2>{t.trend}</h2>
          <p>{t.trendLead}</p>
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
                    trend && !readStep(params)
                      ? `${t.auto} (${names.granularity[trend.granularity].toLowerCase()})`
                      : t.auto,
                },
                ...STEPS.map((step) => ({ value: step, label: names.granularity[step] })),
              ]}
            />
          </label>
          <SegmentedControl
            size="xs"
            aria-label={t.view}
            value={asTable ? 'table' : 'chart'}
            onChange={(view) => set({ view: view === 'table' ? view : null }, true)}
            data={[
              { value: 'chart', label: t.chart },
              { value: 'table', label: t.table },
            ]}
          />
        </div>
      </div>
      {children}
      {!trend ? (
        <Skeleton height={360} radius="md" />
      ) : asTable ? (
        <TrendTable trend={trend} />
      ) : (
        <TrendChart trend={trend} />
      )}
    </section>
  );
}

function TrendChart({ trend }: { trend: Trend }) {
  const option = useCallback((ink: Ink) => trendOption(trend, ink), [trend]);
  const { from, to } = trend.range;
  return (
    <>
      <div className="chart-place">
        <Chart option={option} height={360} label={t.chartLabel(day(from, trend.timeZone), day(to, trend.timeZone))} />
        {isEmpty(trend) && <p className="chart-none">{t.none}</p>}
      </div>
      <ul className="legend" aria-hidden>
        {(['models', 'guardrails', 'scripts', 'tools'] as const).map((key) => (
          <li key={key}>
            <i className={`dot dot-${key}`} />
            {key === 'tools' ? t.toolRuns : names.category[key.toUpperCase() as 'MODELS' | 'GUARDRAILS' | 'SCRIPTS']}
          </li>
        ))}
      </ul>
    </>
  );
}

function TrendTable({ trend }: { trend: Trend }) {
  const { series, granularity, timeZone } = trend;
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
          {fullBucket(series.starts[i]!, granularity, timeZone)}
          {isPartial(trend, i) && <em className="tag">{t.partial}</em>}
        </>
      ),
    },
    credits('models', names.category.MODELS),
    credits('guardrails', names.category.GUARDRAILS),
    credits('scripts', names.category.SCRIPTS),
    credits('credits', t.total),
    { key: 'runs', title: t.toolRuns, right: true, cell: (i) => <Count value={series.runs[i]!} /> },
  ];
  const latestFirst = series.starts.map((_, i) => series.starts.length - 1 - i);
  return (
    <div className="trend-table" tabIndex={0} role="group" aria-label={t.table}>
      <Table caption={t.trend} columns={columns} rows={latestFirst} keyOf={String} empty={null} />
    </div>
  );
}
