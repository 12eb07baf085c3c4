// The one client of a signed-in person: queries by fetch, subscriptions over one WebSocket.
import type { Client as Socket } from 'graphql-ws';
import { Client, fetchExchange, mapExchange, type Operation, subscriptionExchange } from 'urql';
import { keeping } from './cache';
import { faultOf } from './fault';
import { type Credentials, openSocket } from './socket';
import { named } from './trusted';
import { whole } from './whole';

/** How long an answer is shown again without being asked for again, in milliseconds. */
export const FRESH_FOR = 30_000;

// How many answers are kept: those of some views, and no more, since a page may stay open for days.
const KEPT = 24;

// How long an answer may take, its body included, before the server counts as out of reach; in milliseconds. The server
// itself gives up earlier.
const ANSWER_WITHIN = 20_000;

interface Order extends Credentials {
  /** The token in force now. */
  current: () => string;
}

// A view that is left while its answer arrives has the request cancelled; what urql then leaves unhandled is no fault.
window.addEventListener('unhandledrejection', (event) => {
  if ((event.reason as Error | null)?.name === 'AbortError') event.preventDefault();
});

/** A client and its socket; dispose of the socket at the end. */
export function connect(order: Order): { client: Client; socket: Socket } {
  const socket = openSocket(order);
  const client = new Client({
    url: '/graphql',
    preferGetMethod: false,
    fetch: inTime,
    exchanges: [
      mapExchange({
        onOperation: (operation) => (operation.kind === 'teardown' ? undefined : signed(operation, order.current())),
        onResult: (result) => {
          const { data, error, extensions, operation } = result;
          if (faultOf(error, extensions)?.code === 'UNAUTHENTICATED') order.onRefused(tokenOf(operation));
          if (operation.context['inParts']) return result;
          return { ...result, data: whole(data, error?.graphQLErrors) ?? undefined };
        },
      }),
      keeping({ freshFor: FRESH_FOR, most: KEPT }),
      subscriptionExchange({
        forwardSubscription: ({ extensions, operationName, variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { query: '', extensions, operationName, variables: variables as Record<string, unknown> },
              {
                next: (value) => sink.next(value as never),
                error: (e) => sink.error(e),
                complete: () => sink.complete(),
              },
            ),
          }),
        }),
      }),
      fetchExchange,
    ],
  });
  return { client, socket };
}

// Without it urql accepts a stream of events too, which the server then answers with.
const ACCEPT = 'application/graphql-response+json, application/json';

// The document's hash and the token of the moment; the token stands in the context too, so that a refusal says of which
// it is.
function signed(operation: Operation, token: string): Operation {
  const fetchOptions = { headers: { accept: ACCEPT, authorization: `Bearer ${token}` } };
  return { ...operation, extensions: named(operation.query), context: { ...operation.context, fetchOptions, token } };
}

function tokenOf(operation: Operation): string {
  return String(operation.context['token'] ?? '');
}

// A server that takes the request and then says nothing counts as one that cannot be reached.
function inTime(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const late = AbortSignal.timeout(ANSWER_WITHIN);
  return fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, late]) : late });
}
