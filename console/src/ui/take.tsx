// Taking out what is shown: a table as CSV, a chart as PNG, the page on paper.
import { ActionIcon, Menu } from '@mantine/core';
import { IconDownload, IconPhoto, IconPrinter, IconTable } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useOptionalPlace } from '../shell/place';
import { readZone } from '../usage/range';
import { csv, fileName, readTable, save } from './csv';
import { text } from './text';
import { localZone } from './zone';

const t = text.answers.take;

/** What a file is made of. */
export interface TakeProps {
  /** What it is, for the file's name and its first line. */
  name: string;
  /** What the figures are of: period, zone, comparison; a line each. The zone alone by default. */
  about?: string[];
  /** The whole table, where more rows fit than are shown. */
  whole?: () => Promise<HTMLTableElement | null>;
  /** Without a chart there is no picture to take. */
  chart?: boolean;
  /** A chart whose figures stand in no table has no rows to take. */
  table?: boolean;
  /** The filters of the page do not narrow what stands in the card. */
  unfiltered?: boolean;
}

/** A button that offers the files of the card that it stands in. */
export function Take({ name, about, whole, chart, table: rows = true, unfiltered }: TakeProps) {
  const place = useOptionalPlace();
  const here = useRef<HTMLButtonElement>(null);
  const card = () => here.current?.closest('.card, .view, .page, main') ?? document.body;
  const told = () => [
    ...(place ? [`${text.answers.palette.account}: ${place.account.name} (${place.account.id})`] : []),
    ...(about ?? [`${text.dates.zone}: ${readZone(new URLSearchParams(location.search), localZone())}`]),
    ...(unfiltered ? [] : filtersOf(here.current)),
  ];
  const title = [place?.account.name ?? text.product, name, new Date().toISOString().slice(0, 10)];
  const table = async () => {
    const found = (await whole?.()) ?? card().querySelector<HTMLTableElement>('table');
    if (!found) return;
    const { heads, rows } = readTable(found);
    const lines = [name, ...told(), `${t.link}: ${location.href}`];
    save(fileName(title, 'csv'), 'text/csv;charset=utf-8', csv(lines, heads, rows));
  };
  const picture = async () => {
    const { drawn } = await import('./picture');
    const blob = await drawn(card(), name, told());
    if (blob) save(fileName(title, 'png'), 'image/png', blob);
  };
  return (
    <Menu position="bottom-end" shadow="md" withinPortal={false} returnFocus>
      <Menu.Target>
        <ActionIcon
          ref={here}
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`${t.label}: ${name}`}
          title={t.label}
          className="take"
        >
          <IconDownload size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {rows && (
          <Menu.Item leftSection={<IconTable size={16} />} onClick={() => void table()}>
            {t.csv}
          </Menu.Item>
        )}
        {chart && (
          <Menu.Item leftSection={<IconPhoto size={16} />} onClick={() => void picture()}>
            {t.png}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconPrinter size={16} />} onClick={() => window.print()}>
          {t.print}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** A table that is shown out of sight for as long as it takes to read it into a file. */
export function useUnseen() {
  const [shown, setShown] = useState(false);
  const done = useRef<((table: HTMLTableElement | null) => void) | null>(null);
  const load = () =>
    new Promise<HTMLTableElement | null>((take) => {
      done.current = take;
      setShown(true);
    });
  const took = (box: HTMLElement | null) => {
    if (!box || !done.current) return;
    done.current(box.querySelector('table'));
    done.current = null;
    setTimeout(() => setShown(false));
  };
  return { shown, load, took };
}

// What the filters of the page are set to, in their own words; a list in a dialog has none of them.
function filtersOf(button: Element | null): string[] {
  const all = button?.closest('.page')?.querySelectorAll<HTMLElement>('[data-about]') ?? [];
  return [...all].flatMap(({ dataset }) => dataset['about'] ?? []);
}
