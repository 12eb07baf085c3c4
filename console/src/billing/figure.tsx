// An amount of either meter: credits with two decimals, runs whole.
import type { Meter } from '../gql/graphql';
import { micro } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { amount, exact } from '../ui/format';

interface FigureProps {
  meter: Meter;
  value: string;
  /** With a plus where it adds. */
  signed?: boolean;
}

// What is smaller than a hundredth stands with every digit: a column of amounts must add up.
const small = (value: string) => (micro(value) < 10_000n && micro(value) > -10_000n ? exact(value) : amount(value));

/** The amount. */
export function MeterFigure({ meter, value, signed }: FigureProps) {
  const plus = signed && micro(value) > 0n ? '+' : '';
  const unit = meter === 'MODEL_CREDITS' ? 'credits' : 'runs';
  return (
    <>
      {plus}
      {meter === 'MODEL_CREDITS' ? (
        <Exact value={value} unit={unit} show={small} />
      ) : (
        <Exact value={value} unit={unit} show={exact} />
      )}
    </>
  );
}
