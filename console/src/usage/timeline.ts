// Where segments of hosting lie on a line of time.
import type { ResourcePageQuery, SegmentFieldsFragment } from '../gql/graphql';
import { geometry } from '../ui/decimal';
import { times } from './change';

type Answered = NonNullable<ResourcePageQuery['account']>['segments'];
export type Segment = SegmentFieldsFragment;

/** The time that a line shows, in milliseconds. */
export interface Span {
  from: number;
  to: number;
}

/** The time of an answer; what is still to come of a period is not shown. */
export function spanOf({ range, asOf }: Pick<Answered, 'range' | 'asOf'>): Span {
  const to = Math.min(Date.parse(range.to), Date.parse(asOf));
  const from = Date.parse(range.from);
  return { from, to: Math.max(to, from + 1000) };
}

/** The most that any of them costs an hour: the darkest. */
export function mostOf(segments: Segment[]): number {
  return Math.max(0, ...segments.map((segment) => geometry(hourly(segment))));
}

/** What a segment costs an hour, all replicas together. */
export const hourly = ({ ratePerHour, replicas }: Segment) => times([[ratePerHour, replicas]]);

/** Where a segment lies on the line and how long it is, in percent of it. */
export function placed(
  { start, end }: Pick<Segment, 'start' | 'end'>,
  { from, to }: Span,
): [at: number, length: number] {
  const share = (at: number) => Math.min(100, Math.max(0, ((at - from) / (to - from)) * 100));
  const at = share(Date.parse(start));
  return [at, share(end ? Date.parse(end) : to) - at];
}
