// What a list of a bounded number of rows says where there are more of them.
import { count } from './format';
import { text } from './text';

/** "The first 25 of 1,200"; nothing where all are shown. */
export function More({ shown, total }: { shown: number; total: number }) {
  return total > shown ? <p className="hint foot">{text.table.firstOf(count(shown), count(total))}</p> : null;
}
