// How figures and dates read. English by Intl; amounts never pass through a float.
import { micro, rounded, truncated } from './decimal';

const LOCALE = 'en-US';
const integers = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });

/** What stands where there is nothing to show: never a false zero. */
export const NONE = '—';

function grouped(plain: string): string {
  const [whole = '0', fraction] = plain.replace('-', '').split('.');
  const sign = plain.startsWith('-') ? '\u2212' : '';
  return sign + integers.format(BigInt(whole)) + (fraction ? `.${fraction}` : '');
}

/** Every digit, such as 1,234.567891. */
export function exact(amount: string): string {
  return grouped(amount);
}

/** Two decimals, such as 1,234.57; 0 is "0", and what would round to a false zero is "<0.01". */
export function amount(value: string): string {
  const m = micro(value);
  if (m === 0n) return '0';
  if (m > -5_000n && m < 5_000n) return m > 0n ? '<0.01' : '\u2212<0.01';
  return grouped(rounded(value, 2));
}

/** Whole credits for a label, cut; below one "<1", and in debt two decimals. */
export function whole(value: string): string {
  const m = micro(value);
  if (m < 0n) return amount(value);
  if (m > 0n && m < 1_000_000n) return '<1';
  return grouped(truncated(value));
}

/** A count, such as 10,000. */
export function count(value: number): string {
  return integers.format(value).replace('-', '\u2212');
}

/** A percent of the API, such as 70.72%. */
export function percent(value: string): string {
  return `${grouped(value)}%`;
}

export interface Span {
  hours: number;
  minutes: number;
  seconds: number;
}

/** Hours and minutes, floored as the API floors them; what ran less than a minute is "<1 min". */
export function duration(span: Span): string {
  if (span.seconds === 0) return '0 min';
  if (span.hours === 0) return span.minutes === 0 ? '<1 min' : `${span.minutes} min`;
  return `${integers.format(span.hours)} h ${span.minutes} min`;
}

/** Exact seconds of a span. */
export function exactDuration(span: Span): string {
  return `${integers.format(span.seconds)} s`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat(LOCALE, { timeZone: zone, ...options })));
  return format;
}

/** A day, such as Nov 24, 2026. */
export function day(instant: string, zone: string): string {
  return formatter(zone, { dateStyle: 'medium' }).format(new Date(instant));
}

/** A day with the time, such as Nov 24, 2026, 3:03 PM. */
export function moment(instant: string, zone: string): string {
  return formatter(zone, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant));
}

/** A day with the time to the second and the zone's short name: what hovering over a date tells. */
export function fullMoment(instant: string, zone: string): string {
  return formatter(zone, { dateStyle: 'full', timeStyle: 'long' }).format(new Date(instant));
}

/** The days from one to another, such as Nov 14 – Dec 14, 2026. */
export function days(from: string, to: string, zone: string): string {
  return formatter(zone, { dateStyle: 'medium' }).formatRange(new Date(from), new Date(to));
}

/** The time of day, such as 3:03 PM. */
export function clock(instant: string, zone: string): string {
  return formatter(zone, { timeStyle: 'short' }).format(new Date(instant));
}

const SHAPES: Record<string, Intl.DateTimeFormatOptions> = {
  MINUTE: { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' },
  HOUR: { month: 'short', day: 'numeric', hour: 'numeric' },
  DAY: { month: 'short', day: 'numeric' },
  WEEK: { month: 'short', day: 'numeric' },
  MONTH: { month: 'short', year: 'numeric' },
};

/** The name of a chart's bucket. */
export function bucket(instant: string, granularity: string, zone: string): string {
  return formatter(zone, SHAPES[granularity] ?? SHAPES['DAY']!).format(new Date(instant));
}

/** The name of a chart's bucket in full, with its year. */
export function fullBucket(instant: string, granularity: string, zone: string): string {
  const shape = SHAPES[granularity] ?? SHAPES['DAY']!;
  const weekday = granularity === 'DAY' ? { weekday: 'short' as const } : {};
  return formatter(zone, { ...shape, ...weekday, year: 'numeric' }).format(new Date(instant));
}

/** How far an instant lies ahead, such as "in 3 days". */
export function ahead(instant: string, now: Date): string {
  const minutes = Math.round((new Date(instant).getTime() - now.getTime()) / 60_000);
  const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });
  if (Math.abs(minutes) < 90) return relative.format(minutes, 'minute');
  if (Math.abs(minutes) < 48 * 60) return relative.format(Math.round(minutes / 60), 'hour');
  return relative.format(Math.round(minutes / 1440), 'day');
}
