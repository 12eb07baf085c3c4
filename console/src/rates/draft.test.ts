import { expect, test } from 'vitest';
import { readCard, writeCard } from './draft';

const card = {
  version: 1,
  models: [{ name: 'g5.xlarge', gpu: 'A10G', gpuCount: 1, ratePerHour: '1.509' }],
  scripts: [{ name: '1vcpu-2gb', vcpus: 1, memoryGb: 2, ratePerHour: '0.07698' }],
  guardrails: [{ cpu: 'ARM', ratePerCpuHour: '0.05' }],
  scanners: [{ scannerKey: 'REGEX', name: 'Regex', cpuCount: 0 }],
  inference: {
    inputRate: '0.5',
    outputRate: '1.5',
    cacheReadRate: '0.05',
    cacheWriteRate: '0.5',
    reasoningRate: '1.5',
  },
  fineTuning: {
    sizes: [{ fromBillions: '0', toBillions: '8', toIncluded: true, factor: '0.6', methods: ['QLORA' as const] }],
    methods: [{ method: 'QLORA' as const, factor: '1' }],
    hardware: [{ gpu: 'A10G', factor: '1' }],
  },
};

test('a card that is written is read again, without classes that cost what their parent does', () => {
  const { version: _, ...rest } = card;
  expect(readCard(writeCard(card))).toEqual({
    ...rest,
    inference: { inputRate: '0.5', outputRate: '1.5', cacheReadRate: '0.05' },
  });
});

test('amounts may be numbers, and keep their digits', () => {
  const text =
    '{"models": [{"name": "1.5", "gpuCount": 2, "ratePerHour": 0.10}], ' +
    '"inference": {"inputRate": 1, "cacheReadRate": 0.000001}}';
  expect(readCard(text)).toEqual({
    models: [{ name: '1.5', gpuCount: 2, ratePerHour: '0.10' }],
    inference: { inputRate: '1', cacheReadRate: '0.000001' },
  });
});

test.each(['1e3', '1E+3', '1.5e3', '12345678901234567890', '-0.5'])('%s reaches the API as it was typed', (number) => {
  const card = readCard(`{"inference": {"inputRate": ${number}}, "models": [{"gpuCount": ${number}}]}`);
  expect(card).toEqual({ inference: { inputRate: number }, models: [{ gpuCount: number }] });
});

test.each(['1,5', '+5', '.5', '1.', '01', '1_000', '0x10', '١٢', '１５', '\u22125', '1 000', '1\u2009000'])(
  '%s is no JSON',
  (number) => expect(() => readCard(`{"inference": {"inputRate": ${number}}}`)).toThrow(SyntaxError),
);

test('what is no JSON is refused', () => {
  expect(() => readCard('{"models": [}')).toThrow(SyntaxError);
});
