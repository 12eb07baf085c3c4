import { expect, it } from 'vitest';
import { balanceLine, stepNear } from './balance-line';

const grant = { id: 'g', kind: 'GRANT', amount: '50', balanceAfter: '135', effectiveAt: '2026-01-02T12:00:00Z' };
const days = {
  starts: ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'],
  credits: ['10', '8', '1.000001'],
  end: '2026-01-03T06:00:00Z',
};

it('goes down by what was used and steps where a grant arrives or expires', () => {
  const line = balanceLine({ start: '100', last: '130.999999' }, days, [grant])!;
  expect(line.map((p) => [new Date(p.at).toISOString().slice(0, 13), p.balance, p.step?.id])).toEqual([
    ['2026-01-01T00', '100', undefined],
    ['2026-01-02T00', '90', undefined],
    ['2026-01-02T12', '85', undefined],
    ['2026-01-02T12', '135', 'g'],
    ['2026-01-03T00', '132', undefined],
    ['2026-01-03T06', '130.999999', undefined],
  ]);
});

it('is computed from its other end where one is not known, and not drawn where both are not', () => {
  const whole = balanceLine({ start: '100', last: '130.999999' }, days, [grant]);
  expect(balanceLine({ start: null, last: '130.999999' }, days, [grant])).toEqual(whole);
  expect(balanceLine({ start: '100', last: null }, days, [grant])).toEqual(whole);
  expect(balanceLine({ start: null, last: null }, days, [grant])).toBeNull();
});

it('begins after the oldest entry where there are older ones than are known', () => {
  const line = balanceLine({ start: '7', last: '130.999999' }, days, [grant], true);
  expect(line?.map((p) => [new Date(p.at).toISOString().slice(0, 13), p.balance, p.step?.id])).toEqual([
    ['2026-01-03T00', '132', undefined],
    ['2026-01-03T06', '130.999999', undefined],
  ]);
});

it('a click on a spot that a mark shares with another point means the mark', () => {
  const step = { id: 's', kind: 'GRANT', amount: '1', balanceAfter: '1', effectiveAt: '' };
  const points = [
    { at: 0, balance: '0' },
    { at: 500, balance: '0' },
    { at: 995, balance: '1', step },
    { at: 1000, balance: '1' },
  ];
  expect([0, 1, 2, 3, 4].map((i) => stepNear(points, i)?.id)).toEqual([undefined, undefined, 's', 's', undefined]);
});
