// What stands on top of the Overview: a sentence that answers, and the figures behind it.
import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Fault } from '../api/fault';
import type { AheadFragment, CourseFragment, OverviewTabQuery } from '../gql/graphql';
import { rangeName } from '../ui/date-filter';
import { micro } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { ahead, amount, brief, changed, count, day, days, ended, NONE, percent, whole } from '../ui/format';
import { Instant } from '../ui/instant';
import { text } from '../ui/text';
import { type Change, Delta } from './delta';
import { usePeriod } from './period';
import type { Choice } from './range';

const t = text.answers.answer;

type Answered = NonNullable<OverviewTabQuery['account']>;
type Ahead = AheadFragment;
interface Account {
  overview: Answered['overview'];
  creditStatus?: Ahead | null;
  plan?: Answered['plan'] | null;
}

interface AnswerProps {
  account: Account | null | undefined;
  /** What of it could not be read. */
  broken: Record<'status' | 'forecast' | 'plan', Fault | null>;
}

/** The sentence with its figures; grey while they come. */
export function Answer({ account, broken }: AnswerProps) {
  if (!account)
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
  const status = account.creditStatus ?? null;
  return (
    <section className="card answer" aria-label={t.label}>
      <Sentence account={account} told={!broken.forecast} />
      <dl className="answer-figures">
        <UsedFigures account={account} />
        {broken.status || broken.forecast ? <Unread name={t.pace} /> : <PaceFigure forecast={status?.forecast} />}
        {broken.status || broken.forecast ? <Unread name={t.empty} /> : <EmptyFigure status={status} />}
        {broken.status || broken.plan ? <Unread name={t.next} /> : <NextFigure account={account} />}
      </dl>
    </section>
  );
}

// Nothing is said of the end where the forecast could not be read.
function Sentence({ account, told }: { account: Account; told: boolean }) {
  const { choice, zone, called } = usePeriod();
  const { credits, runs, creditsChange, runsChange, comparedRange } = account.overview.inRange;
  const before = called(comparedRange);
  const compares = before && creditsChange ? compared(creditsChange, before) : null;
  const never = isNothing(creditsChange) && isNothing(runsChange);
  if (micro(credits) === 0n && runs === 0 && (never || !compares))
    return (
      <p className="answer-sentence" data-answer>
        {ended(before && never ? t.unusedTwice(within(choice), before) : t.unused(within(choice)))}{' '}
        {told && account.creditStatus && end(account.creditStatus, zone)}
      </p>
    );
  return (
    <p className="answer-sentence" data-answer>
      <Marked figures={[t.credits(amount(credits)), t.runs(count(runs))]}>
        {t.used(t.credits(amount(credits)), t.runs(count(runs)), within(choice))}
      </Marked>
      {compares ? `: ${ended(compares)} ` : '. '}
      {told && account.creditStatus && end(account.creditStatus, zone)}
    </p>
  );
}

// Nothing now, and nothing before.
function isNothing(change: Change | null | undefined): boolean {
  return Boolean(change) && micro(change!.value) === 0n && micro(change!.delta) === 0n;
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

function within(choice: Choice): string {
  return 'preset' in choice ? t.within[choice.preset] : t.custom(rangeName(choice));
}

function compared({ delta, percent: share }: Change, name: string): string {
  if (micro(delta) === 0n) return t.same(name);
  if (!share) return t.first(name);
  const shown = changed(share);
  return micro(delta) > 0n ? t.more(shown, name) : t.less(shown, name);
}

// When the credits run out; where too little is known of their use, by what runs now alone.
function end({ asOf, credits, outlook, forecast }: Ahead, zone: string): string {
  if (micro(credits.remaining) <= 0n) return t.out;
  const when = (at: string) => [ahead(at, new Date(asOf)), day(at, zone)] as const;
  const course = forecast?.credits;
  if (!course || course.confidence === 'TOO_LITTLE_DATA')
    return outlook?.exhaustedAt ? t.byHosting(...when(outlook.exhaustedAt)) : t.unknown;
  if (course.exhaustedAt) return t.runsOut(...when(course.exhaustedAt));
  return micro(course.perDay) === 0n ? t.idle : t.lasts;
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

// A figure that could not be read; it is asked for again by itself.
function Unread({ name }: { name: string }) {
  return (
    <Tile name={name} value={NONE}>
      <span role="alert">{text.states.unread}</span>
    </Tile>
  );
}

function UsedFigures({ account }: { account: Account }) {
  const { called } = usePeriod();
  const { credits, runs, comparedRange, creditsChange, runsChange } = account.overview.inRange;
  const before = called(comparedRange);
  return (
    <>
      <Tile name={t.creditsUsed} value={<Exact value={credits} unit={text.units.credits} />}>
        {before && (
          <>
            <Delta change={creditsChange} unit={text.units.credits} /> {t.against(before)}
          </>
        )}
      </Tile>
      <Tile name={t.runsUsed} value={<Exact value={String(runs)} show={(v) => count(Number(v))} />}>
        {before && (
          <>
            <Delta change={runsChange} /> {t.against(before)}
          </>
        )}
      </Tile>
    </>
  );
}

function PaceFigure({ forecast }: { forecast: Ahead['forecast'] }) {
  if (!forecast) return <Tile name={t.pace} value={NONE} />;
  const { perDay, month } = forecast.credits;
  return (
    <Tile
      name={t.pace}
      help={t.paceHelp}
      value={
        <>
          <Exact value={perDay} unit={t.paceUnit} /> <small>{t.paceUnit}</small>
        </>
      }
    >
      {t.runsPace(whole(forecast.runs.perDay))}
      {month && ` · ${t.month(whole(month.used))}`}
    </Tile>
  );
}

function EmptyFigure({ status }: { status: Ahead | null }) {
  const { zone } = usePeriod();
  const course = status?.forecast?.credits;
  const runs = status?.forecast?.runs.exhaustedAt;
  return (
    <Tile name={t.empty} value={emptyOf(status, zone)} help={t.emptyHelp}>
      {course?.exhaustedAt ? surely(course, zone) : t.emptyHelp}
      {runs && ` · ${t.runsEmpty(day(runs, zone))}`}
    </Tile>
  );
}

function emptyOf(status: Ahead | null, zone: string): ReactNode {
  if (!status) return NONE;
  if (micro(status.credits.remaining) <= 0n) return t.now;
  const course = status.forecast?.credits;
  const known = course && course.confidence !== 'TOO_LITTLE_DATA';
  const at = known ? course.exhaustedAt : status.outlook?.exhaustedAt;
  if (at) return <Instant at={at} zone={zone} />;
  return known ? t.notWithin : t.notYet;
}

// How sure the day is: the days that the forecast's margin leaves.
function surely({ exhaustedEarliest, exhaustedLatest, marginPercent }: CourseFragment, zone: string): string {
  if (!exhaustedEarliest) return t.margin(percent(String(marginPercent)));
  return exhaustedLatest ? days(exhaustedEarliest, exhaustedLatest, zone) : t.notBefore(day(exhaustedEarliest, zone));
}

// The first thing that happens to the credits: an expiry, a renewal, or the stop.
function NextFigure({ account: { creditStatus: status, plan } }: { account: Account }) {
  const { zone } = usePeriod();
  const brings = plan?.name && (!plan.pending || plan.pending.name) && micro(plan.credits) > 0n;
  const stop = status?.forecast?.credits.negativeLimitAt ?? status?.outlook?.stopAt;
  const expiry = status?.credits.nextExpiry;
  const all = [
    expiry && { at: expiry.at, told: t.expire(brief(expiry.amount)) },
    brings && { at: plan.cycleEnd, told: t.renew(brief(plan.credits)) },
    stop && { at: stop, told: t.ends },
  ].flatMap((one) => (one ? [one] : []));
  const first = Math.min(...all.map(({ at }) => Date.parse(at)));
  const next = all.filter(({ at }) => Date.parse(at) === first);
  if (!next[0])
    return (
      <Tile name={t.next} value={t.nothing}>
        {t.nothingHelp}
      </Tile>
    );
  return (
    <Tile name={t.next} value={<Instant at={next[0].at} zone={zone} />}>
      {next.map(({ told }) => told).join(', ')}
    </Tile>
  );
}
