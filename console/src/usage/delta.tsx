// A change: how much more or less, and in percent, with every digit on hover.
import { IconArrowDownRight, IconArrowUpRight, IconEqual } from '@tabler/icons-react';
import { micro } from '../ui/decimal';
import { withUnit } from '../ui/exact';
import { brief, changed, exact } from '../ui/format';
import { text } from '../ui/text';

const t = text.answers.change;

/** A figure beside the same of another time, as the API compares them. */
export interface Change {
  value: string;
  delta: string;
  percent?: string | null;
}

interface DeltaProps {
  change: Change | null | undefined;
  unit?: string;
  /** How much is written, without its sign; amounts by default. */
  show?: (value: string) => string;
  /** The percent alone, where the difference stands beside it. */
  bare?: boolean;
}

/** How a figure changed; nothing where nothing is compared. */
export function Delta({ change, unit, show, bare }: DeltaProps) {
  if (!change) return null;
  const { value: before, delta: difference, percent: share = null } = change;
  const sign = micro(difference) === 0n ? 'same' : micro(difference) > 0n ? 'up' : 'down';
  const Icon = { same: IconEqual, up: IconArrowUpRight, down: IconArrowDownRight }[sign];
  const part = share === null ? t.new : changed(share);
  const size = difference.replace('-', '');
  const told = `${sign === 'up' ? '+' : '\u2212'}${(show ?? brief)(size)}`;
  const signed = show ? told : withUnit((sign === 'up' ? '+' : '') + exact(difference), unit);
  return (
    <span
      className="delta"
      data-sign={sign}
      data-exact={t.tip(signed, (show ?? exact)(before))}
      data-change={difference}
      data-percent={share ?? ''}
      tabIndex={sign === 'same' ? undefined : 0}
    >
      <Icon size={14} aria-hidden />
      {sign === 'same' ? (
        t.same
      ) : (
        <span>
          <span className="hidden">{t[sign]} </span>
          {bare ? part : told} {!bare && <small>{part}</small>}
        </span>
      )}
    </span>
  );
}
