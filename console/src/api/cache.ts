// The answers that are shown again without a request: whole answers by question, a bounded number of them, for as long
// as they are fresh. urql's own keeps every answer of a session, which grows by the hour on a page that is left open.
import { type Exchange, makeOperation, type Operation, type OperationResult } from 'urql';
import { filter, map, merge, pipe, share, tap } from 'wonka';

interface Limits {
  /** How long an answer is shown without being asked for again, in milliseconds. */
  freshFor: number;
  /** How many answers are kept; the one that was asked for longest ago goes first. */
  most: number;
}

interface Kept {
  result: OperationResult;
  at: number;
}

/**
 * Keeps answers. One that has aged is shown as stale while it is requested again; a change forgets all of them and asks
 * again for what is on the screen.
 */
export function keeping({ freshFor, most }: Limits): Exchange {
  return ({ client, forward }) => {
    const kept = new Map<number, Kept>();
    const shown = new Map<number, Operation>(); // the questions of what is on the screen
    const afresh = (operation: Operation) => client.reexecuteOperation(policed(operation, 'network-only'));
    const note = (operation: Operation) => {
      if (operation.kind === 'query') shown.set(operation.key, operation);
      if (operation.kind === 'teardown') shown.delete(operation.key);
    };
    const isKept = ({ kind, key, context }: Operation) =>
      kind === 'query' && context.requestPolicy !== 'network-only' && kept.has(key);
    const again = (operation: Operation): OperationResult => {
      const { result, at } = kept.get(operation.key)!;
      const stale = operation.context.requestPolicy === 'cache-and-network' || Date.now() - at > freshFor;
      if (stale) afresh(operation);
      return { ...result, operation, stale };
    };
    const take = (result: OperationResult) => {
      const { operation } = result;
      if (operation.kind === 'mutation') {
        kept.clear();
        for (const asked of shown.values()) afresh(asked);
      } else if (operation.kind === 'query' && result.data) {
        kept.delete(operation.key);
        kept.set(operation.key, { result, at: Date.now() });
        for (const oldest of kept.keys()) if (kept.size > most) kept.delete(oldest);
      }
    };
    return (operations) => {
      const noted = pipe(operations, tap(note), share);
      const hits = pipe(noted, filter(isKept), map(again));
      const rest = pipe(
        noted,
        filter((operation) => !isKept(operation)),
        forward,
        tap(take),
      );
      return merge([hits, rest]);
    };
  };
}

function policed(operation: Operation, requestPolicy: 'network-only'): Operation {
  return makeOperation(operation.kind, operation, { ...operation.context, requestPolicy });
}
