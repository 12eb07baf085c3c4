// The one client of a signed-in person: queries by fetch, subscriptions over one WebSocket.
import { requestPolicyExchange } from '@urql/exchange-request-policy';
import { createClient, type Client as Socket } from 'graphql-ws';
import { cacheExchange, Client, fetchExchange, mapExchange, subscriptionExchange } from 'urql';
import { faultOf } from './fault';
import { named } from './trusted';

/** How long an answer is shown again without being asked for again, in milliseconds. */
export const FRESH_FOR = 30_000;

/** How the live connection is doing. */
export type Wire = 'connecting' | 'live' | 'lost';

interface Order {
  token: string;
  /** Called when the server no longer takes the token. */
  onRefused: () => void;
  /** Called when the live connection comes or goes. */
  onWire: (wire: Wire) => void;
}

// A view that is left while its answer arrives has the request cancelled; what urql then leaves unhandled is no fault.
window.addEventListener('unhandledrejection', (event) => {
  if ((event.reason as Error | null)?.name === 'AbortError') event.preventDefault();
});

/** A client and its socket; dispose of the socket at the end. */
export function connect(order: Order): { client: Client; socket: Socket } {
  const socket = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { authorization: `Bearer ${order.token}` },
    retryAttempts: Infinity,
    shouldRetry: (event) => !refused(event),
    retryWait: (retries) => new Promise((done) => setTimeout(done, patience(retries))),
    keepAlive: 15_000,
    on: {
      connected: () => order.onWire('live'),
      closed: (event) => {
        order.onWire('lost');
        if (refused(event)) order.onRefused();
      },
    },
  });
  const client = new Client({
    url: '/graphql',
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${order.token}` } },
    exchanges: [
      mapExchange({
        onOperation: (operation) => (operation.kind === 'teardown' ? undefined : { ...operation, extensions: named(operation.query) }),
        onResult: ({ error, extensions }) => {
          if (faultOf(error, extensions)?.code === 'UNAUTHENTICATED') order.onRefused();
        },
      }),
      requestPolicyExchange({ ttl: FRESH_FOR }),
      cacheExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { query: '', extensions: request.extensions, operationName: request.operationName, variables: request.variables as Record<string, unknown> },
              { next: (value) => sink.next(value as never), error: (e) => sink.error(e), complete: () => sink.complete() },
            ),
          }),
        }),
      }),
      fetchExchange,
    ],
  });
  return { client, socket };
}

// 4401 and 4403: the token is missing, has ended or was revoked (docs/live.md).
function refused(event: unknown): boolean {
  const code = (event as { code?: unknown } | null)?.code;
  return code === 4401 || code === 4403;
}

// From a quarter of a second, doubling to 8 seconds, with some jitter so that not all pages come back at once.
function patience(retries: number): number {
  return Math.min(8_000, 250 * 2 ** retries) * (0.75 + Math.random() / 2);
}
