// Asking and changing, as views do it.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { useCallback, useMemo, useRef } from 'react';
import { type AnyVariables, type OperationContext, useClient, useMutation, useQuery } from 'urql';
import { type Fault, faultOf } from './fault';
import { useHealing, useReturning } from './heal';
import { trusted } from './trusted';

// Whatever is changed may change whatever is shown: a mutation asks again for what is on the screen and forgets the
// rest.
const CONTEXT: Partial<OperationContext> = { additionalTypenames: ['Account'] };

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
  const args = { query: trusted(document), variables, pause, context: CONTEXT };
  const [result, execute] = useQuery(args as Parameters<typeof useQuery<R, V>>[0]);
  const before = useRef<R | undefined>(undefined);
  const of = useRef(''); // what the answer before was asked with
  const key = JSON.stringify(variables);
  if (result.data) {
    before.current = result.data;
    if (!result.fetching && !result.stale) of.current = key;
  }
  const fault = useMemo(() => faultOf(result.error, result.extensions), [result.error, result.extensions]);
  const again = useCallback(() => execute({ ...CONTEXT, requestPolicy: 'network-only' }), [execute]);
  // What fails to be renewed stays as it was; what was never answered has nothing to show.
  const kept = of.current === key ? before.current : undefined;
  const data = fault ? (result.data ?? kept) : (result.data ?? before.current);
  const fetching = result.fetching || result.stale;
  useHealing(pause ? null : fault, again);
  useReturning(pause ? undefined : result.data, again);
  return { data, loading: !data && !fault && !pause, fetching, fault, again };
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
