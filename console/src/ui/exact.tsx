// A rounded figure that tells every digit on hover and on focus (data-exact is read by ExactTip, and by tests).
import { amount, count, exact } from './format';
import { text } from './text';

/** What stands behind a figure, or what puts it there. */
export type Unit = string | ((figure: string) => string);

interface ExactProps {
  value: string;
  /** How it is rounded for show; two decimals by default. */
  show?: (value: string) => string;
  unit?: Unit;
}

/** A decimal amount. */
export function Exact({ value, show = amount, unit }: ExactProps) {
  const [all, shown] = [exact(value), show(value)];
  // The keyboard stops where there is more to tell than is shown.
  return (
    <span className="num" data-exact={withUnit(all, unit)} data-value={value} tabIndex={all === shown ? undefined : 0}>
      {shown}
    </span>
  );
}

/** A figure with its unit, where it has one: 12 credits, but 1 credit. */
export function withUnit(figure: string, unit: Unit | undefined): string {
  if (typeof unit === 'function') return unit(figure);
  if (unit === text.units.credits) return text.units.amount.MODEL_CREDITS(figure);
  return unit ? `${figure} ${unit}` : figure;
}

/** A whole number. */
export function Count({ value }: { value: number }) {
  return (
    <span className="num" data-value={value}>
      {count(value)}
    </span>
  );
}
