// A frame of a subscription, and the answer of a mutation, change what a query has shown, in the caches of the three libraries that normalise:
// without an updater of ours, and without another request. What a frame does not select stays as the query had it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as apollo from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { parse } from 'graphql';
import { createClient } from 'graphql-ws';
import relay from 'relay-runtime';
import WebSocket from 'ws';
import bannersArtifact from '../src/__generated__/pageBannersSubscription.graphql.js';
import changesArtifact from '../src/__generated__/pageChangesSubscription.graphql.js';
import grantArtifact from '../src/__generated__/pageGrantMutation.graphql.js';
import pageArtifact from '../src/__generated__/pageQuery.graphql.js';
import statusArtifact from '../src/__generated__/pageStatusSubscription.graphql.js';
import { furnish, run, socket, support, undeploy, until, url } from '../src/server.js';

const source = readFileSync(new URL('../src/page.js', import.meta.url), 'utf8');
const [page, status, banners, changes, grant] = [...source.matchAll(/graphql`([^`]+)`/g)].map(([, text]) => text);

const wire = () =>
  createClient({
    url: socket,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${support}` },
    lazy: false,
  });

// Each library is made into the same few functions: what the page shows, and how often it was asked for.
const libraries = {
  'Apollo Client': async (id, ws) => {
    let requests = 0;
    const link = apollo.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(ws),
      new apollo.HttpLink({
        uri: url,
        headers: { authorization: `Bearer ${support}` },
        fetch: (...args) => {
          requests++;
          return fetch(...args);
        },
      }),
    );
    const client = new apollo.ApolloClient({ link, cache: new apollo.InMemoryCache() });
    let shown;
    client.watchQuery({ query: parse(page), variables: { id } }).subscribe(({ data }) => (shown = data));
    await until(
      () => shown,
      (data) => data?.account?.creditStatus,
    );
    for (const text of [status, banners, changes])
      client.subscribe({ query: parse(text), variables: { id } }).subscribe(() => {});
    return {
      shown: () => shown,
      requests: () => requests,
      change: (input) => client.mutate({ mutation: parse(grant), variables: { input } }),
      stop: () => client.stop(),
    };
  },
  Graphcache: async (id, ws) => {
    let requests = 0;
    const client = new Client({
      url,
      preferGetMethod: false,
      fetchOptions: { headers: { authorization: `Bearer ${support}` } },
      fetch: (...args) => {
        requests++;
        return fetch(...args);
      },
      exchanges: [
        cacheExchange(),
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query, variables }) => ({
            subscribe: (sink) => ({ unsubscribe: ws.subscribe({ query, variables }, sink) }),
          }),
        }),
      ],
    });
    let shown;
    const held = [client.query(page, { id }).subscribe(({ data }) => (shown = data))];
    await until(
      () => shown,
      (data) => data?.account?.creditStatus,
    );
    for (const text of [status, banners, changes]) held.push(client.subscription(text, { id }).subscribe(() => {}));
    return {
      shown: () => shown,
      requests: () => requests,
      change: (input) => client.mutation(grant, { input }).toPromise(),
      stop: () => {
        for (const each of held) each.unsubscribe();
      },
    };
  },
  Relay: async (id, ws) => {
    let requests = 0;
    const environment = new relay.Environment({
      store: new relay.Store(new relay.RecordSource()),
      network: relay.Network.create(
        async ({ text }, variables) => {
          requests++;
          const answer = await fetch(url, {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization: `Bearer ${support}` },
            body: JSON.stringify({ query: text, variables }),
          });
          return answer.json();
        },
        ({ text }, variables) => relay.Observable.create((sink) => ws.subscribe({ query: text, variables }, sink)),
      ),
    });
    const operation = relay.createOperationDescriptor(relay.getRequest(pageArtifact), { id });
    await environment.execute({ operation }).toPromise();
    const retained = environment.retain(operation);
    let snapshot = environment.lookup(operation.fragment);
    environment.subscribe(snapshot, (next) => (snapshot = next));
    const held = [statusArtifact, bannersArtifact, changesArtifact].map((subscription) =>
      relay.requestSubscription(environment, { subscription, variables: { id } }),
    );
    return {
      shown: () => snapshot.data,
      requests: () => requests,
      change: (input) =>
        new Promise((onCompleted, onError) =>
          relay.commitMutation(environment, { mutation: grantArtifact, variables: { input }, onCompleted, onError }),
        ),
      stop: () => {
        for (const each of [retained, ...held]) each.dispose();
      },
    };
  },
};

for (const [name, open] of Object.entries(libraries)) {
  test(`${name} takes frames and mutations into what a query has shown`, async () => {
    const own = await furnish(`cache ${name}`);
    const ws = wire();
    const library = await open(own.account, ws);
    try {
      const account = () => library.shown().account;
      assert.equal(account().creditStatus.runs.remaining, '10000');
      assert.deepEqual(account().banners.banners, []);
      assert.equal(library.requests(), 1);

      await run(own, 'first', 5_500);
      await until(account, (a) => a.creditStatus.runs.remaining === '4500' && a.banners.banners[0]?.percent === 50);
      assert.equal(account().creditStatus.runs.usedPercent, '55');
      assert.equal(account().creditStatus.credits.remaining, '75'); // no frame has said so

      const shield = () => account().guardrails.edges[0].node;
      assert.deepEqual([shield().name, shield().status], ['shield', 'DEPLOYED']);
      await undeploy(own);
      await until(shield, ({ status }) => status === 'UNDEPLOYED');
      assert.equal(shield().name, 'shield');

      await library.change({
        accountId: own.account,
        meter: 'MODEL_CREDITS',
        kind: 'TOP_UP',
        amount: '25',
        reference: 'r',
        idempotencyKey: 'k',
      });
      await until(account, (a) => a.creditStatus.credits.remaining === '100');
      assert.equal(account().creditStatus.runs.remaining, '4500');
      assert.equal(account().name, `cache ${name}`);
      assert.equal(library.requests(), 2, 'the page was asked for once, and the mutation sent once');
    } finally {
      library.stop();
      await ws.dispose();
    }
  });
}
