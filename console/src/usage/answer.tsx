// What stands on top of the Overview: a sentence that answers, and the figures behind it.
import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AheadFragment, OverviewTabQuery } from '../gql/graphql';
import { useLive } from '../live/live';
import { usePlace } from '../shell/place';
import { rangeName } from '../ui/date-filter';
import { micro } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { ahead, amount, count, day, exact, percent, whole } from '../ui/format';
import { Instant } from '../ui/instant';
import { text } from '../ui/text';
import { changeOf } from './change';
import { Delta } from './delta';
import { type Forecast, forecast, paceOf } from './forecast';
import { type Before, PACE_DAYS, usePeriod } from './period';
import type { Choice } from './range';

const t = text.answers.answer;

type Account = NonNullable<OverviewTabQuery['account']>;
type Ahead = AheadFragment;

interface AnswerProps {
  account: Account | undefined;
  before: Before | null;
}

/** The sentence with its figures; grey while they come. */
export function Answer({ account, before }: AnswerProps) {
  const { can } = usePlace();
  const outlook = useOutlook(account);
  if (!account || !outlook)
    return (
      <section className="card answer" aria-label={t.label} aria-busy>
        <Skeleton height={24} width="82%" />
        <div className="answer-figures">
          {Array.from({ length: 4 }, (_, i) => (
            <div key={i}>
              <Skeleton height={13} width={90} />
              <Skeleton height={26} width={110} my={6} />
              <Skeleton height={12} width={130} />
            </div>
          ))}
        </div>
      </section>
    );
  return (
    <section className="card answer" aria-label={t.label}>
      <Sentence account={account} before={before} outlook={outlook} />
      <dl className="answer-figures">
        <UsedFigures account={account} before={before} />
        <PaceFigure outlook={outlook} />
        <EmptyFigure outlook={outlook} known={can('BILLING_VIEW')} />
        <NextFigure outlook={outlook} />
      </dl>
    </section>
  );
}

interface Outlook {
  now: Date;
  pace: string;
  runsPace: string;
  credits: Forecast;
  runs: Forecast;
  stopAt: string | null;
}

function useOutlook(account: Account | undefined): Outlook | null {
  const { status } = useLive();
  if (!account) return null;
  const data = account.grants && account.plan && account.createdAt ? (account as Ahead) : null;
  const now = new Date(account.overview.asOf);
  const { credits, runs } = account.overview;
  const days = data ? Math.min(PACE_DAYS, daysSince(data.createdAt, now)) : PACE_DAYS;
  const hosting = status?.outlook?.ratePerHour ?? null;
  const pace = paceOf(account.pace.inRange.credits, days, hosting);
  const runsPace = paceOf(String(account.pace.inRange.runs), days, null);
  return {
    now,
    pace,
    runsPace,
    credits: forecast(
      now,
      credits.remaining,
      potsOf(data, 'MODEL_CREDITS', credits.remaining),
      pace,
      planOf(data, 'credits'),
    ),
    runs: forecast(
      now,
      String(runs.remaining),
      potsOf(data, 'TOOL_RUNS', String(runs.remaining)),
      runsPace,
      planOf(data, 'runs'),
    ),
    stopAt: status?.outlook?.stopAt ?? null,
  };
}

function daysSince(at: string, now: Date): number {
  return Math.max(1, Math.floor((now.getTime() - Date.parse(at)) / 86_400_000));
}

// Without the right to see grants the balance counts as one that never expires.
function potsOf(data: Ahead | null, meter: string, balance: string) {
  if (!data)
    return [
      {
        kind: 'TOP_UP',
        remaining: micro(balance) > 0n ? balance : '0',
        expiresAt: null,
        grantedAt: '1970-01-01T00:00:00Z',
      },
    ];
  return data.grants.edges.flatMap(({ node }) =>
    node.meter === meter ? [{ ...node, expiresAt: node.expiresAt ?? null }] : [],
  );
}

function planOf(data: Ahead | null, of: 'credits' | 'runs') {
  const plan = data?.plan;
  if (!plan?.name || (plan.pending && !plan.pending.name)) return null;
  const brings = String(plan[of]);
  return micro(brings) > 0n ? { at: plan.cycleEnd, anchorDay: plan.anchorDay, credits: brings } : null;
}

function Sentence({ account, before, outlook }: { account: Account; before: Before | null; outlook: Outlook }) {
  const { choice, zone } = usePeriod();
  const { credits, runs } = account.overview.inRange;
  return (
    <p className="answer-sentence" data-answer>
      <Marked figures={[t.credits(amount(credits)), t.runs(count(runs))]}>
        {t.used(t.credits(amount(credits)), t.runs(count(runs)), within(choice))}
      </Marked>
      {account.before && before ? `: ${compared(credits, account.before.inRange.credits, before.name)}. ` : '. '}
      {end(outlook, zone)}
    </p>
  );
}

// A sentence with its figures in bold, wherever the language puts them.
function Marked({ figures, children }: { figures: string[]; children: string }) {
  let parts: ReactNode[] = [children];
  for (const figure of figures)
    parts = parts.flatMap((part) => {
      if (typeof part !== 'string' || !part.includes(figure)) return [part];
      const at = part.indexOf(figure);
      return [part.slice(0, at), <b key={figure}>{figure}</b>, part.slice(at + figure.length)];
    });
  return <>{parts}</>;
}

// Without decimals where there are none to tell.
function brief(value: string): string {
  return micro(value) % 1_000_000n === 0n ? exact(value) : amount(value);
}

function within(choice: Choice): string {
  return 'preset' in choice ? t.within[choice.preset] : t.custom(rangeName(choice));
}

function compared(now: string, before: string, name: string): string {
  const { difference, percent: share } = changeOf(now, before);
  if (share === null) return t.first(name);
  if (micro(difference) === 0n) return t.same(name);
  const shown = percent(share.replace('-', ''));
  return micro(difference) > 0n ? t.more(shown, name) : t.less(shown, name);
}

function end({ now, pace, credits }: Outlook, zone: string): string {
  if (credits.emptyAt && credits.emptyAt <= now) return t.out;
  if (micro(pace) === 0n) return t.idle;
  if (!credits.emptyAt) return t.lasts;
  const at = credits.emptyAt.toISOString();
  return t.runsOut(ahead(at, now), day(at, zone));
}

interface TileProps {
  name: string;
  value: ReactNode;
  children?: ReactNode;
  help?: string;
}

function Tile({ name, value, children, help }: TileProps) {
  return (
    <div data-tile={name}>
      <dt title={help}>{name}</dt>
      <dd className="tile-value">{value}</dd>
      {children && <dd className="tile-more">{children}</dd>}
    </div>
  );
}

function UsedFigures({ account, before }: { account: Account; before: Before | null }) {
  const { credits, runs } = account.overview.inRange;
  const past = account.before?.inRange;
  return (
    <>
      <Tile name={t.creditsUsed} value={<Exact value={credits} unit={text.units.credits} />}>
        {past && before && (
          <>
            <Delta now={credits} before={past.credits} unit={text.units.credits} /> {t.against(before.name)}
          </>
        )}
      </Tile>
      <Tile name={t.runsUsed} value={<Exact value={String(runs)} show={(v) => count(Number(v))} />}>
        {past && before && (
          <>
            <Delta now={String(runs)} before={String(past.runs)} /> {t.against(before.name)}
          </>
        )}
      </Tile>
    </>
  );
}

function PaceFigure({ outlook }: { outlook: Outlook }) {
  return (
    <Tile
      name={t.pace}
      help={t.paceHelp}
      value={
        <>
          <Exact value={outlook.pace} unit={t.paceUnit} /> <small>{t.paceUnit}</small>
        </>
      }
    >
      {t.runsPace(whole(outlook.runsPace))}
    </Tile>
  );
}

function EmptyFigure({ outlook, known }: { outlook: Outlook; known: boolean }) {
  const { zone } = usePeriod();
  const show = (forecasted: Forecast) =>
    forecasted.emptyAt ? <Instant at={forecasted.emptyAt.toISOString()} zone={zone} /> : t.notWithin;
  const runs = outlook.runs.emptyAt;
  return (
    <Tile name={t.empty} value={show(outlook.credits)}>
      {runs ? t.runsEmpty(day(runs.toISOString(), zone)) : known ? t.emptyHelp : t.emptyHelpPace}
    </Tile>
  );
}

// The first thing that happens to the credits: an expiry, a renewal, or the stop.
function NextFigure({ outlook }: { outlook: Outlook }) {
  const { zone } = usePeriod();
  const { next } = outlook.credits;
  const stop = outlook.stopAt ? new Date(outlook.stopAt) : null;
  if (stop && (!next || stop < next.at))
    return (
      <Tile name={t.next} value={<Instant at={stop.toISOString()} zone={zone} />}>
        {t.ends}
      </Tile>
    );
  if (!next)
    return (
      <Tile name={t.next} value={t.nothing}>
        {t.nothingHelp}
      </Tile>
    );
  const told = [
    micro(next.lost) > 0n && t.expire(brief(next.lost)),
    micro(next.brings) > 0n && t.renew(brief(next.brings)),
  ].filter(Boolean);
  return (
    <Tile name={t.next} value={<Instant at={next.at.toISOString()} zone={zone} />}>
      {told.join(', ')}
    </Tile>
  );
}
