// The Overview tab: runs, credits with the pie by category, use within the period, and the trend.
import { Progress, Skeleton } from '@mantine/core';
import { lazy, type ReactNode, Suspense, useMemo } from 'react';
import { useParts } from '../api/ask';
import { OverviewTabDocument, type OverviewTabQuery } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { rangeName } from '../ui/date-filter';
import { micro } from '../ui/decimal';
import { Count, Exact } from '../ui/exact';
import { count, share, whole } from '../ui/format';
import { Renewed } from '../ui/freshness';
import { useParameters } from '../ui/params';
import { Failed, isStale, Missing, Part, Stale } from '../ui/states';
import { names, text } from '../ui/text';
import { Answer } from './answer';
import { Balance } from './balance';
import { toCompare } from './compare';
import { Delta } from './delta';
import { usePeriod } from './period';
import { Pie, Slices, TakeSlices } from './pie';
import { readStep } from './step';
import { TrendCard } from './trend';
import { Why } from './why';

const Hints = lazy(() => import('./hints')); // below everything, so nothing moves when it comes
const t = text.overview;

type Account = NonNullable<OverviewTabQuery['account']>;
type Overview = Account['overview'];

/** The tab: one operation, asked anew shortly after the account changes. */
export default function Overview() {
  const { account, can } = usePlace();
  const { choice, zone, range, versus } = usePeriod();
  const [params] = useParameters();
  // The sentence compares in any case; bars and columns only by choice.
  const compare = useMemo(() => toCompare(versus ?? 'previous', zone), [versus, zone]);
  const { data, fault, fetching, again, failed } = useParts(OverviewTabDocument, {
    account: account.id,
    range,
    compare,
    ghosts: versus && compare,
    status: can('WIDGET'),
    billing: can('BALANCES_VIEW'),
    granularity: readStep(params),
    zone,
  });
  const found = data?.account;
  const overview = found?.overview ?? undefined;
  const trend = found?.usageTrend ?? undefined;
  const stale = isStale({ data, fault });
  if (fault && !stale)
    return (
      <div className="card">
        <Failed fault={fault} again={again} />
      </div>
    );
  if (data && !found)
    return (
      <div className="card">
        <Missing />
      </div>
    );
  const broken = { status: failed('creditStatus'), forecast: failed('creditStatus.forecast'), plan: failed('plan') };
  return (
    <>
      <Renewed asOf={overview?.asOf} zone={zone} fetching={fetching} again={again} every={1_500} />
      {fault && stale && <Stale fault={fault} again={again} />}
      <Part of={overview} fault={failed('overview')} again={again} card>
        <Answer account={found && overview && { ...found, overview }} broken={broken} />
        <div className="cards">
          <RunsCard runs={overview?.runs} />
          <CreditsCard credits={overview?.credits} />
        </div>
      </Part>
      <Part of={trend} fault={failed('usageTrend')} again={again} card>
        <TrendCard trend={trend}>
          {!(failed('overview') && !overview) && (
            <InRange use={overview?.inRange} compared={versus !== null} name={rangeName(choice)} />
          )}
        </TrendCard>
      </Part>
      <div className="cards cards-even">
        <Why compare={compare} waits={!data} ran={hasRun(overview?.inRange)} />
        {can('BALANCES_VIEW') && (
          <Part of={overview && trend} fault={failed('usageTrend') ?? failed('overview')} again={again} card>
            <Balance trend={trend} asOf={overview?.asOf} />
          </Part>
        )}
      </div>
      {data && (
        <Suspense>
          <Hints most={3} />
        </Suspense>
      )}
    </>
  );
}

// Whether a tool ran, in the period or in that before.
function hasRun(use: Use | undefined): boolean {
  return use !== undefined && (use.runs > 0 || micro(use.runsChange?.value ?? '0') > 0n);
}

interface MeterCardProps {
  name: string;
  lead: string;
  used: ReactNode;
  allocation: ReactNode;
  remaining: ReactNode;
  debt: boolean;
  usedPercent: string | undefined;
  /** The same as it is shown. */
  used100: string;
  /** What takes it out as a file. */
  take?: ReactNode;
  children?: ReactNode;
}

function MeterCard({ name, lead, used, allocation, remaining, debt, usedPercent, used100, ...rest }: MeterCardProps) {
  return (
    <section className="card meter" aria-label={name} data-card={name}>
      <div className="meter-main">
        <div className="card-head">
          <div>
            <h2>{name}</h2>
            <p>{lead}</p>
          </div>
          {rest.take}
        </div>
        {usedPercent === undefined ? (
          <>
            <Skeleton height={34} width={170} />
            <Skeleton height={8} mt={14} />
          </>
        ) : (
          <>
            <p className="meter-used">
              <b>{used}</b>{' '}
              <span>
                {t.of} {allocation}
              </span>
            </p>
            <Progress
              value={Math.min(100, Number(usedPercent))}
              size={8}
              aria-label={`${name} ${t.used}`}
              color={tone(usedPercent)}
            />
            <p className="meter-foot">
              <span data-figure="percent">
                {used100} {t.used}
              </span>
              <span>
                {debt ? t.inDebt : t.remaining} {remaining}
              </span>
            </p>
          </>
        )}
      </div>
      {rest.children}
    </section>
  );
}

function tone(usedPercent: string): string {
  const used = Number(usedPercent);
  if (used > 75) return 'red.7';
  return used >= 25 ? 'yellow.7' : 'green.7';
}

interface Used {
  usedPercent: string;
  used: string | number;
  allocation: string | number;
}

function usedShare({ usedPercent, used, allocation }: Used): string {
  return share(usedPercent, String(used), String(allocation));
}

function RunsCard({ runs }: { runs: Overview['runs'] | undefined }) {
  return (
    <MeterCard
      name={t.runs}
      lead={t.runsLead}
      usedPercent={runs?.usedPercent}
      used100={runs ? usedShare(runs) : ''}
      debt={(runs?.remaining ?? 0) < 0}
      used={runs && <Count value={runs.used} />}
      allocation={runs && <Count value={runs.allocation} />}
      remaining={runs && <Count value={runs.remaining} />}
    />
  );
}

function CreditsCard({ credits }: { credits: Overview['credits'] | undefined }) {
  return (
    <MeterCard
      name={t.credits}
      lead={t.creditsLead}
      usedPercent={credits?.usedPercent}
      used100={credits ? usedShare(credits) : ''}
      debt={credits ? micro(credits.remaining) < 0n : false}
      used={credits && <Exact value={credits.used} show={whole} unit={text.units.credits} />}
      allocation={credits && <Exact value={credits.allocation} show={whole} unit={text.units.credits} />}
      remaining={credits && <Exact value={credits.remaining} unit={text.units.credits} />}
      take={credits && <TakeSlices slices={credits.slices} name={t.pie} />}
    >
      {credits ? <Pie slices={credits.slices} label={t.pie} /> : <Skeleton height={132} />}
    </MeterCard>
  );
}

type Use = Overview['inRange'];

function InRange({ use, compared, name }: { use: Use | undefined; compared: boolean; name: string }) {
  return (
    <section className="in-range" aria-label={`${t.period}: ${name}`} data-card="inRange">
      <dl className="pair">
        <div>
          <dt>{t.creditsUsed}</dt>
          <dd>
            {use ? <Exact value={use.credits} unit={text.units.credits} /> : <Skeleton height={26} width={90} />}
            {compared && <Delta change={use?.creditsChange} unit={text.units.credits} />}
          </dd>
        </div>
        <div>
          <dt>{t.toolRuns}</dt>
          <dd>
            {use ? (
              <span className="num" data-value={use.runs}>
                {count(use.runs)}
              </span>
            ) : (
              <Skeleton height={26} width={90} />
            )}
            {compared && <Delta change={use?.runsChange} />}
          </dd>
        </div>
      </dl>
      {use && <Slices slices={use.slices} names={names.category} compared={compared} />}
    </section>
  );
}
