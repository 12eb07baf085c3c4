import { expect, it } from 'vitest';
import { movers, type Used } from './movers';

const used = (resourceId: string, credits: string): Used => ({
  resourceId,
  resourceName: `name of ${resourceId}`,
  category: 'MODELS',
  credits,
});

it('lists what moved most, up or down, new or gone', () => {
  const now = [used('a', '10'), used('b', '5'), used('new', '3'), used('same', '7')];
  const before = [used('a', '9.5'), used('b', '9'), used('gone', '3.5'), used('same', '7')];
  expect(movers(now, before, 3).map((m) => [m.id, m.difference])).toEqual([
    ['b', '-4'],
    ['gone', '-3.5'],
    ['new', '3'],
  ]);
  expect(movers([], [], 3)).toEqual([]);
});
