// Where a click on a bar of a chart leads: to the time of that bar, in finer steps.
import type { Granularity } from '../gql/graphql';
import { firstOfMonth, localDay, plusDays, startOfDay } from '../ui/zone';
import { type Choice, timeText } from './range';

/** A period and the step to show it in; null leaves the step to the API. */
export interface Closer {
  choice: Choice;
  step: Granularity | null;
}

/** The time of one bucket, cut to the period shown; null where the period is a minute, or no more. */
export function closer(
  bucket: { start: string; end: string },
  range: { from: string; to: string },
  granularity: Granularity,
  zone: string,
): Closer | null {
  const start = new Date(Math.max(Date.parse(bucket.start), Date.parse(range.from)));
  const end = new Date(bucket.end);
  switch (granularity) {
    case 'MONTH':
    case 'WEEK':
    case 'DAY': {
      const from = localDay(start, zone);
      const to = localDay(new Date(end.getTime() - 1), zone);
      return { choice: { from, to: to < from ? from : to }, step: null };
    }
    case 'HOUR': {
      const hour = new Date(Date.parse(bucket.start) + 3_600_000);
      const until = end > hour || end <= start ? hour : end;
      return {
        choice: { since: timeText(new Date(bucket.start), zone), until: timeText(until, zone) },
        step: 'MINUTE',
      };
    }
    case 'MINUTE': {
      const minute = { since: timeText(start, zone), until: timeText(new Date(start.getTime() + 60_000), zone) };
      const alone = Date.parse(range.to) - Date.parse(range.from) <= 60_000;
      return alone ? null : { choice: minute, step: null };
    }
    default:
      return null;
  }
}

/** The end of a bucket of a series: the start of the next; of the last, by its granularity. */
export function bucketEnd(starts: string[], i: number, granularity: Granularity, zone: string): string {
  const next = starts[i + 1];
  if (next) return next;
  const start = new Date(starts[i]!);
  const lengths = { MINUTE: 60_000, HOUR: 3_600_000 };
  if (granularity === 'MINUTE' || granularity === 'HOUR')
    return new Date(start.getTime() + lengths[granularity]).toISOString();
  const day = localDay(start, zone);
  if (granularity === 'MONTH') return startOfDay(firstOfMonth(day, 1), zone).toISOString();
  return startOfDay(plusDays(day, granularity === 'WEEK' ? 7 : 1), zone).toISOString();
}
