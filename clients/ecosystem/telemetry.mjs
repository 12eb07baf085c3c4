// The official SDK of OpenTelemetry sends spans by both of its exporters, and metrics: sums since the beginning, and of each interval.
import assert from 'node:assert/strict';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as ByJSON } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ByProtobuf } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

const { USAGEGRAPH_URL, USAGEGRAPH_TOKEN } = process.env;
const headers = { Authorization: `Bearer ${USAGEGRAPH_TOKEN}` };
const resource = resourceFromAttributes({ 'usagegraph.account.external_id': 'acme', 'service.name': 'agent' });

const said = [];
const note = (...parts) => said.push(parts.map(String).join(' '));
diag.setLogger({ error: note, warn: note, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);

// Each span goes out by both exporters, packed: it counts once.
const to = { url: `${USAGEGRAPH_URL}/v1/traces`, headers, compression: 'gzip' };
const provider = new NodeTracerProvider({
  resource,
  spanProcessors: [new SimpleSpanProcessor(new ByJSON(to)), new SimpleSpanProcessor(new ByProtobuf(to))],
});
const tracer = provider.getTracer('test');
for (let i = 0; i < 5; i++) {
  const call = tracer.startSpan('chat gpt-5');
  call.setAttributes({
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-5',
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 7,
  });
  call.end();
  const tool = tracer.startSpan('execute_tool search');
  tool.setAttributes({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' });
  tool.end();
}
await provider.forceFlush();
await provider.shutdown();
assert.deepEqual(said, []);

for (const temporalityPreference of [AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA]) {
  const exporter = new OTLPMetricExporter({ url: `${USAGEGRAPH_URL}/v1/metrics`, headers, temporalityPreference });
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meters = new MeterProvider({ resource, readers: [reader] });
  const tokens = meters
    .getMeter(`test ${temporalityPreference}`)
    .createHistogram('gen_ai.client.token.usage', { unit: '{token}' });
  for (let round = 0; round < 3; round++) {
    for (const [type, n] of [
      ['input', 1000],
      ['output', 44],
    ]) {
      tokens.record(n, {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'gpt-5',
        'gen_ai.token.type': type,
        reader: temporalityPreference,
      });
    }
    await meters.forceFlush();
  }
  await meters.shutdown(); // exports what it has once more
}
assert.deepEqual(said, []);

// What is refused is reported, as the protocol's partial success.
const stranger = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'usagegraph.account.external_id': 'nobody' }),
  spanProcessors: [new SimpleSpanProcessor(new ByProtobuf(to))],
});
const span = stranger.getTracer('test').startSpan('execute_tool search');
span.setAttributes({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' });
span.end();
await stranger.shutdown();
assert.match(said.join(), /UNKNOWN_ACCOUNT/);
