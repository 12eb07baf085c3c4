import WebSocket from 'ws';
import { account, operations, say, token, url, use } from './harness.mjs';

globalThis.WebSocket ??= WebSocket;

const { Widget, WidgetLive } = operations;
const show = (what, status) => say(what, status.runs.remaining, status.icon);

// ---
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';

const socket = createClient({
  url: url.replace(/^http/, 'ws'),
  connectionParams: () => ({ token }),
  retryAttempts: Infinity,
  shouldRetry: ({ code }) => code !== 4403,
});

const client = new Client({
  url,
  preferGetMethod: false,
  fetchOptions: () => ({ headers: { authorization: `Bearer ${token}` } }),
  exchanges: [
    cacheExchange,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
      }),
    }),
  ],
});

const { data, error } = await client.query(Widget, { account });
if (error) throw error;
show('query', data.account.creditStatus);
const { unsubscribe } = client.subscription(WidgetLive, { account }).subscribe(({ data, error }) => {
  if (error) console.error(error);
  else show('frame', data.creditStatus);
});
// ---

await say.until('frame', 1);
await use(1);
await say.until('frame', 2);
unsubscribe();
await socket.dispose();
process.exit(0);
