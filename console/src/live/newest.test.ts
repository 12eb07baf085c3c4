import { expect, it } from 'vitest';
import { newest } from './newest';

const state = (revision: number, asOf: string, accountId = 'a') => ({ accountId, revision, asOf });

it('a lower revision is older, however late it arrives', () => {
  const shown = state(7, '2026-01-01T00:00:01Z');
  expect(newest(shown, state(6, '2026-01-01T00:00:09Z'))).toBe(shown);
});

it('within a revision the later instant wins, since hosting accrues between commits', () => {
  const shown = state(7, '2026-01-01T00:00:05.1Z');
  const later = state(7, '2026-01-01T00:00:05.2Z');
  expect(newest(shown, later)).toBe(later);
  expect(newest(later, shown)).toBe(later);
});

it('another account begins anew', () => {
  const other = state(1, '2026-01-01T00:00:00Z', 'b');
  expect(newest(state(7, '2026-01-01T00:00:05Z'), other)).toBe(other);
  expect(newest(null, other)).toBe(other);
});
