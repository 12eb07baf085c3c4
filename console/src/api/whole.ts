// What the server could not read is null, with its error beside it. A view of one part takes an account whole or not
// at all: where a part failed, the account counts as not answered, and the view shows the fault. Views of several parts
// ask by `useParts`.
import type { GraphQLError } from 'graphql';

// Parts that views do without.
const SPARED = new Set<string | number | undefined>(['forecast']);

/** The data without the objects of which a part failed; null where that is a list's. */
export function whole<R>(data: R, errors: readonly Pick<GraphQLError, 'path'>[] = []): R | null {
  let out: R | null = data;
  for (const { path } of errors) {
    if (!out || !path || path.length < 2 || SPARED.has(path.at(-1))) continue;
    out = path.length === 2 ? { ...out, [path[0]!]: null } : null;
  }
  return out;
}
