// The date filter as it stands in the URL, and as the API takes it (rules §9).
import type { Preset, RangeInput } from '../gql/graphql';
import { isZone, localDay, minusMonths, plusDays, presentName, startOfDay } from '../ui/zone';

export const PRESETS: readonly Preset[] = [
  'LAST_24_HOURS',
  'LAST_7_DAYS',
  'LAST_30_DAYS',
  'LAST_90_DAYS',
  'THIS_MONTH',
  'LAST_MONTH',
  'THIS_YEAR',
  'LAST_YEAR',
];
export const DEFAULT_PRESET: Preset = 'LAST_7_DAYS';

/** Months that a custom range may reach back. */
export const MONTHS_BACK = 25;

/** A choice of the date filter: a preset, or local days, both included. */
export type Choice = { preset: Preset } | { from: string; to: string };

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const slug = (preset: Preset) => preset.toLowerCase().replaceAll('_', '-');

function isDay(text: string | null): text is string {
  return text !== null && DAY.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

/** What the URL asks for; the default where it says nothing or nonsense. */
export function readChoice(params: URLSearchParams): Choice {
  const from = params.get('from');
  const to = params.get('to');
  if (isDay(from) && isDay(to) && from <= to) return { from, to };
  const preset = PRESETS.find((p) => slug(p) === params.get('range'));
  return { preset: preset ?? DEFAULT_PRESET };
}

/** The parameters of a choice; those with null are left out of the URL. */
export function writeChoice(choice: Choice): Record<'range' | 'from' | 'to', string | null> {
  if ('preset' in choice) {
    return { range: choice.preset === DEFAULT_PRESET ? null : slug(choice.preset), from: null, to: null };
  }
  return { range: null, ...choice };
}

/** The zone that the URL asks for; the given one where it says nothing or nonsense. */
export function readZone(params: URLSearchParams, local: string): string {
  const zone = params.get('tz');
  return zone && isZone(zone) ? presentName(zone) : local;
}

/** The range as the API takes it: `to` is exclusive there, so it is the start of the day after. */
export function toInput(choice: Choice, zone: string): RangeInput {
  if ('preset' in choice) return { preset: choice.preset, timeZone: zone };
  return {
    from: startOfDay(choice.from, zone).toISOString(),
    to: startOfDay(plusDays(choice.to, 1), zone).toISOString(),
    timeZone: zone,
  };
}

/** The first and last day that can be chosen: 25 months back and today. */
export function bounds(now: Date, zone: string): { first: string; last: string } {
  const last = localDay(now, zone);
  return { first: plusDays(minusMonths(last, MONTHS_BACK), 1), last };
}
