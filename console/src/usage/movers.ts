// Which resources moved most between two periods.
import type { Category } from '../gql/graphql';
import { decimal, micro } from '../ui/decimal';

/** What one resource used in a period. */
export interface Used {
  resourceId?: string | null;
  resourceName?: string | null;
  category?: Category | null;
  credits: string;
}

/** A resource with what it used now and before. */
export interface Mover {
  id: string;
  name: string;
  category: Category;
  now: string;
  before: string;
  difference: string;
}

/** The resources whose use differs most, the largest difference first; those that did not move are left out. */
export function movers(now: Used[], before: Used[], most: number): Mover[] {
  const all = new Map<string, Mover>();
  const add = (rows: Used[], side: 'now' | 'before') => {
    for (const row of rows) {
      if (!row.resourceId || !row.category) continue;
      const known = all.get(row.resourceId);
      const mover = known ?? {
        id: row.resourceId,
        name: row.resourceName ?? '',
        category: row.category,
        now: '0',
        before: '0',
        difference: '0',
      };
      mover[side] = decimal(micro(mover[side]) + micro(row.credits));
      all.set(row.resourceId, mover);
    }
  };
  add(now, 'now');
  add(before, 'before');
  const size = (m: Mover) => (micro(m.difference) < 0n ? -micro(m.difference) : micro(m.difference));
  return [...all.values()]
    .map((m) => ({ ...m, difference: decimal(micro(m.now) - micro(m.before)) }))
    .filter((m) => size(m) > 0n)
    .sort((a, b) => (size(b) > size(a) ? 1 : size(b) < size(a) ? -1 : a.name.localeCompare(b.name)))
    .slice(0, most);
}
