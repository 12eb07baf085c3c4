import WebSocket from 'ws';
import { account, operations, say, token, url, use } from './harness.mjs';

globalThis.WebSocket ??= WebSocket;

const show = (status) => say('page', status.runs.remaining, status.icon);

// ---
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';

const Widget = gql(operations.Widget),
  WidgetLive = gql(operations.WidgetLive);

const socket = createClient({
  url: url.replace(/^http/, 'ws'),
  connectionParams: () => ({ token }),
  retryAttempts: Infinity,
  shouldRetry: ({ code }) => code !== 4403,
});

const client = new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === 'subscription',
    new GraphQLWsLink(socket),
    new HttpLink({ uri: url, headers: { authorization: `Bearer ${token}` } }),
  ),
  cache: new InMemoryCache({
    // One status and one list an account: a frame of the subscription updates what the query shows.
    typePolicies: { CreditStatus: { keyFields: ['accountId'] }, BannerList: { keyFields: ['accountId'] } },
  }),
});

client.watchQuery({ query: Widget, variables: { account } }).subscribe(({ data, dataState }) => {
  if (dataState === 'complete') show(data.account.creditStatus);
});
client.subscribe({ query: WidgetLive, variables: { account } }).subscribe({ error: console.error });
// ---

await say.until('page', 1);
await use(1);
await say.until('page', 2);
client.stop();
await socket.dispose();
process.exit(0);
