import { expect, it } from 'vitest';
import { movers, type Used } from './movers';

const used = (resourceId: string, credits: string, value: string, delta: string): Used => ({
  resourceId,
  resourceName: `name of ${resourceId}`,
  category: 'MODELS',
  credits,
  creditsChange: { value, delta, percent: null },
  runs: 4,
  runsChange: { value: '6', delta: '-2', percent: null },
});

it('lists what moved most, up or down, new or gone, each once', () => {
  const rose = [used('new', '3', '0', '3'), used('a', '10', '9.5', '0.5'), used('same', '7', '7', '0')];
  const fell = [
    used('b', '5', '9', '-4'),
    used('gone', '0', '3.5', '-3.5'),
    used('same', '7', '7', '0'),
    used('a', '10', '9.5', '0.5'),
  ];
  expect(movers(rose, fell, 3).map((m) => [m.id, m.change.delta])).toEqual([
    ['b', '-4'],
    ['gone', '-3.5'],
    ['new', '3'],
  ]);
  expect(movers([], [], 3)).toEqual([]);
  expect(movers(rose, [], 1, 'runs')).toMatchObject([{ now: '4', change: { delta: '-2' } }]);
});
