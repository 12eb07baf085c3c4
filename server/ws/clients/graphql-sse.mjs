// Drives the server given by URL with the graphql-sse client and prints what it saw, one JSON value a line.
import { createClient } from 'graphql-sse';

const say = (...values) => console.log(JSON.stringify(values));
const [url, control] = process.argv.slice(2);

const collect = (client, payload) =>
  new Promise((resolve, reject) => {
    const results = [];
    client.subscribe(payload, { next: (r) => results.push(r), error: reject, complete: () => resolve(results) });
  });
const data = (results) => results.map((r) => r.data);

const client = createClient({ url, retryAttempts: 5, retry: async () => {} });
say('query', data(await collect(client, { query: '{ hello }' })));
say('mutation', data(await collect(client, { query: 'mutation { bump }' })));
say('pulled', data(await collect(client, { query: 'subscription { count(to: 3) }' })));
say('pushed', data(await collect(client, { query: 'subscription { state }' })));
say(
  'invalid',
  (await collect(client, { query: '{ nothing }' })).map((r) => r.errors[0].extensions.code),
);

let seen = 0;
await new Promise((resolve) => {
  const stop = client.subscribe(
    { query: 'subscription { state(account: "restart") }' },
    {
      next: async () => {
        if (++seen === 1) await fetch(`${control}/restart`, { method: 'POST' });
        else {
          stop();
          resolve();
        }
      },
      error: (e) => say('error', String(e)),
      complete: () => {},
    },
  );
});
say('resumed', seen);
process.exit(0);
