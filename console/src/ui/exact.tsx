// A rounded figure that tells every digit on hover and on focus (data-exact is read by ExactTip, and by tests).
import { amount, count, exact } from './format';

interface ExactProps {
  value: string;
  /** How it is rounded for show; two decimals by default. */
  show?: (value: string) => string;
  unit?: string;
}

/** A decimal amount. */
export function Exact({ value, show = amount, unit }: ExactProps) {
  const [all, shown] = [exact(value), show(value)];
  // The keyboard stops where there is more to tell than is shown.
  return (
    <span
      className="num"
      data-exact={all + (unit ? ` ${unit}` : '')}
      data-value={value}
      tabIndex={all === shown ? undefined : 0}
    >
      {shown}
    </span>
  );
}

/** A whole number. */
export function Count({ value }: { value: number }) {
  return (
    <span className="num" data-value={value}>
      {count(value)}
    </span>
  );
}
