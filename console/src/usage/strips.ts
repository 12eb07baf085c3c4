// In which steps a small chart shows a period: few enough that a hundred rows of the API hold several of them.
import type { Granularity } from '../gql/graphql';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How many rows the API gives at once. */
const ROWS = 100;

/** A step for a strip of at most about 32 places. */
export function stripStep(from: Date, to: Date): Granularity {
  const length = to.getTime() - from.getTime();
  if (length <= 31 * HOUR) return 'HOUR';
  if (length <= 32 * DAY) return 'DAY';
  return length <= 32 * 7 * DAY ? 'WEEK' : 'MONTH';
}

/** A step for a line of at most about 14 places; hours where there is less than two days. */
export function lineStep(from: Date, to: Date): Granularity {
  const length = to.getTime() - from.getTime();
  if (length <= 25 * HOUR) return 'HOUR';
  if (length <= 14 * DAY) return 'DAY';
  return length <= 14 * 7 * DAY ? 'WEEK' : 'MONTH';
}

const LENGTHS: Record<Granularity, number> = {
  MINUTE: 60_000,
  HOUR,
  DAY,
  WEEK: 7 * DAY,
  MONTH: 28 * DAY,
  QUARTER: 90 * DAY,
  YEAR: 365 * DAY,
};

/** The ids in groups of which each, with all its places, fits into one answer. */
export function grouped(ids: string[], from: Date, to: Date, step: Granularity): string[][] {
  const places = Math.ceil((to.getTime() - from.getTime()) / LENGTHS[step]) + 2;
  const size = Math.max(1, Math.floor(ROWS / places));
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, i) => ids.slice(i * size, (i + 1) * size));
}
