// Keyset pages in the URL: `after` or `before` a cursor, or `at=last`; `page` is a number for show alone.
import type { SetParams } from './params';

export const SIZES = [10, 25, 50, 100] as const;
const DEFAULT_SIZE = 25;

/** What a connection is asked for. */
export interface PageArgs {
  first?: number;
  after?: string;
  last?: number;
  before?: string;
}

/** Where in a list a view stands. */
export interface Place {
  size: number;
  number: number; // of the page, from 1; 0 where it is the last and the total is not known yet
  args: PageArgs;
}

/** A change that leads back to the first page: with every change of filter, order or size. */
export const FIRST_PAGE = { after: null, before: null, at: null, page: null };

/** The page that the URL asks for. */
export function readPage(params: URLSearchParams): Place {
  const wanted = Number(params.get('size'));
  const size = SIZES.find((s) => s === wanted) ?? DEFAULT_SIZE;
  const number = Math.max(1, Math.trunc(Number(params.get('page'))) || 1);
  const after = params.get('after');
  const before = params.get('before');
  if (params.get('at') === 'last') {
    const rest = Math.trunc(Number(params.get('rest')));
    return { size, number, args: { last: rest > 0 && rest < size ? rest : size } };
  }
  if (after) return { size, number, args: { first: size, after } };
  if (before) return { size, number, args: { last: size, before } };
  return { size, number: 1, args: { first: size } };
}

interface Info {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor?: string | null;
  endCursor?: string | null;
}

/** The four steps through a list; null where there is no way. */
export interface Steps {
  first: Record<string, string | null> | null;
  previous: Record<string, string | null> | null;
  next: Record<string, string | null> | null;
  last: Record<string, string | null> | null;
}

/** The changes of the URL that lead to the other pages. */
export function steps(place: Place, info: Info, total: number): Steps {
  const pages = Math.max(1, Math.ceil(total / place.size));
  const to = (number: number, more: Record<string, string>) => ({
    ...FIRST_PAGE,
    rest: null,
    page: number > 1 ? String(number) : null,
    ...more,
  });
  const first = to(1, {});
  const previous = place.number === 2 ? first : to(Math.max(1, place.number - 1), { before: info.startCursor ?? '' });
  const next = to(place.number + 1, { after: info.endCursor ?? '' });
  return {
    first: info.hasPreviousPage ? first : null,
    previous: info.hasPreviousPage ? previous : null,
    next: info.hasNextPage ? next : null,
    last: info.hasNextPage ? to(pages, { at: 'last', rest: String(total % place.size) }) : null,
  };
}

/** The rows that a page shows, counted from 1. */
export function rows(place: Place, shown: number, total: number): { from: number; to: number } {
  const from = Math.min((place.number - 1) * place.size + 1, Math.max(1, total - shown + 1));
  return { from: shown === 0 ? 0 : from, to: shown === 0 ? 0 : Math.min(total, from + shown - 1) };
}

/** Changes filter, order or size, and begins with the first page. */
export function refilter(set: SetParams, changes: Record<string, string | null>, replace = false): void {
  set({ ...FIRST_PAGE, rest: null, ...changes }, replace);
}
