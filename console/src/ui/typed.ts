// The one reader of numbers that a person types. Only a plain decimal is taken: no separator of thousands, no exponent,
// no digits of another script. "1,5" is one and a half to some and fifteen to others, so it is asked for again, never
// guessed.
import { decimal, micro } from './decimal';
import { text } from './text';

const t = text.typed;

/** What a field takes. */
export interface Bounds {
  /** Decimals at most; 0 for whole numbers, 6 without it. */
  places?: number;
  /** The least and the most that is taken, both included. */
  least?: string;
  most?: string;
  /** Only what is above this. */
  above?: string;
}

/** What was typed: a number as the API takes it, or what is wrong with it. */
export type Typed = { value: string; problem: null } | { value: null; problem: string };

const PLAIN = /^-?[0-9]{1,15}(?:\.[0-9]+)?$/;

/** Reads what a person typed into a field. */
export function readTyped(typed: string, bounds: Bounds = {}): Typed {
  const plain = typed.trim();
  const places = bounds.places ?? 6;
  if (plain === '') return refuse(t.empty);
  if (!PLAIN.test(plain)) return refuse(places === 0 ? t.notWhole : t.notPlain);
  if ((plain.split('.')[1] ?? '').length > places) return refuse(places === 0 ? t.notWhole : t.tooFine(places));
  const problem = outside(micro(plain), bounds);
  return problem === null ? { value: decimal(micro(plain)), problem } : refuse(problem);
}

function outside(size: bigint, { above, least, most }: Bounds): string | null {
  if (above !== undefined && size <= micro(above)) return t.above(above);
  if (least !== undefined && size < micro(least)) return t.least(least);
  if (most !== undefined && size > micro(most)) return t.most(most);
  return null;
}

function refuse(problem: string): Typed {
  return { value: null, problem };
}

/** How many times the usual an amount may be before it is asked about once more. */
export const UNUSUAL = 10n;

/**
 * Reports whether an amount is so far above the usual one that a slip is likely. Without a usual one nothing is
 * unusual.
 */
export function isUnusual(amount: string, usual: string | null): boolean {
  const [size, known] = [magnitude(amount), usual === null ? 0n : magnitude(usual)];
  return known > 0n && size > UNUSUAL * known;
}

/** The largest of some amounts, of either sign; null without any. */
export function largest(amounts: readonly string[]): string | null {
  const sizes = amounts.map(magnitude);
  return sizes.length === 0 ? null : decimal(sizes.reduce((most, size) => (size > most ? size : most)));
}

function magnitude(amount: string): bigint {
  const size = micro(amount);
  return size < 0n ? -size : size;
}
