// The live connection: one WebSocket, which is given up and opened again when the server no longer answers on it.
import { createClient, type Client as Socket } from 'graphql-ws';
import { patience } from './seen';

/** How the live connection is doing. */
export type Wire = 'connecting' | 'live' | 'lost';

/** What a connection needs of its session. */
export interface Credentials {
  /** The token in force, waited for while it is being renewed. */
  token: () => Promise<string>;
  /** Called when the server no longer takes a token; reports whether there will be another one. */
  onRefused: (token: string) => boolean;
  /** Called when the live connection comes or goes. */
  onWire: (wire: Wire) => void;
}

// In milliseconds: how often the server is asked whether it is there, and how long it may take to say so or to let us
// in.
const PING_EVERY = 15_000;
const ANSWER_WITHIN = 10_000;

/**
 * Opens the connection: within an account at once, so that it stands when the first stream needs it, and elsewhere only
 * then.
 */
export function openSocket({ token, onRefused, onWire }: Credentials): Socket {
  let sent = ''; // the token of the connection at hand
  let another = true;
  const watch = watchdog(ANSWER_WITHIN, () => socket.terminate());
  const socket = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    lazy: !location.pathname.startsWith('/accounts/'),
    onNonLazyError: () => {}, // whatever was subscribed to is told of it too
    connectionParams: async () => ({ authorization: `Bearer ${(sent = await token())}` }),
    retryAttempts: Infinity,
    shouldRetry: (event) => !isRefusal(event) || another,
    retryWait: (retries) => patience(backOff(retries)),
    keepAlive: PING_EVERY,
    on: {
      connecting: watch.arm,
      connected: () => {
        watch.rest();
        onWire('live');
      },
      ping: (received) => !received && watch.arm(),
      pong: (received) => received && watch.rest(),
      closed: (event) => {
        watch.rest();
        onWire('lost');
        if (isRefusal(event)) another = onRefused(sent);
      },
    },
  });
  return socket;
}

// Barks when it was armed and nothing let it rest in time. A peer that has vanished closes nothing by itself for
// minutes.
function watchdog(within: number, bark: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const rest = () => clearTimeout(timer);
  const arm = () => {
    rest();
    timer = setTimeout(bark, within);
  };
  return { arm, rest };
}

// 4401 and 4403: the token is missing, has ended or was revoked (docs/live.md). Any other close is tried again.
function isRefusal(event: unknown): boolean {
  const code = (event as { code?: unknown } | null)?.code;
  return code === 4401 || code === 4403;
}

// From a quarter of a second, doubling to 8 seconds, with some jitter so that not all pages come back at once.
function backOff(retries: number): number {
  return Math.min(8_000, 250 * 2 ** retries) * (0.75 + Math.random() / 2);
}
