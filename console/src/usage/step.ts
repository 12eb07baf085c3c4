// The length of the buckets that a chart shows, as the URL holds it.
import type { Granularity } from '../gql/graphql';

export const STEPS: readonly Granularity[] = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'];
// The widest period that is shown by minutes, in milliseconds.
const BY_MINUTES = 50 * 3_600_000;

/** The step that the URL asks for; null leaves it to the API. */
export function readStep(params: URLSearchParams): Granularity | null {
  return STEPS.find((step) => step === params.get('step')?.toUpperCase()) ?? null;
}

/** The steps on offer for a period; all where it is not known yet. */
export function stepsFor(range: { from: string; to: string } | undefined): Granularity[] {
  const length = range ? Date.parse(range.to) - Date.parse(range.from) : Number.POSITIVE_INFINITY;
  return STEPS.filter((step) => step !== 'MINUTE' || length <= BY_MINUTES);
}
