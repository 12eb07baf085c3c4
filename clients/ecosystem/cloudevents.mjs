// The official SDK of CloudEvents sends in all three modes, everything twice. Exits with 1 where an answer is not as it should be.
import assert from 'node:assert/strict';
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents';

const { USAGEGRAPH_URL, USAGEGRAPH_TOKEN } = process.env;
const url = `${USAGEGRAPH_URL}/v1/events`;
const headers = { Authorization: `Bearer ${USAGEGRAPH_TOKEN}` };

const event = (id) =>
  new CloudEvent({
    type: 'usagegraph.inference',
    source: 'https://gateway.example/eu',
    id,
    time: new Date(new Date().setUTCHours(0, 0, 0, 0)).toISOString(),
    datacontenttype: 'application/json',
    accountexternalid: 'acme',
    modelexternalid: 'gpt-5',
    user: 'ann',
    data: { inputTokens: 10, outputTokens: 2 },
  });

// The SDK's own transport, which answers with body and headers and not with the status.
for (const [id, mode] of [
  ['js binary', Mode.BINARY],
  ['js structured', Mode.STRUCTURED],
]) {
  const send = emitterFor(httpTransport(url), { mode });
  for (const want of ['STORED', 'DUPLICATE']) {
    const { body } = await send(event(id), { headers });
    assert.equal(JSON.parse(body).results[0].status, want, body);
  }
}

// The SDK reads batches and does not write them: a batch is the array of its events.
const batch = {
  headers: { 'content-type': 'application/cloudevents-batch+json' },
  body: JSON.stringify(['js 1', 'js 2', 'js 3'].map(event)),
};
assert.equal(HTTP.toEvent(batch).length, 3);
for (const want of ['stored', 'duplicates']) {
  const answer = await fetch(url, { method: 'POST', headers: { ...headers, ...batch.headers }, body: batch.body });
  const told = await answer.json();
  assert.equal(told[want], 3, JSON.stringify(told));
}

const handshake = await fetch(url, {
  method: 'OPTIONS',
  headers: { 'WebHook-Request-Origin': 'emitter.example', 'WebHook-Request-Rate': '120' },
});
assert.equal(handshake.status, 200);
assert.equal(handshake.headers.get('WebHook-Allowed-Origin'), 'emitter.example');
assert.equal(handshake.headers.get('WebHook-Allowed-Rate'), '*');
