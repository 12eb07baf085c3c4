// An answer whose parts fail one by one. What the server could not read is null, with its error beside it; everything
// else is answered, and shown.
import type { CombinedError } from 'urql';
import { type Fault, faultOf } from './fault';

/** An answer as it may come: what stands in the account may be missing; decisions never are. */
export type Parted<R> = { [K in keyof R]: K extends 'account' ? PartedAccount<R[K]> : R[K] };
type PartedAccount<A> = A extends object ? { [K in keyof A]: PartOf<A[K]> } : A;
type PartOf<P> = P extends { __typename?: 'Decision' } ? P : P extends object ? P | null : P;

/** What failed: the whole answer, or parts by path: `creditStatus.forecast` in the account, else from the root. */
export interface Faults {
  all: Fault | null;
  parts: ReadonlyMap<string, Fault>;
}

/** Sorts the errors of an answer by what they are of. */
export function faultsOf(
  data: unknown,
  error: CombinedError | undefined,
  extensions?: Record<string, unknown>,
): Faults {
  const parts = new Map<string, Fault>();
  if (!error) return { all: null, parts };
  const errors = error.graphQLErrors;
  const there = data as Record<string, unknown> | null | undefined;
  const within = errors.every(({ path }) => path && path.length > 1 && there?.[String(path[0])]);
  if (errors.length === 0 || !within) return { all: faultOf(error, extensions), parts };
  for (const one of errors) {
    const part = one.path!.slice(one.path![0] === 'account' ? 1 : 0).join('.');
    parts.set(part, faultOf({ ...error, graphQLErrors: [one] } as CombinedError, extensions)!);
  }
  return { all: null, parts };
}

/** The fault of a part, or of something within it. */
export function faultAt(parts: ReadonlyMap<string, Fault>, part: string): Fault | null {
  for (const [path, fault] of parts) if (path === part || path.startsWith(`${part}.`)) return fault;
  return null;
}

/** An answer in which the parts that failed are as they were before, where they were there. */
export function mended<R>(data: R, before: unknown, parts: ReadonlyMap<string, Fault>): R {
  const then = (before as { account?: Record<string, unknown> | null } | undefined)?.account;
  if (!then || parts.size === 0) return data;
  const account = { ...(data as { account: Record<string, unknown> }).account };
  for (const path of parts.keys()) {
    const [part = '', within] = path.split('.');
    if (!within && account[part] === null) account[part] = then[part] ?? null;
  }
  return { ...data, account };
}
