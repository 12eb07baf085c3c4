import { expect, it } from 'vitest';
import { letters } from './letters';

const copy = (id: string, more: object = {}) => ({
  id,
  kind: 'STEP',
  meter: 'MODEL_CREDITS',
  step: 50,
  subject: 'Half',
  createdAt: '2026-01-01T00:00:00Z',
  ...more,
});

it('copies of one message are one row', () => {
  const found = letters([
    copy('a'),
    copy('b'),
    copy('c', { step: 70 }),
    copy('d', { createdAt: '2026-01-01T00:00:01Z' }),
    copy('e'),
  ]);
  expect(found.map(({ first, copies }) => [first.id, copies.map((c) => c.id).join('')])).toEqual([
    ['a', 'abe'],
    ['c', 'c'],
    ['d', 'd'],
  ]);
});

it('nothing is no row', () => expect(letters([])).toEqual([]));
