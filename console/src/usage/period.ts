// The time that a tab shows: the choice, the zone and the comparison of the URL, and as the API takes them.
import { useMemo } from 'react';
import type { RangeInput } from '../gql/graphql';
import { rangeName } from '../ui/date-filter';
import { stretch } from '../ui/format';
import { useNow } from '../ui/now';
import { useParameters } from '../ui/params';
import { text } from '../ui/text';
import { localDay, localZone, plusDays, startOfDay } from '../ui/zone';
import { rangeBefore, readVersus, type Versus } from './compare';
import { type Choice, readChoice, readZone, spanOf, toInput } from './range';

/** The time that another is compared with. */
export interface Before {
  range: RangeInput;
  name: string;
}

interface Period {
  choice: Choice;
  zone: string;
  range: RangeInput;
  /** What the URL compares with; null: nothing. */
  versus: Versus | null;
  /** The time before by it; null without comparison, and where it lies too far back. */
  before: Before | null;
  /** The time before by any comparison. */
  against: (versus: Versus) => Before | null;
  now: Date;
}

/** The period of the URL. */
export function usePeriod(): Period {
  const [params] = useParameters();
  const now = useNow();
  const parts = ['range', 'from', 'to', 'tz', 'vs'].map((name) => params.get(name) ?? '').join(' ');
  return useMemo(() => {
    const choice = readChoice(params);
    const zone = readZone(params, localZone());
    const against = (other: Versus): Before | null => {
      const range = rangeBefore(choice, other, zone, now);
      return range && { range, name: stretch(range.from!, range.to!, zone, now) };
    };
    const versus = readVersus(params);
    return {
      choice,
      zone,
      range: toInput(choice, zone),
      versus,
      before: versus && against(versus),
      against,
      now,
    };
    // The parameters of the period alone: the range stays the same object while another one changes.
  }, [parts, now]);
}

/** The days that the pace is taken from: the last 7 whole ones. */
export function paceRange(now: Date, zone: string): RangeInput {
  const today = localDay(now, zone);
  return {
    from: startOfDay(plusDays(today, -PACE_DAYS), zone).toISOString(),
    to: startOfDay(today, zone).toISOString(),
    timeZone: zone,
  };
}

/** How many days the pace is taken from. */
export const PACE_DAYS = 7;

/** What figures are of, a line each, for a file of them: period, zone, comparison, and what else is told. */
export function useAbout(more: string[] = []): string[] {
  const { choice, zone, now, before } = usePeriod();
  const { from, to } = spanOf(choice, zone, now);
  const t = text.answers.take;
  return [
    `${t.period}: ${rangeName(choice)} (${from.toISOString()} – ${to.toISOString()})`,
    `${text.dates.zone}: ${zone}`,
    ...(before ? [`${text.answers.compare.with(before.name)} (${before.range.from} – ${before.range.to})`] : []),
    ...more,
  ];
}
