// What the period is compared with: a choice that stands in the URL.
import { Button, Loader, Popover } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconArrowsDiff, IconChevronDown } from '@tabler/icons-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { Boundary } from '../ui/boundary';
import { rangeName } from '../ui/date-filter';
import { refilter } from '../ui/paging';
import { useParameters } from '../ui/params';
import { afterPaint } from '../ui/soon';
import { text } from '../ui/text';
import { VERSUS, type Versus, writeVersus } from './compare';
import { usePeriod } from './period';
import { bounds } from './range';

const Calendar = lazy(() => import('../ui/calendar'));
const t = text.answers.compare;

/** The button with its panel. */
export function CompareSwitch() {
  const { versus } = usePeriod();
  const [open, { toggle, close }] = useDisclosure(false);
  const name = versus === null ? t.label : typeof versus === 'string' ? t[versus] : rangeName(versus);
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
          className="compare-switch"
          data-on={versus !== null || undefined}
          leftSection={<IconArrowsDiff size={16} />}
          rightSection={<IconChevronDown size={14} />}
          onClick={toggle}
          aria-haspopup="dialog"
          aria-expanded={open}
        >
          {versus !== null && <span className="hidden">{t.label}: </span>}
          {name}
        </Button>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={t.label} className="dates">
        {open && <Choosing versus={versus} onDone={close} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Choosing({ versus, onDone }: { versus: Versus | null; onDone: () => void }) {
  const [, set] = useParameters();
  const [own, setOwn] = useState(typeof versus === 'object' && versus !== null);
  const take = (chosen: Versus | null) => {
    onDone();
    afterPaint(() => refilter(set, writeVersus(chosen)));
  };
  return (
    <>
      <div className="dates-presets">
        <button type="button" aria-pressed={versus === null && !own} onClick={() => take(null)}>
          {t.off}
        </button>
        {VERSUS.map((name) => (
          <button type="button" key={name} aria-pressed={versus === name && !own} onClick={() => take(name)}>
            {t[name]}
          </button>
        ))}
        <button type="button" aria-pressed={own} onClick={() => setOwn(true)}>
          {t.own}
        </button>
      </div>
      {own && (
        <div className="dates-rest">
          <Boundary>
            <Suspense fallback={<Loader size="sm" />}>
              <Own versus={versus} onTake={take} />
            </Suspense>
          </Boundary>
        </div>
      )}
    </>
  );
}

function Own({ versus, onTake }: { versus: Versus | null; onTake: (versus: Versus) => void }) {
  const { zone } = usePeriod();
  const limits = useMemo(() => bounds(new Date(), zone), [zone]);
  const start = typeof versus === 'object' ? versus : null;
  const [days, setDays] = useState<[string | null, string | null]>([start?.from ?? null, start?.to ?? null]);
  const [from, to] = days;
  return (
    <>
      <p className="dates-hint">{from && to ? rangeName({ from, to }) : text.dates.pick}</p>
      <Calendar value={days} onChange={setDays} first={limits.first} last={limits.last} />
      <div className="dates-foot">
        <span>{text.dates.bounds}</span>
        <Button size="xs" disabled={!from || !to} onClick={() => from && to && onTake({ from, to })}>
          {t.apply}
        </Button>
      </div>
    </>
  );
}
