// Whose order of day and month, whose signs in numbers, whose clock, and which way lines run: the reader's. Where the
// reader's language is one that the console speaks, or the formats were chosen, dates are in its words; else they are
// English, as the sentences around them.
import { LANGUAGE, type Language } from './language';

/** Formats that can be chosen whatever the browser's: their own names. */
export const FORMATS = {
  'en-US': 'English (US)',
  'en-GB': 'English (UK)',
  'de-DE': 'Deutsch',
  'fr-FR': 'Français',
  'hi-IN': 'हिन्दी',
  'ar-EG': 'العربية',
} as const;

const KEPT = 'usagegraph.formats';

function kept(): string | null {
  try {
    return globalThis.localStorage?.getItem(KEPT) ?? null;
  } catch {
    return null; // a browser may forbid it
  }
}

/** The formats that were chosen; null: the browser's. */
export const CHOSEN = kept();
const WANTED = CHOSEN ?? (globalThis.navigator?.language || 'en-US');

/** Takes other formats from now on; null: the browser's. */
export function format(locale: string | null): void {
  if (locale) localStorage.setItem(KEPT, locale);
  else localStorage.removeItem(KEPT);
  location.reload();
}

/** The locale of numbers, in the digits that the API writes. */
export function numberLocale(wanted = WANTED): string {
  return fitting(wanted, latin, 'en-US');
}

const latin = (locale: string) => new Intl.Locale(locale, { numberingSystem: 'latn' }).toString();

/**
 * The locale of numbers with a word for thousands: the reader's, unless its words are of a script that the page is not
 * written in, and its formats were not chosen.
 */
export function compactLocale(wanted = WANTED, own = isOwn(wanted), language: Language = LANGUAGE): string {
  const locale = numberLocale(wanted);
  const short = new Intl.NumberFormat(locale, { notation: 'compact' }).format(2_000);
  return !own && /(?!\p{Script=Latin})\p{L}/u.test(short) ? language : locale;
}

/** The locale of dates: `own` in its own words, else English as it is written where the reader is. */
export function dateLocale(wanted = WANTED, own = isOwn(wanted)): string {
  return fitting(
    wanted,
    (locale) => {
      if (own) return latin(locale);
      const region = new Intl.Locale(locale).maximize().region ?? 'US';
      const [known] = Intl.DateTimeFormat.supportedLocalesOf([`en-${region}`]);
      const isItself = known !== undefined && new Intl.DateTimeFormat(known).resolvedOptions().locale === known;
      return isItself ? known : 'en-001';
    },
    'en-US',
  );
}

/** Reports whether dates are in the locale's own words: it was chosen, or the console speaks its language. */
export function isOwn(wanted: string, chosen = CHOSEN !== null, language: Language = LANGUAGE): boolean {
  return chosen || (language !== 'en' && wanted.toLowerCase().split('-')[0] === language);
}

const RIGHT_TO_LEFT = new Set(['ar', 'fa', 'he', 'ur']);

/** Which way the page runs: by the formats that were chosen, since the sentences alone run from left to right. */
export function direction(chosen = CHOSEN): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(chosen?.toLowerCase().split('-')[0] ?? '') ? 'rtl' : 'ltr';
}

/** Whether the day has twice twelve hours or twenty-four. */
export function hourCycle(wanted = WANTED): 'h12' | 'h23' {
  return fitting(
    wanted,
    (locale) => {
      const cycle = new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions().hourCycle;
      return cycle === 'h23' || cycle === 'h24' ? 'h23' : 'h12';
    },
    'h12',
  );
}

// A browser may name a locale that is none, such as "C" or "en-US@posix".
function fitting<R>(wanted: string, of: (locale: string) => R, otherwise: R): R {
  try {
    return of(wanted);
  } catch {
    return otherwise;
  }
}
