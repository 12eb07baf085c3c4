// Asking and changing, as views do it.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { useCallback, useMemo, useRef } from 'react';
import { type AnyVariables, type OperationContext, useClient, useMutation, useQuery } from 'urql';
import type { RefusalFacts } from '../ui/told';
import { type Fault, faultOf } from './fault';
import { passes, useHealing, useReturning } from './heal';
import { faultAt, faultsOf, mended, type Parted } from './parts';
import { trusted } from './trusted';

// Whatever is changed may change whatever is shown: a mutation asks again for what is on the screen and forgets the
// rest.
const CONTEXT: Partial<OperationContext> = { additionalTypenames: ['Account'] };
const IN_PARTS: Partial<OperationContext> = { ...CONTEXT, inParts: true };

/** An answer as it stands: while another is on its way, the one before stays. */
export interface Answer<R> {
  data: R | undefined;
  /** Nothing to show yet. */
  loading: boolean;
  /** Something newer is on its way. */
  fetching: boolean;
  fault: Fault | null;
  /** Asks again, whatever the age of the answer. */
  again: () => void;
}

/** Asks for a view, and again by itself where that may help (heal.ts). `pause` waits. */
export function useAsk<R, V extends AnyVariables>(
  document: TypedDocumentNode<R, V>,
  variables: V,
  pause = false,
): Answer<R> {
  return useAnswer<R, R, V>(document, variables, pause, CONTEXT);
}

/** An answer of which parts may have failed. */
export interface PartedAnswer<R> extends Answer<Parted<R>> {
  /** Why a part of the account, such as `usageTrend`, is not there. */
  failed: (part: string) => Fault | null;
  /** Why anything of it is not there. */
  broken: Fault | null;
}

/** Asks for a view whose parts stand for themselves: `fault` says that nothing was answered. */
export function useParts<R, V extends AnyVariables>(
  document: TypedDocumentNode<R, V>,
  variables: V,
  pause = false,
): PartedAnswer<R> {
  return useAnswer<R, Parted<R>, V>(document, variables, pause, IN_PARTS);
}

function useAnswer<R, D, V extends AnyVariables>(
  document: TypedDocumentNode<R, V>,
  variables: V,
  pause: boolean,
  context: Partial<OperationContext>,
): Answer<D> & Pick<PartedAnswer<R>, 'failed' | 'broken'> {
  const args = { query: trusted(document), variables, pause, context };
  const key = JSON.stringify(variables);
  useEarly(document, variables, key, pause, context);
  const [result, execute] = useQuery(args as Parameters<typeof useQuery<R, V>>[0]);
  const before = useRef<D | undefined>(undefined);
  const of = useRef(''); // what the answer before was asked with
  const { all: fault, parts } = useMemo(
    () => faultsOf(result.data, result.error, result.extensions),
    [result.data, result.error, result.extensions],
  );
  const found = useMemo(
    () => mended(result.data, of.current === key ? before.current : undefined, parts) as D | undefined,
    [result.data, key, parts],
  );
  if (found) {
    before.current = found;
    if (!result.fetching && !result.stale) of.current = key;
  }
  const again = useCallback(() => execute({ ...context, requestPolicy: 'network-only' }), [execute, context]);
  // What fails to be renewed stays as it was; what was never answered has nothing to show.
  const kept = of.current === key ? before.current : undefined;
  const data = fault ? (found ?? kept) : (found ?? before.current);
  const fetching = result.fetching || result.stale;
  const passing = useMemo(() => fault ?? [...parts.values()].find(passes) ?? null, [fault, parts]);
  useHealing(pause ? null : passing, again);
  useReturning(pause ? undefined : found, again);
  const failed = useCallback((part: string) => faultAt(parts, part), [parts]);
  const broken = fault ?? [...parts.values()][0] ?? null;
  return { data, loading: !data && !fault && !pause, fetching, fault, again, failed, broken };
}

// Sends the question while the view is being drawn: useQuery asks once it stands, and joins the request that is on its
// way. What is kept is not asked for.
function useEarly<R, V extends AnyVariables>(
  document: TypedDocumentNode<R, V>,
  variables: V,
  key: string,
  pause: boolean,
  context: Partial<OperationContext>,
): void {
  const client = useClient();
  useMemo(() => {
    if (!pause) void client.query(trusted(document), variables, context).toPromise();
  }, [client, document, key, pause, context]);
}

/** Asks ahead, so that the answer is there when it is wanted. */
export function useAhead<R, V extends AnyVariables>(document: TypedDocumentNode<R, V>): (variables: V) => void {
  const client = useClient();
  return useCallback(
    (variables: V) => void client.query(trusted(document), variables, CONTEXT).toPromise(),
    [client, document],
  );
}

/** A refusal that a person can put right. */
export interface Objection {
  code: string;
  message: string;
  field?: string[] | null;
  refusal?: RefusalFacts | null;
}

/** The outcome of a change: what it answered, or why not. */
export type Outcome<P> =
  | { done: P; objections?: never; fault?: never }
  | { done?: never; objections: Objection[]; fault: Fault | null };

/** Changes something. `payload` picks the mutation's one field. */
export function useChange<R, V extends AnyVariables, P extends { userErrors: Objection[] }>(
  document: TypedDocumentNode<R, V>,
  payload: (data: R) => P,
): [(variables: V) => Promise<Outcome<P>>, boolean] {
  const [state, run] = useMutation<R, V>(trusted(document));
  const change = useCallback(
    async (variables: V): Promise<Outcome<P>> => {
      const result = await run(variables, CONTEXT);
      const fault = faultOf(result.error, result.extensions);
      if (fault || !result.data) return { objections: [], fault };
      const done = payload(result.data);
      return done.userErrors.length > 0 ? { objections: done.userErrors, fault: null } : { done };
    },
    [run, payload],
  );
  return [change, state.fetching];
}
