// The time that a tab shows: the choice, the zone and the comparison of the URL, and as the API takes them.
import { useMemo } from 'react';
import type { CompareInput, RangeFieldsFragment, RangeInput } from '../gql/graphql';
import { rangeName } from '../ui/date-filter';
import { rangeText } from '../ui/format';
import { useNow } from '../ui/now';
import { useParameters } from '../ui/params';
import { text } from '../ui/text';
import { localZone } from '../ui/zone';
import { readVersus, toCompare, type Versus } from './compare';
import { type Choice, readChoice, readZone, spanOf, toInput } from './range';

type Compared = Pick<RangeFieldsFragment, 'from' | 'to'> | null | undefined;

interface Period {
  choice: Choice;
  zone: string;
  range: RangeInput;
  /** What the URL compares with; null: nothing. */
  versus: Versus | null;
  /** The same as the API takes it. */
  compare: CompareInput | null;
  /** What a time is called that figures are compared with, as an answer names it; null: nothing is compared. */
  called: (compared: Compared) => string | null;
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
    const versus = readVersus(params);
    return {
      choice,
      zone,
      range: toInput(choice, zone),
      versus,
      compare: versus && toCompare(versus, zone),
      called: (compared) => (compared ? rangeText(compared.from, compared.to, zone, now) : null),
      now,
    };
    // The parameters of the period alone: the range stays the same object while another one changes.
  }, [parts, now]);
}

/** What figures are of that nothing is compared with, for a file of them: the period and its zone, a line each. */
export function useSpanAbout(): string[] {
  const { choice, zone, now } = usePeriod();
  const { from, to } = spanOf(choice, zone, now);
  return [
    `${text.answers.take.period}: ${rangeName(choice)} (${from.toISOString()} – ${to.toISOString()})`,
    `${text.dates.zone}: ${zone}`,
  ];
}

/** The same of figures that follow the comparison of the URL, and what else is told. */
export function useAbout(more: string[] = [], compared?: Compared): string[] {
  const { versus, called } = usePeriod();
  const { compare } = text.answers;
  return [
    ...useSpanAbout(),
    ...(compared
      ? [`${compare.with(called(compared)!)} (${compared.from} – ${compared.to})`]
      : versus
        ? [`${compare.label}: ${typeof versus === 'string' ? compare[versus] : rangeName(versus)}`]
        : []),
    ...more,
  ];
}
