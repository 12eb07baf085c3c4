// Changes, parts and sums of amounts, exact to the millionth.
import { decimal, micro, rounded } from '../ui/decimal';
import type { Change } from './delta';

/**
 * How one bucket differs from another one, as the API compares figures; null where there is no other one. The percent
 * is rounded half away from zero to two decimals.
 */
export function changeOf(now: string, before: string | undefined): Change | null {
  if (before === undefined) return null;
  const [a, b] = [micro(now), micro(before)];
  const share = b === 0n ? null : ((a - b) * 100_000_000n) / (b < 0n ? -b : b);
  return { value: before, delta: decimal(a - b), percent: share === null ? null : rounded(decimal(share), 2) };
}

/** What part of a whole an amount is, in percent with two decimals as the API writes them; 0 of nothing. */
export function partOf(amount: string, whole: string): string {
  const [part, all] = [micro(amount), micro(whole)];
  if (all <= 0n || part === 0n) return '0';
  return rounded(decimal((part * 100_000_000n) / all), 2);
}

/** The sum of amounts, each so many times. */
export function times(pairs: [amount: string, times: number][]): string {
  return decimal(pairs.reduce((sum, [amount, n]) => sum + micro(amount) * BigInt(n), 0n));
}
