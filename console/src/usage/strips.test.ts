import { expect, it } from 'vitest';
import { grouped, lineStep, stripStep } from './strips';

const from = new Date('2026-11-01T00:00:00Z');
const after = (days: number) => new Date(from.getTime() + days * 86_400_000);

it('shows a period in steps of which there are few', () => {
  expect([1, 7, 30, 90, 365].map((days) => lineStep(from, after(days)))).toEqual([
    'HOUR',
    'DAY',
    'WEEK',
    'WEEK',
    'MONTH',
  ]);
  expect([1, 7, 30, 90, 365].map((days) => stripStep(from, after(days)))).toEqual([
    'HOUR',
    'DAY',
    'DAY',
    'WEEK',
    'MONTH',
  ]);
});

it('groups rows so that each group fits into one answer, and loses none', () => {
  const ids = Array.from({ length: 25 }, (_, i) => String(i));
  const groups = grouped(ids, from, after(7), 'DAY');
  expect(groups.flat()).toEqual(ids);
  for (const group of groups) expect(group.length * 9).toBeLessThanOrEqual(100);
  expect(grouped([], from, after(7), 'DAY')).toEqual([]);
});
