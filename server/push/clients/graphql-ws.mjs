import WebSocket from 'ws';
import { account, operations, restart, say, token, url, use } from './harness.mjs';

globalThis.WebSocket ??= WebSocket; // browsers, and Node from 22 on, have it

const { WidgetLive, Crossings } = operations;
const show = (status) => say('frame', status.runs.remaining, status.runs.usedPercent);

// ---
import { createClient } from 'graphql-ws';

const socket = createClient({
  url: url.replace(/^http/, 'ws'),
  connectionParams: () => ({ token }), // called again for each connection
  retryAttempts: Infinity,
  shouldRetry: ({ code }) => code !== 4403, // also after 1012 (restart) and 1013 (too slow), never with a token that was refused
});

let newest = -1;
const stop = socket.subscribe(
  { query: WidgetLive, variables: { account } },
  {
    next: ({ data }) => {
      if (data.creditStatus.revision < newest) return;
      newest = data.creditStatus.revision;
      show(data.creditStatus);
    },
    error: console.error,
    complete: () => {},
  },
);
// ---

await say.until('frame', 1);
await use(5000);
await say.until('frame', 2);
stop();

// A stream of events goes on after the last one seen, also over a restart of the server.
const seen = (event) => say('event', event.step ?? 'snapshot', event.direction ?? '');
// ---
const variables = { account, after: null }; // keep `after` where it outlives the page, if missed events matter
socket.subscribe(
  { query: Crossings, variables },
  {
    next: ({ data }) => {
      variables.after = data.thresholdCrossings.cursor; // what a reconnect resumes from
      seen(data.thresholdCrossings);
    },
    error: console.error,
    complete: () => {},
  },
);
// ---
await say.until('event', 1);
await use(2500);
await say.until('event', 2); // 70
await restart();
await use(1500);
await say.until('event', 4); // 80, 90
await socket.dispose();
process.exit(0);
