import { expect, it } from 'vitest';
import { balanceLine } from './balance-line';

it('goes down by what was used and steps where a grant arrives or expires', () => {
  const grant = { id: 'g', kind: 'GRANT', amount: '50', balanceAfter: '135', effectiveAt: '2026-01-02T12:00:00Z' };
  const days = {
    starts: ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'],
    credits: ['10', '8', '1.000001'],
    end: '2026-01-03T06:00:00Z',
  };
  const line = balanceLine('100', days, [grant], '130.999999');
  expect(line.map((p) => [new Date(p.at).toISOString().slice(0, 13), p.balance, p.step?.id])).toEqual([
    ['2026-01-01T00', '100', undefined],
    ['2026-01-02T00', '90', undefined],
    ['2026-01-02T12', '85', undefined],
    ['2026-01-02T12', '135', 'g'],
    ['2026-01-03T00', '132', undefined],
    ['2026-01-03T06', '130.999999', undefined],
  ]);
});
