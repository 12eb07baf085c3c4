import { MeterFigure } from '../billing/figure';
import type { AccountDeskQuery, Meter } from '../gql/graphql';
import { sum } from '../ui/decimal';
import { text } from '../ui/text';
import type { Bounds } from '../ui/typed';

const t = text.support;

/** The account of the desk. */
export type Account = NonNullable<AccountDeskQuery['account']>;

/** What a part of the desk knows of the account. */
export type Of<K extends keyof Account> = Pick<Account, 'id' | 'name' | K>;

/** The bounds of what can be granted or taken back: above 0, and runs are whole. */
export const amountOf = (meter: Meter): Bounds => ({
  places: meter === 'TOOL_RUNS' ? 0 : 6,
  above: '0',
  most: '999999999999',
});

/** What the balance is, and what it would be. */
export function Balances({ account, meter, amount }: { account: Of<'creditStatus'>; meter: Meter; amount: string }) {
  const { credits, runs } = account.creditStatus;
  const now = (meter === 'TOOL_RUNS' ? runs : credits).remaining;
  return (
    <p>
      {t.balance}: <MeterFigure meter={meter} value={now} /> → <MeterFigure meter={meter} value={sum([now, amount])} />
    </p>
  );
}
