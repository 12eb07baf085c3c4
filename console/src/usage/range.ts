// The date filter as it stands in the URL, and as the API takes it (rules §9).
import type { Preset, RangeInput } from '../gql/graphql';
import {
  atWall,
  firstOfMonth,
  isDay,
  isTwice,
  isZone,
  localDay,
  minusMonths,
  plusDays,
  presentName,
  startOfDay,
  wallOf,
} from '../ui/zone';

export const PRESETS = [
  'LAST_24_HOURS',
  'LAST_7_DAYS',
  'LAST_30_DAYS',
  'LAST_90_DAYS',
  'THIS_MONTH',
  'LAST_MONTH',
  'THIS_YEAR',
  'LAST_YEAR',
] as const satisfies readonly Preset[];

/** A preset that the date filter offers. */
export type Offered = (typeof PRESETS)[number];
export const DEFAULT_PRESET: Offered = 'LAST_7_DAYS';

/** Months that a custom range may reach back. */
export const MONTHS_BACK = 25;

/**
 * A choice of the date filter: a preset, local days, both included, or local times to the minute, the end not included,
 * with a "Z" where they are of UTC.
 */
export type Choice = { preset: Offered } | { from: string; to: string } | { since: string; until: string };

const TIME = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(Z?)$/;
const slug = (preset: Preset) => preset.toLowerCase().replaceAll('_', '-');

// The instant of a time of the URL; null where it is none.
function instantOf(text: string | null, zone: string): Date | null {
  const parts = TIME.exec(text ?? '');
  if (!parts || !isDay(parts[1]!)) return null;
  return atWall(parts[1]!, Number(parts[2]) * 60 + Number(parts[3]), parts[4] ? 'UTC' : zone);
}

/** A time as the URL holds it: local, and of UTC where the clock shows it twice. */
export function timeText(instant: Date, zone: string): string {
  const twice = isTwice(instant.getTime(), zone);
  const { day, minutes } = wallOf(instant, twice ? 'UTC' : zone);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${day}T${two(Math.floor(minutes / 60))}:${two(minutes % 60)}${twice ? 'Z' : ''}`;
}

/** What the URL asks for; the default where it says nothing or nonsense. */
export function readChoice(params: URLSearchParams): Choice {
  const from = params.get('from');
  const to = params.get('to');
  if (isDay(from) && isDay(to) && from <= to) return { from, to };
  const [since, until] = [instantOf(from, 'UTC'), instantOf(to, 'UTC')];
  if (from && to && since && until && (since < until || from.endsWith('Z') !== to.endsWith('Z')))
    return { since: from, until: to };
  const preset = PRESETS.find((p) => slug(p) === params.get('range'));
  return { preset: preset ?? DEFAULT_PRESET };
}

/** The parameters of a choice; those with null are left out of the URL. */
export function writeChoice(choice: Choice): Record<'range' | 'from' | 'to', string | null> {
  if ('preset' in choice) {
    return { range: choice.preset === DEFAULT_PRESET ? null : slug(choice.preset), from: null, to: null };
  }
  return 'since' in choice
    ? { range: null, from: choice.since, to: choice.until }
    : { range: null, from: choice.from, to: choice.to };
}

/** The range of time that a choice means, its end cut to now. */
export function spanOf(choice: Choice, zone: string, now: Date): { from: Date; to: Date } {
  if ('since' in choice) return cut(instantOf(choice.since, zone)!, instantOf(choice.until, zone)!, now);
  if ('from' in choice) return cut(startOfDay(choice.from, zone), startOfDay(plusDays(choice.to, 1), zone), now);
  const today = localDay(now, zone);
  const month = (months: number) => startOfDay(firstOfMonth(today, months), zone);
  const year = (years: number) => startOfDay(`${Number(today.slice(0, 4)) + years}-01-01`, zone);
  switch (choice.preset) {
    case 'LAST_24_HOURS': {
      const { day, minutes } = wallOf(now, zone);
      return { from: new Date(atWall(day, minutes - (minutes % 60), zone).getTime() - 23 * 3_600_000), to: now };
    }
    case 'THIS_MONTH':
      return { from: month(0), to: now };
    case 'LAST_MONTH':
      return { from: month(-1), to: month(0) };
    case 'THIS_YEAR':
      return { from: year(0), to: now };
    case 'LAST_YEAR':
      return { from: year(-1), to: year(0) };
    default:
      return { from: startOfDay(plusDays(today, 1 - DAYS[choice.preset]), zone), to: now };
  }
}

const DAYS = { LAST_7_DAYS: 7, LAST_30_DAYS: 30, LAST_90_DAYS: 90 };

function cut(from: Date, to: Date, now: Date): { from: Date; to: Date } {
  return { from, to: to > now && from < now ? now : to };
}

/** The zone that the URL asks for; the given one where it says nothing or nonsense. */
export function readZone(params: URLSearchParams, local: string): string {
  const zone = params.get('tz');
  return zone && isZone(zone) ? presentName(zone) : local;
}

/** The range as the API takes it: `to` is exclusive there, so it is the start of the day after. */
export function toInput(choice: Choice, zone: string): RangeInput {
  if ('preset' in choice) return { preset: choice.preset, timeZone: zone };
  if ('since' in choice)
    return {
      from: instantOf(choice.since, zone)!.toISOString(),
      to: instantOf(choice.until, zone)!.toISOString(),
      timeZone: zone,
    };
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
