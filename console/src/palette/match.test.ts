import { expect, it } from 'vitest';
import { type Entry, matching } from './match';

const entry = (title: string, group = '', words = ''): Entry => ({ id: title, title, group, words });
const entries = [
  entry('Models'),
  entry('Models · Last month', 'Usage'),
  entry('Tools · Last month'),
  entry('Ledger', 'Billing'),
  entry('Café bot', 'Tool'),
];

it('finds by every word in any order, whatever the case and accents', () => {
  const titles = (typed: string) => matching(entries, typed, 10).map(({ title }) => title);
  expect(titles('last month models')).toEqual(['Models · Last month']);
  expect(titles('models')).toEqual(['Models', 'Models · Last month']);
  expect(titles('CAFE')).toEqual(['Café bot']);
  expect(titles('zzz')).toEqual([]);
  expect(matching(entries, ' ', 4)).toEqual(entries.slice(0, 4));
});
