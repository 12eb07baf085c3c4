// The date filter: presets, a custom range, the time zone.
import { Button, Loader, Popover, Select } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCalendar, IconChevronDown } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { bounds, type Choice, PRESETS, writeChoice } from '../usage/range';
import { Boundary } from './boundary';
import { day } from './format';
import { refilter } from './paging';
import { useParameters } from './params';
import { names, text } from './text';
import { localZone, meansZone, offsetName, zones } from './zone';

const Calendar = lazy(() => import('./calendar'));
const t = text.dates;

/** What the range is called. */
export function rangeName(choice: Choice): string {
  if ('preset' in choice) return names.preset[choice.preset];
  const show = (date: string) => day(`${date}T00:00:00Z`, 'UTC');
  return choice.from === choice.to ? show(choice.from) : `${show(choice.from)} – ${show(choice.to)}`;
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
  const [custom, setCustom] = useState('from' in choice);
  const take = (chosen: Choice) => {
    refilter(set, writeChoice(chosen));
    onDone();
  };
  return (
    <>
      <div className="dates-presets">
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
        <ZoneSelect zone={zone} />
      </div>
    </>
  );
}

function Custom({ choice, zone, onTake }: { choice: Choice; zone: string; onTake: (choice: Choice) => void }) {
  const limits = useMemo(() => bounds(new Date(), zone), [zone]);
  const start = 'from' in choice ? choice : null;
  const [days, setDays] = useState<[string | null, string | null]>([start?.from ?? null, start?.to ?? null]);
  const [from, to] = days;
  return (
    <>
      <p className="dates-hint">{from && to ? rangeName({ from, to }) : t.pick}</p>
      <Calendar value={days} onChange={setDays} first={limits.first} last={limits.last} />
      <div className="dates-foot">
        <span>{t.bounds}</span>
        <Button size="xs" disabled={!from || !to} onClick={() => from && to && onTake({ from, to })}>
          {t.apply}
        </Button>
      </div>
    </>
  );
}

function ZoneSelect({ zone }: { zone: string }) {
  const [, set] = useParameters();
  const all = useMemo(() => [...new Set([localZone(), zone, ...zones()])], [zone]);
  return (
    <Select
      size="xs"
      label={t.zone}
      description={offsetName(zone, new Date())}
      data={all}
      value={zone}
      searchable
      limit={60}
      allowDeselect={false}
      comboboxProps={{ withinPortal: false }}
      nothingFoundMessage={t.noZone}
      filter={({ options, search }) => options.filter((o) => 'value' in o && meansZone(String(o.value), search))}
      onChange={(value) => value && refilter(set, { tz: value })}
    />
  );
}
