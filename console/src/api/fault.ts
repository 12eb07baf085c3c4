// What went wrong, as views show it: a code of docs/errors.md, or that the server cannot be reached.
import type { CombinedError } from 'urql';

/** A failed operation. */
export interface Fault {
  code: string; // of docs/errors.md, or OFFLINE
  message: string;
  requestId: string | null; // to quote to Support
  retryAfter: number | null; // seconds
}

interface Extensions {
  code?: unknown;
  retryAfter?: unknown;
  requestId?: unknown;
}

/** Reads an error of urql; `answer` are the extensions of the whole answer, where the request id stands. */
export function faultOf(error: CombinedError | undefined, answer?: Record<string, unknown>): Fault | null {
  if (!error) return null;
  const first = error.graphQLErrors[0];
  if (!first) return { code: 'OFFLINE', message: error.networkError?.message ?? '', requestId: null, retryAfter: null };
  const extensions = (first.extensions ?? {}) as Extensions;
  return {
    code: text(extensions.code) ?? 'INTERNAL',
    message: first.message,
    requestId: text(answer?.['requestId']) ?? text(extensions.requestId),
    retryAfter: typeof extensions.retryAfter === 'number' ? extensions.retryAfter : null,
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
