// The colours of categories stay apart for eyes that see no red, no green or no blue, and stand out from the ground.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

type Triple = [number, number, number];

// What such an eye sees of linear red, green and blue (Machado, Oliveira, Fernandes 2009, severity 1).
const EYES: Record<string, Triple[]> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
const NAMES = ['--c-models', '--c-guardrails', '--c-scripts', '--c-tools'];
// Differences by CIEDE2000: 2.3 is one that is just seen, above 10 one that is seen at a glance.
const LEAST = 12;

const css = readFileSync(new URL('base.css', import.meta.url), 'utf8');
const themes = {
  light: css.slice(css.indexOf(':root {'), css.indexOf("[data-mantine-color-scheme='dark'] {")),
  dark: css.slice(css.indexOf("[data-mantine-color-scheme='dark'] {")),
};

function colour(theme: string, name: string): Triple {
  const hex = new RegExp(`${name}: #([0-9a-f]{6})`).exec(theme)![1]!;
  const part = (i: number) => {
    const v = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  };
  return [part(0), part(2), part(4)];
}

function seen([r, g, b]: Triple, eye: Triple[]): Triple {
  const part = ([x, y, z]: Triple) => Math.min(1, Math.max(0, x * r + y * g + z * b));
  return [part(eye[0]!), part(eye[1]!), part(eye[2]!)];
}

function lab([r, g, b]: Triple): Triple {
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const RAD = Math.PI / 180;
const angle = (y: number, x: number) => (x === 0 && y === 0 ? 0 : (Math.atan2(y, x) / RAD + 360) % 360);

// CIEDE2000.
function difference([l1, a1, b1]: Triple, [l2, a2, b2]: Triple): number {
  const mean = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const grown = 1.5 - 0.5 * Math.sqrt(mean ** 7 / (mean ** 7 + 25 ** 7));
  const [c1, c2] = [Math.hypot(a1 * grown, b1), Math.hypot(a2 * grown, b2)];
  const [h1, h2] = [angle(b1, a1 * grown), angle(b2, a2 * grown)];
  const turn = c1 * c2 === 0 ? 0 : ((h2 - h1 + 540) % 360) - 180;
  const [dl, dc, dh] = [l2 - l1, c2 - c1, 2 * Math.sqrt(c1 * c2) * Math.sin((turn / 2) * RAD)];
  const [lm, cm] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const hm = c1 * c2 === 0 ? h1 + h2 : (h1 + turn / 2 + 360) % 360;
  const cos = (of: number) => Math.cos(of * RAD);
  const t = 1 - 0.17 * cos(hm - 30) + 0.24 * cos(2 * hm) + 0.32 * cos(3 * hm + 6) - 0.2 * cos(4 * hm - 63);
  const sl = 1 + (0.015 * (lm - 50) ** 2) / Math.sqrt(20 + (lm - 50) ** 2);
  const [sc, sh] = [1 + 0.045 * cm, 1 + 0.015 * cm * t];
  const twist =
    -Math.sin(2 * 30 * Math.exp(-(((hm - 275) / 25) ** 2)) * RAD) * 2 * Math.sqrt(cm ** 7 / (cm ** 7 + 25 ** 7));
  return Math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + twist * (dc / sc) * (dh / sh));
}

function contrast(a: Triple, b: Triple): number {
  const light = ([r, g, blue]: Triple) => 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  const [x, y] = [light(a), light(b)].sort((p, q) => q - p) as [number, number];
  return (x + 0.05) / (y + 0.05);
}

it('the difference is that of the published examples', () => {
  expect(difference([50, 2.6772, -79.7751], [50, 0, -82.7485])).toBeCloseTo(2.0425, 4);
  expect(difference([50, 2.5, 0], [73, 25, -18])).toBeCloseTo(27.1492, 4);
  expect(difference([6.7747, -0.2908, -2.4247], [5.8714, -0.0985, -2.2286])).toBeCloseTo(0.6377, 4);
});

it.each(Object.entries(themes))('%s: categories are told apart by every eye', (_, theme) => {
  for (const [eye, matrix] of Object.entries(EYES))
    for (const [i, a] of NAMES.entries())
      for (const b of NAMES.slice(0, i)) {
        const apart = difference(lab(seen(colour(theme, a), matrix)), lab(seen(colour(theme, b), matrix)));
        expect(apart, `${eye}: ${a} and ${b}`).toBeGreaterThan(LEAST);
      }
});

it.each(Object.entries(themes))('%s: categories stand out from the surface, 3 : 1 at least', (_, theme) => {
  for (const name of NAMES) expect(contrast(colour(theme, name), colour(theme, '--surface')), name).toBeGreaterThan(3);
});
