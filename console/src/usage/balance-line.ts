// The balance over a period as points of a line: from what it was at the start, down by what each bucket used, with the
// steps that grants, expiries, corrections and refunds make.
import type { GrantKind } from '../gql/graphql';
import { decimal, micro } from '../ui/decimal';

/** An entry of the ledger that is no charge. */
export interface Step {
  id: string;
  kind: string;
  amount: string;
  balanceAfter: string;
  effectiveAt: string;
  /** What was granted or expired. */
  grant?: { kind: GrantKind } | null;
}

/** A point of the line; `step` is the entry that made it. */
export interface Point {
  at: number;
  balance: string;
  step?: Step;
}

interface Buckets {
  starts: string[];
  credits: string[];
  end: string;
}

/** The balance when the period begins and at its end; one of them may be unknown. */
interface Ends {
  start: string | null;
  last: string | null;
}

/**
 * The line of a period; null where neither end is known. Entries are in any order. Where `cut`, there are older ones
 * than those given: the line begins with the bucket after the oldest.
 */
export function balanceLine(ends: Ends, buckets: Buckets, steps: Step[], cut = false): Point[] | null {
  const inOrder = [...steps].sort((a, b) => Date.parse(a.effectiveAt) - Date.parse(b.effectiveAt));
  if (!cut || !inOrder[0]) return drawn(ends, buckets, inOrder);
  const oldest = Date.parse(inOrder[0].effectiveAt);
  const from = buckets.starts.findIndex((start) => Date.parse(start) >= oldest);
  if (from < 0) return null;
  const rest = { ...buckets, starts: buckets.starts.slice(from), credits: buckets.credits.slice(from) };
  return drawn({ start: null, last: ends.last }, rest, inOrder);
}

/**
 * The entry that a click on a point means: its own, or that of a point so near that both lie on one spot of the chart;
 * null where there is none.
 */
export function stepNear(points: Point[], index: number): Step | null {
  const at = points[index]?.at;
  if (at === undefined) return null;
  const spot = (points.at(-1)!.at - points[0]!.at) / 100;
  const near = points
    .filter(({ step, at: other }) => step && Math.abs(other - at) <= spot)
    .sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
  return points[index]!.step ?? near[0]?.step ?? null;
}

function drawn({ start, last }: Ends, { starts, credits, end }: Buckets, inOrder: Step[]): Point[] | null {
  const first = Date.parse(starts[0] ?? end);
  const within = inOrder.filter(({ effectiveAt }) => {
    const at = Date.parse(effectiveAt);
    return at > first && at <= Date.parse(end);
  });
  const used = credits.reduce((sum, one) => sum + micro(one), 0n);
  const gained = within.reduce((sum, { amount }) => sum + micro(amount), 0n);
  const begin = start ?? (last === null ? null : decimal(micro(last) + used - gained));
  if (begin === null) return null;
  const points: Point[] = [{ at: first, balance: begin }];
  let balance = micro(begin);
  let next = 0;
  starts.forEach((_, i) => {
    const until = Date.parse(starts[i + 1] ?? end);
    for (; next < within.length && Date.parse(within[next]!.effectiveAt) <= until; next++) {
      const step = within[next]!;
      const at = Date.parse(step.effectiveAt);
      points.push({ at, balance: decimal(micro(step.balanceAfter) - micro(step.amount)) });
      points.push({ at, balance: step.balanceAfter, step });
      balance += micro(step.amount);
    }
    balance -= micro(credits[i] ?? '0');
    points.push({ at: until, balance: i === starts.length - 1 && last !== null ? last : decimal(balance) });
  });
  return points;
}
