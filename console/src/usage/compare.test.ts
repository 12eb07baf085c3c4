import { expect, it } from 'vitest';
import { readVersus, toCompare, writeVersus } from './compare';

it('stands in the URL', () => {
  for (const versus of ['previous', 'month', 'year', { from: '2026-01-01', to: '2026-01-31' }, null] as const) {
    const { vs } = writeVersus(versus);
    expect(readVersus(new URLSearchParams(vs ? { vs } : {}))).toEqual(versus);
  }
  for (const vs of ['', 'week', '2026-02-02..2026-02-01', '2026-13-01..2026-13-02', '2026-02-30..2026-03-02'])
    expect(readVersus(new URLSearchParams({ vs }))).toBeNull();
});

it('goes to the API by its name, own days as a range of the zone', () => {
  expect(toCompare('previous', 'UTC')).toEqual({ period: 'PREVIOUS_PERIOD' });
  expect(toCompare('month', 'UTC')).toEqual({ period: 'SAME_PERIOD_LAST_MONTH' });
  expect(toCompare('year', 'UTC')).toEqual({ period: 'SAME_PERIOD_LAST_YEAR' });
  expect(toCompare({ from: '2026-01-01', to: '2026-01-31' }, 'Europe/Vienna')).toEqual({
    range: { from: '2025-12-31T23:00:00.000Z', to: '2026-01-31T23:00:00.000Z', timeZone: 'Europe/Vienna' },
  });
});
