import { expect, it } from 'vitest';
import { movers, type Used } from './movers';

const used = (resourceId: string, credits: string, value: string): Used => ({
  resourceId,
  resourceName: `name of ${resourceId}`,
  category: 'MODELS',
  credits,
  creditsChange: { value },
});

it('lists what moved most, up or down, new or gone, each once', () => {
  const rose = [used('new', '3', '0'), used('a', '10', '9.5'), used('same', '7', '7')];
  const fell = [used('b', '5', '9'), used('gone', '0', '3.5'), used('same', '7', '7'), used('a', '10', '9.5')];
  expect(movers(rose, fell, 3).map((m) => [m.id, m.difference])).toEqual([
    ['b', '-4'],
    ['gone', '-3.5'],
    ['new', '3'],
  ]);
  expect(movers([], [], 3)).toEqual([]);
});
