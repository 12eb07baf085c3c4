// When a meter runs out at a pace, with what expires and what the plan brings counted: grants are drawn in the order of
// the rules (§2), and each cycle of the plan begins with its grant.
import { decimal, micro } from '../ui/decimal';
import { firstOfMonth, plusDays, plusMonths } from '../ui/zone';

/** A live grant with something left. */
export interface Pot {
  kind: string;
  remaining: string;
  expiresAt: string | null;
  grantedAt: string;
}

/** What a plan brings at the end of a cycle and each month after; `credits` in the meter's unit. */
export interface Renewal {
  at: string;
  anchorDay: number;
  credits: string;
}

/** What is to come. */
export interface Forecast {
  /** When the meter is empty; null: not within the horizon. */
  emptyAt: Date | null;
  /** The first instant at which something expires unused or a cycle begins, what is lost then and what arrives. */
  next: { at: Date; lost: string; brings: string } | null;
}

const DAY = 86_400_000n;
/** How far ahead it is looked, in days. */
export const HORIZON = 365;

interface Left {
  size: bigint;
  ends: number; // milliseconds; Infinity: never
  free: boolean;
  since: number;
}

/** Runs the pace against the grants. `perDay` and `balance` are amounts; a balance of 0 or below is empty now. */
export function forecast(now: Date, balance: string, pots: Pot[], perDay: string, renewal: Renewal | null): Forecast {
  const pace = micro(perDay);
  let at = now.getTime();
  let left = ordered(pots.filter((pot) => micro(pot.remaining) > 0n).map(asLeft));
  let owed = micro(balance) < 0n ? -micro(balance) : 0n;
  let emptyAt: Date | null = micro(balance) <= 0n ? now : null;
  let next: Forecast['next'] = null;
  const end = at + HORIZON * Number(DAY);
  for (let cycle = 0; at < end && !(emptyAt && next); ) {
    const renews = renewal ? cycleStart(renewal, cycle) : Number.POSITIVE_INFINITY;
    const until = Math.min(end, renews, ...left.map((pot) => pot.ends));
    const wanted = (pace * BigInt(until - at)) / DAY;
    const have = total(left);
    if (emptyAt === null && pace > 0n && wanted >= have) emptyAt = new Date(at + Number((have * DAY) / pace));
    left = drawn(left, wanted);
    at = until;
    if (at >= end) break;
    const lost = total(left.filter((pot) => pot.ends <= at));
    left = left.filter((pot) => pot.ends > at);
    let brings = 0n;
    if (renewal && at === renews) {
      brings = micro(renewal.credits);
      cycle += 1;
      const pays = brings > owed ? owed : brings;
      owed -= pays;
      if (brings > pays) left.push({ size: brings - pays, ends: cycleStart(renewal, cycle), free: false, since: at });
      left = ordered(left);
    }
    if (lost > 0n || brings > 0n) next ??= { at: new Date(at), lost: decimal(lost), brings: decimal(brings) };
    if (emptyAt === null && total(left) === 0n && pace > 0n) emptyAt = new Date(at);
    if (left.length === 0 && !renewal) break;
  }
  return { emptyAt, next };
}

function asLeft(pot: Pot): Left {
  return {
    size: micro(pot.remaining),
    ends: pot.expiresAt ? Date.parse(pot.expiresAt) : Number.POSITIVE_INFINITY,
    free: pot.kind === 'FREE',
    since: Date.parse(pot.grantedAt),
  };
}

function ordered(left: Left[]): Left[] {
  return [...left].sort((a, b) =>
    a.ends !== b.ends ? (a.ends < b.ends ? -1 : 1) : a.free !== b.free ? (a.free ? -1 : 1) : a.since - b.since,
  );
}

const total = (left: Left[]) => left.reduce((sum, pot) => sum + pot.size, 0n);

function drawn(left: Left[], wanted: bigint): Left[] {
  let rest = wanted;
  return left.flatMap((pot) => {
    const given = rest < pot.size ? rest : pot.size;
    rest -= given;
    return pot.size > given ? [{ ...pot, size: pot.size - given }] : [];
  });
}

/** The instant at which the cycle begins that is so many after the next: 00:00 UTC on the anchor day, clamped. */
function cycleStart({ at, anchorDay }: Renewal, cycle: number): number {
  if (cycle === 0) return Date.parse(at);
  const first = firstOfMonth(at.slice(0, 10), cycle);
  const day = plusDays(first, anchorDay - 1);
  const clamped = day.slice(0, 7) === first.slice(0, 7) ? day : plusDays(plusMonths(first, 1)!, -1);
  return Date.parse(`${clamped}T00:00:00Z`);
}

/** The larger of two paces a day: what was used lately, and what runs now. */
export function paceOf(used: string, days: number, hostingPerHour: string | null): string {
  const lately = days > 0 ? micro(used) / BigInt(days) : 0n;
  const hosting = micro(hostingPerHour ?? '0') * 24n;
  return decimal(lately > hosting ? lately : hosting);
}
