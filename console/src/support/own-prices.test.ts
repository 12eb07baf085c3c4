import { expect, it } from 'vitest';
import {
  changesOf,
  hostable,
  type Model,
  type Own,
  type Prices,
  type RateCard,
  readPrices,
  startOf,
  tokensOf,
  weighed,
} from './own-prices';

const NOW = new Date('2026-05-04T12:00:00Z');
const CARD = {
  models: [{ name: 'g5.xlarge', ratePerHour: '1.5' }],
  scripts: [{ name: '1vcpu-2gb', ratePerHour: '0.1' }],
  guardrails: [{ cpu: 'GENERAL_PURPOSE', ratePerCpuHour: '0.05' }],
  inference: { inputRate: '2', outputRate: '6', cacheReadRate: '2', cacheWriteRate: '2', reasoningRate: '6' },
} as unknown as RateCard;
const rates = (inputRate = '2', outputRate = '6', cacheReadRate = inputRate, reasoningRate = outputRate) => ({
  inputRate,
  outputRate,
  cacheReadRate,
  cacheWriteRate: inputRate,
  reasoningRate,
});
const model = (...of: string[]) => ({ id: 'm', name: 'Mistral', ...rates(...of) }) as Model;
const own = (modelId: string | null, from: string, tokens: object, hosting: object[] = []) =>
  ({ modelId, from, tokens, hosting }) as unknown as Own;
const typed = (tokens: object = {}, hosting: Prices['hosting'] = []): Prices => ({
  tokens: { inputRate: '', outputRate: '', cacheReadRate: '', cacheWriteRate: '', reasoningRate: '', ...tokens },
  hosting,
});
const machine = (rate: string) => ({ category: 'MODELS' as const, name: 'g5.xlarge', rate });

it('begins with the prices that count last, those to come included', () => {
  const list = [
    own(null, '2026-05-01T00:00:00Z', { inputRate: '1' }),
    own(null, '2026-06-01T00:00:00Z', { inputRate: '1.5' }, [machine('0.9')]),
    own('m', '2026-05-01T00:00:00Z', { outputRate: '9' }),
  ];
  expect(startOf(list, null, CARD, NOW)).toEqual(typed({ inputRate: '1.5' }, [machine('0.9')]));
  expect(startOf(list, model(), CARD, NOW)).toEqual(typed({ outputRate: '9' }));
});

it('begins with what a model was registered with, which own prices would end', () => {
  expect(startOf([], model(), CARD, NOW)).toEqual(typed());
  expect(startOf([], model('5'), CARD, NOW)).toEqual(typed({ inputRate: '5' }));
  expect(startOf([], model('5', '6', '1'), CARD, NOW)).toEqual(typed({ inputRate: '5', cacheReadRate: '1' }));
  // What the account has of its own is not the model's; what it will have does not count yet.
  const list = [
    own(null, '2026-05-01T00:00:00Z', { inputRate: '3' }),
    own(null, '2026-06-01T00:00:00Z', { inputRate: '4' }),
  ];
  expect(startOf(list, model('3'), CARD, NOW)).toEqual(typed());
  expect(startOf(list, model('4'), CARD, NOW)).toEqual(typed({ inputRate: '4' }));
});

it('weighs a price by what it was, else by the rate card', () => {
  const before = typed({ inputRate: '4', outputRate: '0' }, [machine('1')]);
  const hosted = { category: 'SCRIPTS' as const, name: '1vcpu-2gb', rate: '9' };
  const after = typed({ inputRate: '41', outputRate: '61', reasoningRate: '7' }, [machine('2'), hosted]);
  expect(weighed(before, after, CARD)).toEqual([
    { amount: '41', usual: '4' },
    { amount: '61', usual: '6' },
    { amount: '7', usual: '6' },
    { amount: '2', usual: '1' },
    { amount: '9', usual: '0.1' },
  ]);
  const gone = { category: 'MODELS' as const, name: 'gone', rate: '1' };
  expect(weighed(typed(), typed({}, [gone]), CARD)).toEqual([{ amount: '1', usual: null }]);
  expect(weighed(before, typed(), CARD)).toEqual([]);
});

it('offers of a model its machines alone', () => {
  expect(hostable(CARD, true).map(({ name }) => name)).toEqual(['g5.xlarge']);
  expect(hostable(CARD, false).map(({ name }) => name)).toEqual(['g5.xlarge', '1vcpu-2gb', 'GENERAL_PURPOSE']);
});

it('reads what was typed, each problem in its place', () => {
  const { prices, problems } = readPrices(typed({ inputRate: ' 1.50 ' }, [machine('0.750')]));
  expect(prices).toEqual(typed({ inputRate: '1.5' }, [machine('0.75')]));
  expect(problems).toEqual({ tokens: {}, hosting: [null] });
  const bad = readPrices(typed({ outputRate: '1,5' }, [machine(''), machine('-1')]));
  expect(bad.prices).toBeNull();
  expect(Object.keys(bad.problems.tokens)).toEqual(['outputRate']);
  expect(bad.problems.hosting.every(Boolean)).toBe(true); // a price of hosting without a rate is none
});

it('tells what would change, and nothing else', () => {
  const before = typed({ inputRate: '1.50', outputRate: '3' }, [machine('0.75')]);
  expect(changesOf(before, typed({ inputRate: '1.5', outputRate: '3' }, [machine('0.750')]))).toEqual([]);
  expect(changesOf(before, typed({ inputRate: '1.5' }, [{ ...machine('1'), name: 'g5.48xlarge' }]))).toEqual([
    { of: 'outputRate', was: '3', is: null },
    { of: { category: 'MODELS', name: 'g5.xlarge' }, was: '0.75', is: null },
    { of: { category: 'MODELS', name: 'g5.48xlarge' }, was: null, is: '1' },
  ]);
});

it('sends no rates of tokens where all are the card’s', () => {
  expect(tokensOf(typed())).toBeNull();
  expect(tokensOf(typed({ inputRate: '0' }))).toEqual({ inputRate: '0' });
});
