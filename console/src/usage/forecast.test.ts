import { describe, expect, it } from 'vitest';
import { forecast, type Pot, paceOf } from './forecast';

const NOW = new Date('2026-11-30T00:00:00Z');
const pot = (
  remaining: string,
  expiresAt: string | null,
  kind = 'TOP_UP',
  grantedAt = '2026-01-01T00:00:00Z',
): Pot => ({
  kind,
  remaining,
  expiresAt,
  grantedAt,
});

describe('when it runs out', () => {
  it('is the balance by the pace where nothing expires or renews', () => {
    expect(forecast(NOW, '100', [pot('100', null)], '10', null)).toEqual({
      emptyAt: new Date('2026-12-10T00:00:00Z'),
      next: null,
    });
  });
  it('is sooner where a grant expires before it can be used', () => {
    const { emptyAt, next } = forecast(NOW, '100', [pot('60', '2026-12-02T00:00:00Z'), pot('40', null)], '10', null);
    expect(next).toEqual({ at: new Date('2026-12-02T00:00:00Z'), lost: '40', brings: '0' });
    expect(emptyAt).toEqual(new Date('2026-12-06T00:00:00Z'));
  });
  it('draws what expires first', () => {
    const { emptyAt } = forecast(NOW, '100', [pot('40', null), pot('60', '2026-12-10T00:00:00Z')], '10', null);
    expect(emptyAt).toEqual(new Date('2026-12-10T00:00:00Z'));
  });
  it('is never, as far as one looks, where the plan brings more than is used', () => {
    const plan = { at: '2026-12-20T00:00:00Z', anchorDay: 20, credits: '1500' };
    const { emptyAt, next } = forecast(NOW, '1356.9', [pot('1356.9', '2026-12-20T00:00:00Z', 'PLAN')], '30', plan);
    expect(emptyAt).toBeNull();
    expect(next).toEqual({ at: new Date('2026-12-20T00:00:00Z'), lost: '756.9', brings: '1500' });
  });
  it('is in the cycle that is too small, also on the 31st', () => {
    const plan = { at: '2027-01-31T00:00:00Z', anchorDay: 31, credits: '280' };
    const { emptyAt } = forecast(NOW, '900', [pot('900', '2027-01-31T00:00:00Z', 'PLAN')], '10', plan);
    expect(emptyAt).toEqual(new Date('2027-02-28T00:00:00Z'));
    const longer = { at: '2027-02-28T00:00:00Z', anchorDay: 31, credits: '300' };
    expect(forecast(NOW, '900', [pot('900', '2027-02-28T00:00:00Z', 'PLAN')], '10', longer).emptyAt).toEqual(
      new Date('2027-02-28T00:00:00Z'),
    );
  });
  it('is now where nothing is left, and the next grant pays the debt first', () => {
    const plan = { at: '2026-12-20T00:00:00Z', anchorDay: 20, credits: '100' };
    const { emptyAt, next } = forecast(NOW, '-8', [], '1', plan);
    expect(emptyAt).toEqual(NOW);
    expect(next).toEqual({ at: new Date('2026-12-20T00:00:00Z'), lost: '0', brings: '100' });
  });
  it('is never where nothing is used', () => {
    expect(forecast(NOW, '5', [pot('5', null)], '0', null)).toEqual({ emptyAt: null, next: null });
  });
});

describe('the pace', () => {
  it('is what was used a day, and not less than what runs now', () => {
    expect(paceOf('70', 7, '0.1')).toBe('10');
    expect(paceOf('70', 7, '1')).toBe('24');
    expect(paceOf('0', 0, null)).toBe('0');
  });
});
