// A chart as a picture that explains itself: what it is and of what above, its legend below.

const SCALE = 2; // twice as fine as the screen
const EDGE = 24;
const LINE = 18;
const FONT = "'Inter Variable', system-ui, sans-serif";

/** The chart of a card as PNG, under its name and what its figures are of; null where there is no chart. */
export async function drawn(card: Element, name: string, about: string[]): Promise<Blob | null> {
  const svg = card.querySelector<SVGSVGElement>('.chart svg');
  if (!svg) return null;
  const { width, height } = svg.getBoundingClientRect();
  const [image, marks] = [await imageOf(svg, width, height), marksOf(card)];
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d')!;
  const small = `12px ${FONT}`;
  pen.font = small;
  const lines = about.flatMap((line) => wrapped(pen, line, width));
  const legend = placed(pen, marks, width);
  const top = EDGE + 26 + lines.length * LINE + 8;
  canvas.width = (width + 2 * EDGE) * SCALE;
  canvas.height = (top + height + legend.height + EDGE) * SCALE;
  pen.scale(SCALE, SCALE); // a new size takes away what was set
  pen.fillStyle = ink('--surface');
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.textBaseline = 'top';
  pen.fillStyle = ink('--ink');
  pen.font = `600 16px ${FONT}`;
  pen.fillText(name, EDGE, EDGE, width);
  pen.font = small;
  pen.fillStyle = ink('--ink-soft');
  lines.forEach((line, i) => {
    pen.fillText(line, EDGE, EDGE + 26 + i * LINE);
  });
  pen.drawImage(image, EDGE, top, width, height);
  for (const { mark, x, y } of legend.all) {
    pen.fillStyle = mark.colour;
    pen.strokeStyle = ink('--ghost-line');
    pen.fillRect(EDGE + x, top + height + y + 2, 10, 10);
    if (mark.lined) pen.strokeRect(EDGE + x, top + height + y + 2, 10, 10);
    pen.fillStyle = ink('--ink');
    pen.fillText(mark.name, EDGE + x + 16, top + height + y);
  }
  return new Promise((done) => canvas.toBlob(done, 'image/png'));
}

async function imageOf(svg: SVGSVGElement, width: number, height: number): Promise<HTMLImageElement> {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}

interface Mark {
  name: string;
  colour: string;
  /** Pale, and told from the ground by its outline. */
  lined: boolean;
}

// The legend as the card shows it; of a list of parts with what each came to.
function marksOf(card: Element): Mark[] {
  const all = card.querySelectorAll('.legend li');
  return [...(all.length > 0 ? all : card.querySelectorAll('.slices li'))].flatMap((entry) => {
    const dot = entry.querySelector('.dot');
    if (!dot) return [];
    const words = [...entry.children].filter((child) => child !== dot).map((child) => child.textContent?.trim());
    const name = words.filter(Boolean).join(' ') || (entry.textContent ?? '').trim();
    return [{ name, colour: getComputedStyle(dot).backgroundColor, lined: dot.classList.contains('dot-ghost') }];
  });
}

// Where each mark stands: side by side, in as many rows as it takes.
function placed(pen: CanvasRenderingContext2D, marks: Mark[], width: number) {
  let [x, y] = [0, 12];
  const all = marks.map((mark) => {
    const length = 16 + pen.measureText(mark.name).width;
    if (x > 0 && x + length > width) [x, y] = [0, y + LINE];
    const at = { mark, x, y };
    x += length + 20;
    return at;
  });
  return { all, height: all.length > 0 ? y + LINE : 0 };
}

function wrapped(pen: CanvasRenderingContext2D, line: string, width: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of line.split(' ')) {
    const longer = row ? `${row} ${word}` : word;
    if (row && pen.measureText(longer).width > width) {
      rows.push(row);
      row = word;
    } else row = longer;
  }
  return [...rows, row];
}

const ink = (variable: string) => getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
