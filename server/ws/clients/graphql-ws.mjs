// Drives the server given by URL with the graphql-ws client and prints what it saw, one JSON value a line.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const say = (...values) => console.log(JSON.stringify(values));
const [url, control] = process.argv.slice(2);

const collect = (client, payload) =>
  new Promise((resolve, reject) => {
    const results = [];
    client.subscribe(payload, { next: (r) => results.push(r.data), error: reject, complete: () => resolve(results) });
  });

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: { token: 'good' },
  retryWait: async () => {},
  retryAttempts: 5,
});
say('query', await collect(client, { query: '{ hello }' }));
say(
  'variables',
  await collect(client, { query: 'query ($t: String) { echo(text: $t) }', variables: { t: 'ünï "quoted"' } }),
);
say('mutation', await collect(client, { query: 'mutation { bump }' }));
say('pulled', await collect(client, { query: 'subscription { count(to: 3) }' }));
say('pushed', await collect(client, { query: 'subscription { state }' }));
await collect(client, { query: '{ nothing }' }).catch((errors) =>
  say(
    'invalid',
    errors.map((e) => e.extensions.code),
  ),
);
for await (const result of client.iterate({ query: 'subscription { count(to: 100000) }' })) {
  say('iterated', result.data);
  break; // the client sends complete and the server must stop
}

// The server restarts (1012), or the caller's role changes (4412), while a subscription runs: the client comes back and subscribes
// again.
let opened = 0;
client.on('connected', () => opened++);
let codes = []; // 1000 of the client itself when it has nothing to do, and the server's
client.on('closed', (event) => codes.push(event.code));
const comesBack = (what) =>
  new Promise((resolve) => {
    let started = false;
    const stop = client.subscribe(
      { query: `subscription { state(account: "${what}") }` },
      {
        next: async () => {
          if (!started) {
            started = true;
            await fetch(`${control}/${what}`, { method: 'POST' });
          } else {
            stop();
            resolve();
          }
        },
        error: (e) => say('error', e),
        complete: () => {},
      },
    );
  });
await comesBack('restart');
say(
  'resumed',
  codes.filter((code) => code !== 1000),
  opened > 1,
);
codes = [];
await comesBack('change');
say(
  'changed',
  codes.filter((code) => code !== 1000),
);

const bad = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: { token: 'bad' },
  retryAttempts: 0,
});
await collect(bad, { query: '{ hello }' }).catch((event) => say('refused', event.code, event.reason));
await client.dispose();
process.exit(0);
