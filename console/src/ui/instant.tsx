// A date in the reader's zone, with the full time on hover; a dash where there is none.
import { day, fullMoment, moment, NONE } from './format';

interface InstantProps {
  at: string | null | undefined;
  zone: string;
  /** With the time of day. */
  timed?: boolean;
}

/** An instant. */
export function Instant({ at, zone, timed }: InstantProps) {
  if (!at) return <span className="none">{NONE}</span>;
  return (
    <time dateTime={at} data-exact={fullMoment(at, zone)}>
      {(timed ? moment : day)(at, zone)}
    </time>
  );
}
