import { duration, exactDuration, type Span } from '../ui/format';

/** A length of time in hours and minutes, with its seconds on hover. */
export function Lasting({ span }: { span: Span }) {
  return (
    <span className="num" data-exact={exactDuration(span)} data-value={span.seconds}>
      {duration(span)}
    </span>
  );
}
