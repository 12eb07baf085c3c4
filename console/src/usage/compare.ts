// What a period is compared with, as it stands in the URL and as stretches of time in the reader's zone (rules §9).
import type { RangeInput } from '../gql/graphql';
import { atWall, firstOfMonth, localDay, minusMonths, plusDays, plusMonths, startOfDay, wallOf } from '../ui/zone';
import { type Choice, MONTHS_BACK, spanOf } from './range';

/** What to compare with: the stretch just before, the same days a month or a year ago, or days of one's own. */
export type Versus = 'previous' | 'month' | 'year' | { from: string; to: string };

export const VERSUS = ['previous', 'month', 'year'] as const;
const OWN = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/;

/** What the URL asks for; null where it says nothing or nonsense. */
export function readVersus(params: URLSearchParams): Versus | null {
  const asked = params.get('vs');
  const known = VERSUS.find((versus) => versus === asked);
  if (known) return known;
  const [, from, to] = OWN.exec(asked ?? '') ?? [];
  const isDay = (day: string | undefined) => day !== undefined && !Number.isNaN(Date.parse(`${day}T00:00:00Z`));
  return isDay(from) && isDay(to) && from! <= to! ? { from: from!, to: to! } : null;
}

/** The parameter of a comparison; null leaves it out of the URL. */
export function writeVersus(versus: Versus | null): { vs: string | null } {
  return { vs: versus === null || typeof versus === 'string' ? versus : `${versus.from}..${versus.to}` };
}

interface Span {
  from: Date;
  to: Date;
}

/**
 * The stretch that a choice is compared with; null where it lies further back than what a range may. Days and months
 * are those of the zone's calendar: this month is compared with the same days of the last, to the same time of day.
 */
export function spanBefore(choice: Choice, versus: Versus, zone: string, now: Date): Span | null {
  const span = spanOf(choice, zone, now);
  const before = shifted(span, choice, versus, zone, now);
  const first = startOfDay(plusDays(minusMonths(localDay(now, zone), MONTHS_BACK), 1), zone);
  return before.from < first ? null : before;
}

/** The same as the API takes it. */
export function rangeBefore(choice: Choice, versus: Versus, zone: string, now: Date): RangeInput | null {
  const span = spanBefore(choice, versus, zone, now);
  return span && { from: span.from.toISOString(), to: span.to.toISOString(), timeZone: zone };
}

function shifted(span: Span, choice: Choice, versus: Versus, zone: string, now: Date): Span {
  if (typeof versus === 'object') return spanOf(versus, zone, now);
  if (versus === 'month') return byMonths(span, -1, zone);
  if (versus === 'year') return byMonths(span, -12, zone);
  const months = monthsOf(choice);
  if (months > 0) return byMonths(span, -months, zone);
  const days = daysOf(choice);
  if (days > 0) return { from: byDays(span.from, -days, zone), to: byDays(span.to, -days, zone) };
  const length = 'preset' in choice ? 86_400_000 : span.to.getTime() - span.from.getTime();
  return { from: new Date(span.from.getTime() - length), to: new Date(span.to.getTime() - length) };
}

// How many whole months of the calendar a choice is; 0 where it is none.
function monthsOf(choice: Choice): number {
  if ('from' in choice) {
    const end = plusDays(choice.to, 1);
    if (!choice.from.endsWith('-01') || !end.endsWith('-01')) return 0;
    const count = (day: string) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7));
    return count(end) - count(choice.from);
  }
  if ('since' in choice) return 0;
  return { THIS_MONTH: 1, LAST_MONTH: 1, THIS_YEAR: 12, LAST_YEAR: 12 }[choice.preset as string] ?? 0;
}

function daysOf(choice: Choice): number {
  if ('from' in choice)
    return (Date.parse(`${choice.to}T00:00Z`) - Date.parse(`${choice.from}T00:00Z`)) / 86_400_000 + 1;
  if ('since' in choice) return 0;
  return { LAST_7_DAYS: 7, LAST_30_DAYS: 30, LAST_90_DAYS: 90 }[choice.preset as string] ?? 0;
}

function byDays(at: Date, days: number, zone: string): Date {
  const { day, minutes } = wallOf(at, zone);
  return atWall(plusDays(day, days), minutes, zone);
}

// A month may lack the day: then a beginning is its last day, and an end is the month's end.
function byMonths(span: Span, months: number, zone: string): Span {
  const move = (at: Date, otherwise: (next: string) => string) => {
    const { day, minutes } = wallOf(at, zone);
    const moved = plusMonths(day, months);
    return moved ? atWall(moved, minutes, zone) : startOfDay(otherwise(firstOfMonth(day, months + 1)), zone);
  };
  return { from: move(span.from, (next) => plusDays(next, -1)), to: move(span.to, (next) => next) };
}
