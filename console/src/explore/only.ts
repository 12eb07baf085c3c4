// What narrows a question to one of its groups.
import type { Dimension } from './question';
import type { Row } from './rows';

const slug = (word: string) => word.toLowerCase().replaceAll('_', '-');

/** The parameters that leave what a row is by one grouping alone; null where the row stands for no single one. */
export function onlyOf(row: Row, word: Dimension): Record<string, string> | null {
  if (row.other || row.beyond.length > 0) return null;
  const named = (name: string, value: string | number | null | undefined) =>
    value === null || value === undefined || value === '' ? null : { [name]: String(value) };
  switch (word) {
    case 'USER':
      return { user: row.user ?? '' };
    case 'API_KEY':
      return { 'api-key': row.apiKey ?? '' };
    case 'TAG':
      return named('value', row.tags[0]?.value);
    case 'CATEGORY':
      return named('category', row.category && slug(row.category));
    case 'KIND':
      return named('use', row.kind && slug(row.kind));
    case 'RESOURCE':
      return named('resource', row.resourceId);
    case 'DEPLOYMENT':
      return named('deployment', row.deploymentId);
    case 'OWNER':
      return named('owner', row.ownerName);
    case 'HARDWARE':
      return named('hardware', row.hardware);
    case 'HOUR_OF_DAY':
      return named('hour', row.hourOfDay);
    case 'DAY_OF_WEEK':
      return named('weekday', row.dayOfWeek);
    default:
      return null;
  }
}
