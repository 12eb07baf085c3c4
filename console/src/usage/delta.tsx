// A change as an arrow and a percent, with the exact difference on hover.
import { IconArrowDownRight, IconArrowUpRight, IconEqual } from '@tabler/icons-react';
import { micro } from '../ui/decimal';
import { changed, exact } from '../ui/format';
import { text } from '../ui/text';

const t = text.answers.change;

/** A figure beside the same of another time, as the API compares them. */
export interface Change {
  value: string;
  delta: string;
  percent?: string | null;
}

/** How a figure changed; nothing where nothing is compared. */
export function Delta({ change, unit }: { change: Change | null | undefined; unit?: string }) {
  if (!change) return null;
  const { value: before, delta: difference, percent: share = null } = change;
  const sign = micro(difference) === 0n ? 'same' : micro(difference) > 0n ? 'up' : 'down';
  const Icon = { same: IconEqual, up: IconArrowUpRight, down: IconArrowDownRight }[sign];
  const shown = sign === 'same' ? t.same : share === null ? t.new : changed(share);
  const signed = `${sign === 'up' ? '+' : ''}${exact(difference)}${unit ? ` ${unit}` : ''}`;
  return (
    <span
      className="delta"
      data-sign={sign}
      data-exact={t.tip(signed, exact(before))}
      data-change={difference}
      tabIndex={sign === 'same' ? undefined : 0}
    >
      <Icon size={14} aria-hidden />
      {sign !== 'same' && <span className="hidden">{t[sign]} </span>}
      {shown}
    </span>
  );
}
