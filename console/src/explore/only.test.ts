import { expect, it } from 'vitest';
import { onlyOf } from './only';
import type { Dimension } from './question';
import type { Row } from './rows';

const row = (more: object) => ({ beyond: [], other: false, tags: [], resourceTags: [], ...more }) as unknown as Row;

it('leaves what a row is by one grouping alone, and nothing where it stands for no single one', () => {
  const cases: [Dimension, object, Record<string, string> | null][] = [
    ['USER', { user: 'ann' }, { user: 'ann' }],
    ['USER', { user: null }, { user: '' }],
    ['USER', { user: null, beyond: ['user'] }, null],
    ['CATEGORY', { category: 'MODELS' }, { category: 'models' }],
    ['KIND', { kind: 'TOOL_RUN' }, { use: 'tool-run' }],
    ['OWNER', { ownerName: 'Mia' }, { owner: 'Mia' }],
    ['OWNER', { ownerName: null }, null],
    ['OWNER', { ownerName: null, other: true }, null],
    ['HARDWARE', { hardware: '' }, null],
    ['DEPLOYMENT', { deploymentId: 'D' }, { deployment: 'D' }],
    ['HOUR_OF_DAY', { hourOfDay: 0 }, { hour: '0' }],
    ['DAY_OF_WEEK', { dayOfWeek: 7 }, { weekday: '7' }],
    ['TAG', { tags: [{ key: 'team', value: 'red' }] }, { value: 'red' }],
    ['TIME', { start: '2026-11-01T00:00:00Z' }, null],
  ];
  for (const [word, more, wanted] of cases) expect(onlyOf(row(more), word), word).toEqual(wanted);
});
