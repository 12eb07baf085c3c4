// Whose order of day and month, whose signs in numbers, and whose clock: the reader's. The words stay English, since
// the console's sentences are.

const WANTED = globalThis.navigator?.language || 'en-US';

/** The locale of numbers, in the digits that the API writes. */
export function numberLocale(wanted = WANTED): string {
  return fitting(wanted, (locale) => new Intl.Locale(locale, { numberingSystem: 'latn' }).toString(), 'en-US');
}

/** The locale of dates: English as it is written where the reader is, day before month almost everywhere. */
export function dateLocale(wanted = WANTED): string {
  return fitting(
    wanted,
    (locale) => {
      const region = new Intl.Locale(locale).maximize().region ?? 'US';
      const [known] = Intl.DateTimeFormat.supportedLocalesOf([`en-${region}`]);
      const isItself = known !== undefined && new Intl.DateTimeFormat(known).resolvedOptions().locale === known;
      return isItself ? known : 'en-001';
    },
    'en-US',
  );
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
