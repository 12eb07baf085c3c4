// How old what is shown is: a dot that lives while changes arrive by themselves, and the second of the answer with its
// zone, amber once it has aged.
import { ActionIcon } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useLive, useOnChange } from '../live/live';
import { clock, moment } from './format';
import { text } from './text';
import { localDay } from './zone';

const t = text.answers.fresh;
// After how long an answer counts as aged, in milliseconds: with a live connection it would have been renewed.
const AGED = 5 * 60_000;
const LOOK = 20_000;

interface FreshnessProps {
  asOf: string | undefined;
  zone: string;
  fetching: boolean;
  again: () => void;
}

/** The line above figures. */
export function Freshness({ asOf, zone, fetching, again }: FreshnessProps) {
  const { wire } = useLive();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), LOOK);
    return () => clearInterval(timer);
  }, []);
  const age = asOf ? now - Date.parse(asOf) : 0;
  const state = wire === 'lost' ? 'lost' : age > AGED ? 'aged' : wire === 'live' ? 'live' : 'waiting';
  const place = zone.split('/').at(-1)!.replaceAll('_', ' ');
  // What is of another day is told with it.
  const isOfToday = asOf !== undefined && localDay(new Date(asOf), zone) === localDay(new Date(now), zone);
  return (
    <div className="as-of" data-freshness={state}>
      <span className="live-dot" data-state={state} title={t[state]} aria-hidden />
      <span className="hidden">{t[state]}. </span>
      <span role="status" title={asOf && moment(asOf, zone)}>
        {asOf && `${text.usage.asOf((isOfToday ? clock : moment)(asOf, zone))}, ${place}`}
        {state === 'lost' && ` · ${t.lost}`}
      </span>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={text.usage.refresh}
        title={text.usage.refresh}
        onClick={again}
        data-busy={fetching || undefined}
        className="refresh"
      >
        <IconRefresh size={18} />
      </ActionIcon>
    </div>
  );
}

interface RenewedProps extends FreshnessProps {
  /** The least time between two questions, in milliseconds. */
  every?: number | undefined;
}

/** The line above figures that are asked for again after the account changed. */
export function Renewed({ every, ...shown }: RenewedProps) {
  useOnChange(shown.again, every);
  return <Freshness {...shown} />;
}
