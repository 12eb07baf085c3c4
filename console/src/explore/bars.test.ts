import { expect, it } from 'vitest';
import { barsOption, stacksOf } from './bars';
import type { Question } from './question';
import type { Row } from './rows';

const row = (resourceId: string, credits: string, category = 'MODELS') =>
  ({ resourceId, resourceName: 'Twin', category, credits, beyond: [], tags: [], resourceTags: [] }) as unknown as Row;
const label = (of: Row, word: string) => (word === 'RESOURCE' ? String(of.resourceName) : String(of.category));
const question = (...by: string[]) => ({ by, measure: 'CREDITS' }) as unknown as Question;

interface Drawn {
  xAxis: { data: string[] };
  series: { name: string; data: number[] }[];
}

it('draws a bar for each of two things that are called the same', () => {
  const rows = [row('a', '3'), row('b', '1')];
  const { xAxis, series } = barsOption(rows, question('RESOURCE'), label, () => '') as unknown as Drawn;
  expect(xAxis.data).toEqual(['Twin', 'Twin']);
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
