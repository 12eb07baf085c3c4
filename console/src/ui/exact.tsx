// A rounded figure that tells every digit on hover (data-exact is read by ExactTip, and by tests).
import { amount, count, exact } from './format';

interface ExactProps {
  value: string;
  /** How it is rounded for show; two decimals by default. */
  show?: (value: string) => string;
  unit?: string;
}

/** A decimal amount. */
export function Exact({ value, show = amount, unit }: ExactProps) {
  return <span className="num" data-exact={exact(value) + (unit ? ` ${unit}` : '')} data-value={value}>{show(value)}</span>;
}

/** A whole number. */
export function Count({ value }: { value: number }) {
  return <span className="num" data-value={value}>{count(value)}</span>;
}
