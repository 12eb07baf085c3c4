// What is shown as a file: rows of texts as CSV (RFC 4180), with what the figures are of in lines above.

/** A file of rows; the lines of `about` stand above the heads, one a line. */
export function csv(about: string[], heads: string[], rows: string[][]): string {
  const lines = [...about.map((line) => [line]), ...(about.length > 0 ? [['']] : []), heads, ...rows];
  return `${lines.map((line) => line.map(field).join(',')).join('\r\n')}\r\n`;
}

// A spreadsheet takes a text that begins so for a formula: an apostrophe in front keeps it one. Numbers may be
// negative.
const FORMULA = /^[=+@\t\r]|^-(?![0-9.]+$)/;

// What keeps a date of another script to itself on the page (format.ts) is no part of it.
const ISOLATES = /[\u2066-\u2069]/g;

function field(shown: string): string {
  const text = shown.replace(ISOLATES, '');
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hands a file to the browser's downloads. */
export function save(name: string, type: string, content: string | Blob): void {
  const blob = typeof content === 'string' ? new Blob(['\ufeff', content], { type }) : content;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A name for a file: letters, digits and dashes. */
export function fileName(parts: string[], ending: string): string {
  const plain = parts.map((part) =>
    part
      .normalize('NFD')
      .replace(/[\u0300-\u036f]/g, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, ''),
  );
  return `${plain.filter(Boolean).join('-')}.${ending}`;
}

/**
 * The rows of a table as they are shown: of each cell the exact figure or instant behind it, else its text. A change
 * takes two columns, the difference and the percent. Columns without a title and those of buttons are left out.
 */
export function readTable(table: HTMLTableElement): { heads: string[]; rows: string[][] } {
  const heads = [...table.querySelectorAll('thead th')].map((th) => textOf(th));
  const wanted = heads.map(
    (head, i) =>
      Boolean(head) && !table.querySelector(`tbody tr td:nth-child(${i + 1}) button:not(.open, .link-button)`),
  );
  const changes = heads.map((_, i) => table.querySelector(`tbody tr td:nth-child(${i + 1}) [data-change]`) !== null);
  const pick = (cells: [string, string][]) =>
    cells.flatMap(([cell, percent], i) => (wanted[i] ? (changes[i] ? [cell, percent] : [cell]) : []));
  const rows = [...table.querySelectorAll('tbody tr:not([aria-hidden])')].map((tr) =>
    pick([...tr.querySelectorAll('td')].map((cell) => [exactOf(cell), percentOf(cell)])),
  );
  return { heads: pick(heads.map((head) => [head, `${head} (%)`])), rows };
}

const percentOf = (cell: Element) => cell.querySelector('[data-change]')?.getAttribute('data-percent') ?? '';

function exactOf(cell: Element): string {
  const change = cell.querySelector('[data-change]');
  if (change) return change.getAttribute('data-change') ?? '';
  const share = cell.querySelector('[data-share]');
  if (share) return share.getAttribute('data-share') ?? '';
  const figures = cell.querySelectorAll('[data-value]');
  if (figures.length === 1) return figures[0]!.getAttribute('data-value') ?? '';
  const time = cell.querySelector('time');
  return time ? time.dateTime : textOf(cell);
}

// What is read, without what only screen readers get.
function textOf(element: Element): string {
  const copy = element.cloneNode(true) as Element;
  for (const hidden of copy.querySelectorAll('.hidden, svg, [aria-hidden]')) hidden.remove();
  for (const small of copy.querySelectorAll('small')) small.prepend(' · ');
  return (copy.textContent ?? '').replace(/\s+/g, ' ').trim();
}
