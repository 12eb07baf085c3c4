import { describe, expect, it } from 'vitest';
import { minusMonths, startOfDay } from '../ui/zone';
import { bounds, PRESETS, readChoice, readZone, toInput, writeChoice } from './range';

const params = (text: string) => new URLSearchParams(text);

describe('the date filter in the URL', () => {
  it('is the last 7 days unless it says otherwise', () => {
    for (const text of [
      '',
      'range=nonsense',
      'from=2026-02-02',
      'from=2026-02-02&to=2026-02-01',
      'from=2026-13-99&to=2026-13-99',
      'from=2026-02-30&to=2026-03-05',
      'from=2026-02-01&to=2026-02-29',
      'from=2026-04-31T09:30&to=2026-05-02T09:30',
    ]) {
      expect(readChoice(params(text))).toEqual({ preset: 'LAST_7_DAYS' });
    }
  });
  it.each(PRESETS)('%s survives the way there and back', (preset) => {
    const written = Object.entries(writeChoice({ preset })).filter((e): e is [string, string] => e[1] !== null);
    expect(readChoice(new URLSearchParams(written))).toEqual({ preset });
  });
  it('takes zones that exist', () => {
    expect(readZone(params('tz=Asia/Kathmandu'), 'UTC')).toBe('Asia/Kathmandu');
    expect(readZone(params('tz=Mars/Base'), 'Europe/Vienna')).toBe('Europe/Vienna');
  });
});

describe('a custom range', () => {
  it('covers whole local days, 23 hours where the clock goes forward', () => {
    expect(toInput({ from: '2026-03-29', to: '2026-03-29' }, 'Europe/Vienna')).toEqual({
      from: '2026-03-28T23:00:00.000Z',
      to: '2026-03-29T22:00:00.000Z',
      timeZone: 'Europe/Vienna',
    });
  });
  it.each([
    ['2026-10-25', 'Europe/Vienna', '2026-10-24T22:00:00.000Z'],
    ['2026-07-01', 'Asia/Kathmandu', '2026-06-30T18:15:00.000Z'],
    ['2026-09-06', 'America/Santiago', '2026-09-06T04:00:00.000Z'], // its midnight is jumped over
    ['2026-01-01', 'Pacific/Kiritimati', '2025-12-31T10:00:00.000Z'],
  ])('%s in %s begins at %s', (day, zone, wanted) => {
    expect(startOfDay(day, zone).toISOString()).toBe(wanted);
  });
  it('reaches from 25 months back to today', () => {
    expect(bounds(new Date('2026-11-24T23:30:00Z'), 'Europe/Vienna')).toEqual({
      first: '2024-10-26',
      last: '2026-11-25',
    });
    expect(minusMonths('2026-03-31', 1)).toBe('2026-02-28');
  });
});
