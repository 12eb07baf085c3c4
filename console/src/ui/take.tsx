// Taking out what is shown: a table as CSV, a chart as PNG, the page on paper.
import { ActionIcon, Menu } from '@mantine/core';
import { IconDownload, IconPhoto, IconPrinter, IconTable } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useOptionalPlace } from '../shell/place';
import { csv, fileName, readTable, save } from './csv';
import { text } from './text';

const t = text.answers.take;

interface TakeProps {
  /** What it is, for the file's name and its first line. */
  name: string;
  /** What the figures are of: period, zone, filter, comparison; a line each. */
  about?: string[];
  /** The whole table, where more rows fit than are shown. */
  whole?: () => Promise<HTMLTableElement | null>;
  /** Without a chart there is no picture to take. */
  chart?: boolean;
  /** A chart whose figures stand in no table has no rows to take. */
  table?: boolean;
}

/** A button that offers the files of the card that it stands in. */
export function Take({ name, about = [], whole, chart, table: rows = true }: TakeProps) {
  const place = useOptionalPlace();
  const here = useRef<HTMLButtonElement>(null);
  const card = () => here.current?.closest('.card, .view, .page, main') ?? document.body;
  const lines = [
    name,
    ...(place ? [`${text.widget.account}: ${place.account.name} (${place.account.id})`] : []),
    ...about,
    `${t.link}: ${location.href}`,
  ];
  const title = [place?.account.name ?? text.product, name, new Date().toISOString().slice(0, 10)];
  const table = async () => {
    const found = (await whole?.()) ?? card().querySelector<HTMLTableElement>('table');
    if (!found) return;
    const { heads, rows } = readTable(found);
    save(fileName(title, 'csv'), 'text/csv;charset=utf-8', csv(lines, heads, rows));
  };
  const picture = () => {
    const svg = card().querySelector<SVGSVGElement>('.chart svg');
    if (svg) void png(svg).then((blob) => save(fileName(title, 'png'), 'image/png', blob));
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
          <Menu.Item leftSection={<IconPhoto size={16} />} onClick={picture}>
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

const SCALE = 2;

// The drawing as pixels, on the card's ground, twice as fine as the screen.
async function png(svg: SVGSVGElement): Promise<Blob> {
  const { width, height } = svg.getBoundingClientRect();
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  const pen = canvas.getContext('2d')!;
  pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--surface').trim();
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/png'),
  );
}
