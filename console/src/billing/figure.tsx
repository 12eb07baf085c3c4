// An amount of either meter: credits with two decimals, and with all of them below one; runs whole.
import type { Meter } from '../gql/graphql';
import { micro } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { amount, exact } from '../ui/format';
import { text } from '../ui/text';

interface FigureProps {
  meter: Meter;
  value: string;
  /** With a plus where it adds. */
  signed?: boolean;
}

// What is smaller than a credit stands with every digit: a column of amounts must add up, and 0.02 beside 0.008107
// would be told less exactly than the smaller one.
const small = (value: string) =>
  micro(value) < 1_000_000n && micro(value) > -1_000_000n ? exact(value) : amount(value);

/** The amount. */
export function MeterFigure({ meter, value, signed }: FigureProps) {
  const plus = signed && micro(value) > 0n ? '+' : '';
  return (
    <>
      {plus}
      <Exact value={value} unit={text.units.amount[meter]} show={meter === 'MODEL_CREDITS' ? small : exact} />
    </>
  );
}
