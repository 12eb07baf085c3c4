import { expect, it } from 'vitest';
import { barsOption, ghostsOf, isCut, placesOf, stacksOf, told, toldOf } from './bars';
import type { Question } from './question';
import type { Row } from './rows';

const row = (resourceId: string, credits: string, category = 'MODELS') =>
  ({ resourceId, resourceName: 'Twin', category, credits, beyond: [], tags: [], resourceTags: [] }) as unknown as Row;
const label = (of: Row, word: string) => (word === 'RESOURCE' ? String(of.resourceName) : String(of.category));
const question = (...by: string[]) => ({ by, measure: 'CREDITS' }) as unknown as Question;

interface Drawn {
  xAxis: { data: string[] }[];
  series: { name: string; stack?: string; data: number[] }[];
}

it('draws a bar for each of two things that are called the same', () => {
  const rows = [row('a', '3'), row('b', '1')];
  const { xAxis, series } = barsOption(rows, question('RESOURCE'), label, () => '') as unknown as Drawn;
  expect(xAxis[0]!.data).toEqual(['Twin', 'Twin']);
  expect(series.map(({ data }) => data)).toEqual([[3, 1]]);
});

it('stacks two things that are called the same as two series', () => {
  const rows = [row('a', '3'), row('b', '1'), row('b', '2', 'SCRIPTS')];
  expect(stacksOf(rows, 'RESOURCE', label).map(({ name }) => name)).toEqual(['Twin', 'Twin']);
  const { series } = barsOption(rows, question('CATEGORY', 'RESOURCE'), label, () => '') as unknown as Drawn;
  expect(series.map(({ data }) => data)).toEqual([
    [3, 0],
    [1, 2],
  ]);
});

const compared = (resourceId: string, credits: string, value: string, category = 'MODELS') =>
  ({ ...row(resourceId, credits, category), creditsChange: { value, delta: '0' } }) as Row;

it('stands what a place came to before behind its bars, as one bar however many parts it had', () => {
  const rows = [compared('a', '3', '1'), compared('b', '1', '0.5'), compared('b', '2', '0.25', 'SCRIPTS')];
  expect([...ghostsOf(rows, question('CATEGORY', 'RESOURCE'))!.values()]).toEqual(['1.5', '0.25']);
  const { series } = barsOption(
    rows,
    question('CATEGORY', 'RESOURCE'),
    label,
    () => '',
    'Nov 1 – 7',
  ) as unknown as Drawn;
  expect(series.at(-1)).toMatchObject({ name: 'Nov 1 – 7', data: [1.5, 0.25] });
  expect(series.at(-1)!.stack).toBeUndefined();
});

it('stacks nothing that does not add up, and shows all bars of time but only so many names', () => {
  const users = { by: ['CATEGORY', 'RESOURCE'], measure: 'USERS' } as unknown as Question;
  const rows = [row('a', '3'), row('b', '2', 'SCRIPTS')].map((of) => ({ ...of, users: 2 }) as Row);
  const { series } = barsOption(rows, users, label, () => '') as unknown as Drawn;
  expect(series.map(({ stack }) => stack)).toEqual([undefined, undefined]);
  expect(
    ghostsOf(
      rows.map((of) => ({ ...of, usersChange: { value: '1', delta: '1' } }) as Row),
      users,
    ),
  ).toBeNull();
  const many = Array.from({ length: 60 }, (_, i) => ({ ...row(`r${i}`, '1'), start: `t${i}` }) as Row);
  const by = (word: string) => [placesOf(many, question(word), label).length, isCut(many, question(word), label)];
  expect(by('RESOURCE')).toEqual([40, true]);
  expect(by('TIME')).toEqual([60, false]);
});

it('has none where nothing is compared', () => {
  expect(ghostsOf([row('a', '3')], question('RESOURCE'))).toBeNull();
  const { series } = barsOption([row('a', '3')], question('RESOURCE'), label, () => '') as unknown as Drawn;
  expect(series).toHaveLength(1);
});

it('tells of each measure in its unit, and of the highest part', () => {
  expect(told({ measure: 'CREDITS' }, '1234.5')).toBe('1,234.5 credits');
  expect(told({ measure: 'HOSTING_SECONDS' }, '7320')).toBe('2 h 2 min');
  expect(told({ measure: 'RUNS' }, '1234')).toBe('1,234');
  const rows = [row('a', '3'), row('b', '10')];
  expect(toldOf(rows, question('RESOURCE'), (of) => of.resourceId!)).toBe('The most: b, 10 credits.');
  expect(toldOf([row('a', '0')], question('RESOURCE'), label)).toBe('');
});
