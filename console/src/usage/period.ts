// The time that a tab shows: the choice and the zone of the URL, and as the API takes them.
import { useMemo } from 'react';
import type { RangeInput } from '../gql/graphql';
import { useParameters } from '../ui/params';
import { localZone } from '../ui/zone';
import { type Choice, readChoice, readZone, toInput } from './range';

interface Period {
  choice: Choice;
  zone: string;
  range: RangeInput;
}

/** The period of the URL. */
export function usePeriod(): Period {
  const [params] = useParameters();
  const parts = ['range', 'from', 'to', 'tz'].map((name) => params.get(name) ?? '').join(' ');
  return useMemo(() => {
    const choice = readChoice(params);
    const zone = readZone(params, localZone());
    return { choice, zone, range: toInput(choice, zone) };
    // The parameters of the period alone: the range stays the same object while another one changes.
  }, [parts]);
}
