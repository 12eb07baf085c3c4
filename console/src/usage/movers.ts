// Which resources moved most between two periods.
import type { Category } from '../gql/graphql';
import { micro } from '../ui/decimal';
import type { Change } from './delta';

/** What one resource used in a period, and in the one that it is compared with. */
export interface Used {
  resourceId?: string | null;
  resourceName?: string | null;
  category?: Category | null;
  credits: string;
  creditsChange?: Change | null;
  runs: number;
  runsChange?: Change | null;
}

/** What is counted of them. */
export type Meter = 'credits' | 'runs';

/** A resource with what it used now and before. */
export interface Mover {
  id: string;
  name: string;
  category: Category;
  now: string;
  change: Change;
}

/**
 * The resources whose use differs most, the largest difference first, of those that rose most and those that fell most;
 * those that did not move are left out.
 */
export function movers(rose: Used[], fell: Used[], most: number, meter: Meter = 'credits'): Mover[] {
  const all = new Map<string, Mover>();
  for (const { resourceId, resourceName, category, ...used } of [...rose, ...fell]) {
    const change = used[`${meter}Change`];
    if (!resourceId || !category || !change) continue;
    all.set(resourceId, { id: resourceId, name: resourceName ?? '', category, now: String(used[meter]), change });
  }
  const size = ({ change: { delta } }: Mover) => (micro(delta) < 0n ? -micro(delta) : micro(delta));
  return [...all.values()]
    .filter((m) => size(m) > 0n)
    .sort((a, b) => (size(b) > size(a) ? 1 : size(b) < size(a) ? -1 : a.name.localeCompare(b.name)))
    .slice(0, most);
}
