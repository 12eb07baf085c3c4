// The date filter: presets, a custom range, the time zone.
import { Button, Checkbox, Loader, Popover, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCalendar, IconChevronDown } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { bounds, type Choice, PRESETS, writeChoice } from '../usage/range';
import { Boundary } from './boundary';
import { day, moment, moments } from './format';
import { refilter } from './paging';
import { useParameters } from './params';
import { afterPaint } from './soon';
import { names, text } from './text';
import { localDay, plusDays } from './zone';

const Calendar = lazy(() => import('./calendar'));
const ZoneSelect = lazy(() => import('./zone-select'));
const t = text.dates;

/** What the range is called. */
export function rangeName(choice: Choice): string {
  if ('preset' in choice) return names.preset[choice.preset];
  const show = (date: string) => day(`${date}T00:00:00Z`, 'UTC');
  if ('since' in choice) return timesName(choice.since, choice.until);
  return choice.from === choice.to ? show(choice.from) : `${show(choice.from)} – ${show(choice.to)}`;
}

// Local times as they stand in the URL, such as Nov 29, 2026, 2:00 – 3:00 PM.
function timesName(since: string, until: string): string {
  const utc = (time: string) => (time.endsWith('Z') ? time : `${time}Z`);
  if (since.endsWith('Z') || until.endsWith('Z')) return `${moment(utc(since), 'UTC')} – ${moment(utc(until), 'UTC')}`;
  return moments(utc(since), utc(until), 'UTC');
}

/** The button with its panel; the choice stands in the URL. */
export function DateFilter({ choice, zone }: { choice: Choice; zone: string }) {
  const [open, { toggle, close }] = useDisclosure(false);
  useZoneInAddress(zone);
  return (
    <Popover
      opened={open}
      onChange={(on) => !on && close()}
      position="bottom-end"
      shadow="lg"
      trapFocus
      returnFocus
      withRoles={false}
    >
      <Popover.Target>
        <Button
          variant="default"
          className="date-filter"
          leftSection={<IconCalendar size={16} />}
          rightSection={<IconChevronDown size={14} />}
          onClick={toggle}
          aria-haspopup="dialog"
          aria-expanded={open}
        >
          <span className="hidden">{t.label}: </span>
          {rangeName(choice)} <small className="date-zone">{zoneName(zone)}</small>
        </Button>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={t.label} className="dates">
        {open && <Choosing choice={choice} zone={zone} onDone={close} />}
      </Popover.Dropdown>
    </Popover>
  );
}

// The zone stands in the address from the start: whoever gets the link sees the same days and the same figures.
function useZoneInAddress(zone: string): void {
  const [params, set] = useParameters();
  const told = params.get('tz');
  useEffect(() => {
    if (told !== zone) set({ tz: zone }, true);
  }, [told, zone, set]);
}

// The place alone, such as New York; UTC as it is.
const zoneName = (zone: string) => zone.split('/').at(-1)!.replaceAll('_', ' ');

function Choosing({ choice, zone, onDone }: { choice: Choice; zone: string; onDone: () => void }) {
  const [, set] = useParameters();
  const [custom, setCustom] = useState(!('preset' in choice));
  const take = (chosen: Choice) => {
    onDone();
    afterPaint(() => refilter(set, { step: null, ...writeChoice(chosen) }));
  };
  return (
    <>
      <div className="dates-presets">
        {(['today', 'yesterday'] as const).map((name, ago) => (
          <button type="button" key={name} onClick={() => take(dayAgo(ago, zone))}>
            {text.answers.times[name]}
          </button>
        ))}
        {PRESETS.map((preset) => (
          <button
            type="button"
            key={preset}
            aria-pressed={!custom && 'preset' in choice && choice.preset === preset}
            onClick={() => take({ preset })}
          >
            {names.preset[preset]}
          </button>
        ))}
        <button type="button" aria-pressed={custom} onClick={() => setCustom(true)}>
          {t.custom}
        </button>
      </div>
      <div className="dates-rest">
        {custom && (
          <Boundary>
            <Suspense fallback={<Loader size="sm" />}>
              <Custom choice={choice} zone={zone} onTake={take} />
            </Suspense>
          </Boundary>
        )}
        <Boundary>
          <Suspense fallback={<div className="dates-zone-wait" />}>
            <ZoneSelect zone={zone} />
          </Suspense>
        </Boundary>
      </div>
    </>
  );
}

const dayAgo = (ago: number, zone: string): Choice => {
  const day = plusDays(localDay(new Date(), zone), -ago);
  return { from: day, to: day };
};

// What the calendar begins with: the days of the choice, and its times where it has some.
function startOf(choice: Choice): { from: string | null; to: string | null; since: string; until: string } {
  if ('since' in choice)
    return {
      from: choice.since.slice(0, 10),
      to: choice.until.slice(0, 10),
      since: choice.since.slice(11, 16),
      until: choice.until.slice(11, 16),
    };
  const days = 'from' in choice ? choice : { from: null, to: null };
  return { ...days, since: '', until: '' };
}

function Custom({ choice, zone, onTake }: { choice: Choice; zone: string; onTake: (choice: Choice) => void }) {
  const limits = useMemo(() => bounds(new Date(), zone), [zone]);
  const start = startOf(choice);
  const [days, setDays] = useState<[string | null, string | null]>([start.from, start.to]);
  const [timed, setTimed] = useState('since' in choice);
  const [since, setSince] = useState(start.since || '00:00');
  const [until, setUntil] = useState(start.until || '12:00');
  const [from, to] = days;
  const chosen = chosenOf(from, to, timed ? [since, until] : null);
  const early = timed && from !== null && to !== null && chosen === null;
  return (
    <>
      <p className="dates-hint">{chosen ? rangeName(chosen) : t.pick}</p>
      <Calendar value={days} onChange={setDays} first={limits.first} last={limits.last} />
      <Checkbox
        size="xs"
        label={text.answers.times.withTime}
        checked={timed}
        onChange={(event) => setTimed(event.currentTarget.checked)}
      />
      {timed && (
        <div className="two-fields">
          <TextInput
            size="xs"
            type="time"
            label={text.answers.times.since}
            value={since}
            onChange={(event) => setSince(event.currentTarget.value)}
          />
          <TextInput
            size="xs"
            type="time"
            label={text.answers.times.until}
            value={until}
            error={early && text.answers.times.order}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
        </div>
      )}
      <div className="dates-foot">
        <span>{t.bounds}</span>
        <Button size="xs" disabled={!chosen} onClick={() => chosen && onTake(chosen)}>
          {t.apply}
        </Button>
      </div>
    </>
  );
}

function chosenOf(from: string | null, to: string | null, times: [string, string] | null): Choice | null {
  if (!from || !to) return null;
  if (!times) return { from, to };
  const [since, until] = [`${from}T${times[0]}`, `${to}T${times[1]}`];
  return since < until ? { since, until } : null;
}
