// How much a figure has changed, exact to the millionth.
import { decimal, micro, rounded } from '../ui/decimal';

/** A change: the difference with its sign, and its percent of what was before; null where nothing was. */
export interface Change {
  difference: string;
  percent: string | null;
}

/** The change from one amount to another; the percent is rounded half away from zero to one decimal. */
export function changeOf(now: string, before: string): Change {
  const [a, b] = [micro(now), micro(before)];
  const difference = decimal(a - b);
  if (b === 0n) return { difference, percent: a === 0n ? '0' : null };
  const size = b < 0n ? -b : b;
  return { difference, percent: rounded(decimal(((a - b) * 100_000_000n) / size), 1) };
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
