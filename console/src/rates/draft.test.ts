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

test('what is no JSON is refused', () => {
  expect(() => readCard('{"models": [}')).toThrow(SyntaxError);
});
