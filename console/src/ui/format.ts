// How figures and dates read: English words in the order, the signs and the clock of the reader's own place. Amounts
// never pass through a float.
import { micro, rounded, truncated } from './decimal';
import { LANGUAGE } from './language';
import { compactLocale, dateLocale, hourCycle, numberLocale } from './locale';
import { isTwice, wallOf } from './zone';

const NUMBERS = numberLocale();
const COMPACT = compactLocale();
const DATES = dateLocale();
const CYCLE = hourCycle();
const integers = new Intl.NumberFormat(NUMBERS, { maximumFractionDigits: 0 });
const POINT = new Intl.NumberFormat(NUMBERS).formatToParts(1.5).find((part) => part.type === 'decimal')?.value ?? '.';

/** What stands where there is nothing to show: never a false zero. */
export const NONE = '—';

function grouped(plain: string): string {
  const [whole = '0', fraction] = plain.replace('-', '').split('.');
  const sign = plain.startsWith('-') ? '\u2212' : '';
  return sign + integers.format(BigInt(whole)) + (fraction ? POINT + fraction : '');
}

/** Every digit, such as 1,234.567891. */
export function exact(amount: string): string {
  return grouped(amount);
}

const HUNDREDTH = grouped('0.01');

/** Two decimals, such as 1,234.57; 0 is "0", and what would round to a false zero is "<0.01". */
export function amount(value: string): string {
  const m = micro(value);
  if (m === 0n) return '0';
  if (m > -5_000n && m < 5_000n) return m > 0n ? `<${HUNDREDTH}` : `\u2212<${HUNDREDTH}`;
  return grouped(rounded(value, 2));
}

/** An amount with its sign, also where it adds: +33.49. */
export function signed(value: string): string {
  return (micro(value) > 0n ? '+' : '') + amount(value);
}

/** Without decimals where there are none to tell: 12, but 12.40. */
export function brief(value: string): string {
  return micro(value) % 1_000_000n === 0n ? exact(value) : amount(value);
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

// What stands before and after a percent: "%", with or without a space, by the reader's locale. Marks of direction are
// left out, since a figure has one of its own.
const PERCENT = new Intl.NumberFormat(NUMBERS, { style: 'percent' }).format(5).replace(/[\u200e\u200f\u061c]/g, '');
const [BEFORE = '', AFTER = '%'] = PERCENT.split(/\d+/);

/** A percent of the API, such as 70.72%. */
export function percent(value: string): string {
  return BEFORE + grouped(value) + AFTER;
}

/**
 * The percent of a part in a whole. What the API rounds to a false 0 is "<0.01%", and to a false 100 ">99.99%": 0% is
 * nothing at all, and 100% is all of it.
 */
export function share(value: string, part: string, whole: string): string {
  const [of, all] = [micro(part), micro(whole)];
  if (micro(value) === 0n && of > 0n) return `<${percent('0.01')}`;
  if (micro(value) === 100_000_000n && of < all) return `>${percent('99.99')}`;
  return percent(value);
}

/** The percent of something that changed, without its sign: what the API rounds to a false 0 is "<0.01%". */
export function changed(value: string): string {
  return micro(value) === 0n ? `<${percent('0.01')}` : percent(value.replace('-', ''));
}

export interface Span {
  hours: number;
  minutes: number;
  seconds: number;
}

/** Seconds as the API tells lengths of time. */
export function spanned(seconds: number): Span {
  return { seconds, hours: Math.floor(seconds / 3600), minutes: Math.floor((seconds % 3600) / 60) };
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

// Times of the day in twelve or twenty-four hours, as the reader is used to.
function timed(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormatOptions {
  return options.timeStyle || options.hour ? { hourCycle: CYCLE, ...options } : options;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * Names and dates in letters that run from right to left keep to themselves within a sentence that does not: what is
 * isolated turns nothing around it (Unicode's FIRST STRONG ISOLATE and its end).
 */
export function isolated(text: string): string {
  return /[\u0590-\u08ff]/.test(text) ? `\u2068${text}\u2069` : text;
}

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat(DATES, { timeZone: zone, ...timed(options) })));
  return format;
}

/** A day, such as Nov 24, 2026. */
export function day(instant: string, zone: string): string {
  return isolated(formatter(zone, { dateStyle: 'medium' }).format(new Date(instant)));
}

/** A day with the time, such as Nov 24, 2026, 3:03 PM. */
export function moment(instant: string, zone: string): string {
  const told = formatter(zone, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant));
  return isolated(told + which(instant, zone));
}

/** A day with the time to the second and the zone's short name: what hovering over a date tells. */
export function fullMoment(instant: string, zone: string): string {
  return isolated(formatter(zone, { dateStyle: 'full', timeStyle: 'long' }).format(new Date(instant)));
}

/** The days from one to another, such as Nov 14 – Dec 14, 2026. */
export function days(from: string, to: string, zone: string): string {
  return isolated(formatter(zone, { dateStyle: 'medium' }).formatRange(new Date(from), new Date(to)));
}

/**
 * A range of time, its end not included: by days where it is whole days or long, else with the time of day; without
 * the year where `now` lies in the same.
 */
export function rangeText(from: string, to: string, zone: string, now: Date): string {
  const last = new Date(Date.parse(to) - 1);
  const midnight = (at: string) => wallOf(new Date(at), zone).minutes === 0;
  const long = Date.parse(to) - Date.parse(from) > 48 * 3_600_000;
  if (long || (midnight(from) && midnight(to))) {
    const year = (at: Date) => wallOf(at, zone).day.slice(0, 4);
    const short = { month: 'short', day: 'numeric' } as const;
    const same = year(new Date(from)) === year(now) && year(last) === year(now);
    return isolated(formatter(zone, same ? short : { dateStyle: 'medium' }).formatRange(new Date(from), last));
  }
  return moments(from, to, zone);
}

/** From one time to another, such as Nov 29, 2026, 2:00 – 3:00 PM. */
export function moments(from: string, to: string, zone: string): string {
  const form = formatter(zone, { dateStyle: 'medium', timeStyle: 'short' });
  return isolated(form.formatRange(new Date(from), new Date(to)));
}

/** The time of day, such as 3:03 PM. */
export function clock(instant: string, zone: string): string {
  return isolated(formatter(zone, { timeStyle: 'short' }).format(new Date(instant)) + which(instant, zone));
}

// An hour that the clock shows twice, when it goes back, is told apart by how far it is from UTC: " GMT+2".
function which(instant: string, zone: string): string {
  if (!isTwice(Date.parse(instant), zone)) return '';
  const parts = formatter(zone, { hour: 'numeric', timeZoneName: 'shortOffset' }).formatToParts(new Date(instant));
  return ` ${parts.find((part) => part.type === 'timeZoneName')?.value ?? ''}`;
}

// Buckets of an hour or less can be such an hour; longer ones hold both.
const doubled = (instant: string, granularity: string, zone: string) =>
  granularity === 'HOUR' || granularity === 'MINUTE' ? which(instant, zone) : '';

const SHAPES: Record<string, Intl.DateTimeFormatOptions> = {
  MINUTE: { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' },
  HOUR: { month: 'short', day: 'numeric', hour: 'numeric' },
  DAY: { month: 'short', day: 'numeric' },
  WEEK: { month: 'short', day: 'numeric' },
  MONTH: { month: 'short', year: 'numeric' },
};

/** The name of a chart's bucket. */
export function bucket(instant: string, granularity: string, zone: string): string {
  const name = formatter(zone, SHAPES[granularity] ?? SHAPES['DAY']!).format(new Date(instant));
  return isolated(name + doubled(instant, granularity, zone));
}

/** The name of a chart's bucket in full, with its year. */
export function fullBucket(instant: string, granularity: string, zone: string): string {
  const shape = SHAPES[granularity] ?? SHAPES['DAY']!;
  const weekday = granularity === 'DAY' ? { weekday: 'short' as const } : {};
  const name = formatter(zone, { ...shape, ...weekday, year: 'numeric' }).format(new Date(instant));
  return isolated(name + doubled(instant, granularity, zone));
}

/** How far an instant lies ahead, such as "in 3 days". */
export function ahead(instant: string, now: Date): string {
  const minutes = Math.round((new Date(instant).getTime() - now.getTime()) / 60_000);
  const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: 'auto' });
  if (Math.abs(minutes) < 90) return relative.format(minutes, 'minute');
  if (Math.abs(minutes) < 48 * 60) return relative.format(Math.round(minutes / 60), 'hour');
  return relative.format(Math.round(minutes / 1440), 'day');
}

/** The name of a day of the week, 0 for Sunday. */
export function weekday(n: number): string {
  return formatter('UTC', { weekday: 'long' }).format(new Date(Date.UTC(1970, 0, 4 + n)));
}

/** A day on an axis, such as Nov 24. */
export function shortDay(at: number, zone: string): string {
  return isolated(formatter(zone, { month: 'short', day: 'numeric' }).format(at));
}

/** A sentence with its full stop, of which some dates bring one: 1. Nov. */
export function ended(sentence: string): string {
  return sentence.endsWith('.') ? sentence : `${sentence}.`;
}

/** A figure on an axis, such as 1.2K. */
export function compact(value: number): string {
  return new Intl.NumberFormat(COMPACT, { notation: 'compact', maximumFractionDigits: 2 }).format(value);
}
