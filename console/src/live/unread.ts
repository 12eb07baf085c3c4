// Which parts of the live state could not be read.
import type { CombinedError } from 'urql';

/** Parts by their path: `creditStatus`, `creditStatus.outlook`, `banners`. */
export type Unread = ReadonlySet<string>;

/**
 * What is unread after an answer about `part` (about all of them: ''). An error without a path says nothing of any
 * part: the connection was lost, which is shown elsewhere.
 */
export function unreadAfter(before: Unread, part: string, error: CombinedError | undefined): Unread {
  if (error && !error.graphQLErrors.some(({ path }) => path)) return before;
  const rest = [...before].filter((path) => part !== '' && path !== part && !path.startsWith(`${part}.`));
  const failed = (error?.graphQLErrors ?? []).flatMap(({ path = [] }) => {
    const words = path.filter((step, i) => typeof step === 'string' && !(i === 0 && step === 'account'));
    return words.length > 0 ? [words.slice(0, 2).join('.')] : [];
  });
  const after = new Set([...rest, ...failed]);
  return after.size === before.size && [...after].every((path) => before.has(path)) ? before : after;
}
