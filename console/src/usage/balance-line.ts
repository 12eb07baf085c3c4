// The balance over a period as points of a line: from what it was at the start, down by what each bucket used, with the
// steps that grants, expiries, corrections and refunds make.
import { decimal, micro } from '../ui/decimal';

/** An entry of the ledger that is no charge. */
export interface Step {
  id: string;
  kind: string;
  amount: string;
  balanceAfter: string;
  effectiveAt: string;
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

/**
 * The line from `start`, the balance when the period begins, to `last`, the balance at its end. Entries are in any
 * order.
 */
export function balanceLine(start: string, { starts, credits, end }: Buckets, steps: Step[], last: string): Point[] {
  const inOrder = [...steps].sort((a, b) => Date.parse(a.effectiveAt) - Date.parse(b.effectiveAt));
  const points: Point[] = [{ at: Date.parse(starts[0] ?? end), balance: start }];
  let balance = micro(start);
  starts.forEach((from, i) => {
    const until = Date.parse(starts[i + 1] ?? end);
    const within = inOrder.filter((s) => {
      const at = Date.parse(s.effectiveAt);
      return at > Date.parse(from) && at <= until;
    });
    for (const step of within) {
      const at = Date.parse(step.effectiveAt);
      points.push({ at, balance: decimal(micro(step.balanceAfter) - micro(step.amount)) });
      points.push({ at, balance: step.balanceAfter, step });
      balance += micro(step.amount);
    }
    balance -= micro(credits[i] ?? '0');
    points.push({ at: until, balance: i === starts.length - 1 ? last : decimal(balance) });
  });
  return points;
}
