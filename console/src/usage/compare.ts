// What a period is compared with, as it stands in the URL and as the API takes it (rules §9).
import type { CompareInput, Comparison } from '../gql/graphql';
import { isDay } from '../ui/zone';
import { toInput } from './range';

/** What to compare with: the range just before, the same days a month or a year ago, or days of one's own. */
export type Versus = 'previous' | 'month' | 'year' | { from: string; to: string };

export const VERSUS = ['previous', 'month', 'year'] as const;
const PERIODS: Record<(typeof VERSUS)[number], Comparison> = {
  previous: 'PREVIOUS_PERIOD',
  month: 'SAME_PERIOD_LAST_MONTH',
  year: 'SAME_PERIOD_LAST_YEAR',
};
const OWN = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/;

/** What the URL asks for; null where it says nothing or nonsense. */
export function readVersus(params: URLSearchParams): Versus | null {
  const asked = params.get('vs');
  const known = VERSUS.find((versus) => versus === asked);
  if (known) return known;
  const [, from, to] = OWN.exec(asked ?? '') ?? [];
  return isDay(from) && isDay(to) && from <= to ? { from, to } : null;
}

/** The parameter of a comparison; null leaves it out of the URL. */
export function writeVersus(versus: Versus | null): { vs: string | null } {
  return { vs: versus === null || typeof versus === 'string' ? versus : `${versus.from}..${versus.to}` };
}

/** A comparison as the API takes it, which knows the calendar of the zone. */
export function toCompare(versus: Versus, zone: string): CompareInput {
  return typeof versus === 'string' ? { period: PERIODS[versus] } : { range: toInput(versus, zone) };
}
