import { describe, expect, it } from 'vitest';
import { rangeBefore, readVersus, spanBefore, writeVersus } from './compare';
import { type Choice, readChoice, spanOf, timeText } from './range';

const VIENNA = 'Europe/Vienna';
const at = (text: string) => new Date(text);
const shown = (choice: Choice, versus: Parameters<typeof spanBefore>[1], now: string, zone = VIENNA) => {
  const span = spanBefore(choice, versus, zone, at(now));
  return span && [span.from.toISOString().slice(0, 16), span.to.toISOString().slice(0, 16)];
};

describe('what a period is compared with', () => {
  it('stands in the URL', () => {
    for (const versus of ['previous', 'month', 'year', { from: '2026-01-01', to: '2026-01-31' }, null] as const) {
      const { vs } = writeVersus(versus);
      expect(readVersus(new URLSearchParams(vs ? { vs } : {}))).toEqual(versus);
    }
    for (const vs of ['', 'week', '2026-02-02..2026-02-01', '2026-13-01..2026-13-02'])
      expect(readVersus(new URLSearchParams({ vs }))).toBeNull();
  });
  it.each<[string, Choice, Parameters<typeof spanBefore>[1], string, string, string]>([
    [
      'this month: the same days',
      { preset: 'THIS_MONTH' },
      'previous',
      '2026-11-12T10:30Z',
      '2026-09-30T22:00',
      '2026-10-12T09:30',
    ],
    [
      'the 31st: the whole of a shorter month',
      { preset: 'THIS_MONTH' },
      'previous',
      '2026-05-31T10:00Z',
      '2026-03-31T22:00',
      '2026-04-30T22:00',
    ],
    [
      '30 March: the whole of February',
      { preset: 'THIS_MONTH' },
      'previous',
      '2026-03-30T10:00Z',
      '2026-01-31T23:00',
      '2026-02-28T23:00',
    ],
    [
      'last month: the whole month before',
      { preset: 'LAST_MONTH' },
      'previous',
      '2026-11-12T10:30Z',
      '2026-08-31T22:00',
      '2026-09-30T22:00',
    ],
    [
      'this year: to the same day',
      { preset: 'THIS_YEAR' },
      'previous',
      '2026-11-12T10:30Z',
      '2024-12-31T23:00',
      '2025-11-12T10:30',
    ],
    [
      '7 days: the 7 before',
      { preset: 'LAST_7_DAYS' },
      'previous',
      '2026-11-12T10:30Z',
      '2026-10-29T23:00',
      '2026-11-05T10:30',
    ],
    [
      '7 days over the change of the clock',
      { preset: 'LAST_7_DAYS' },
      'previous',
      '2026-10-28T10:30Z',
      '2026-10-14T22:00',
      '2026-10-21T09:30',
    ],
    [
      '24 hours: the 24 before',
      { preset: 'LAST_24_HOURS' },
      'previous',
      '2026-10-25T10:30Z',
      '2026-10-23T11:00',
      '2026-10-24T10:30',
    ],
    [
      '7 days, a month ago',
      { preset: 'LAST_7_DAYS' },
      'month',
      '2026-11-12T10:30Z',
      '2026-10-05T22:00',
      '2026-10-12T09:30',
    ],
    [
      '7 days, a year ago',
      { preset: 'LAST_7_DAYS' },
      'year',
      '2026-11-12T10:30Z',
      '2025-11-05T23:00',
      '2025-11-12T10:30',
    ],
    [
      'days of one’s own: as many before',
      { from: '2026-11-03', to: '2026-11-05' },
      'previous',
      '2026-11-12T10:30Z',
      '2026-10-30T23:00',
      '2026-11-02T23:00',
    ],
    [
      'a whole month by its days',
      { from: '2026-03-01', to: '2026-03-31' },
      'previous',
      '2026-11-12T10:30Z',
      '2026-01-31T23:00',
      '2026-02-28T23:00',
    ],
    [
      'today: yesterday to the same time',
      { from: '2026-11-12', to: '2026-11-12' },
      'previous',
      '2026-11-12T10:30Z',
      '2026-11-10T23:00',
      '2026-11-11T10:30',
    ],
    [
      'an hour: the hour before',
      { since: '2026-11-12T09:00', until: '2026-11-12T10:00' },
      'previous',
      '2026-11-12T10:30Z',
      '2026-11-12T07:00',
      '2026-11-12T08:00',
    ],
    [
      'other days',
      { preset: 'LAST_7_DAYS' },
      { from: '2026-01-01', to: '2026-01-02' },
      '2026-11-12T10:30Z',
      '2025-12-31T23:00',
      '2026-01-02T23:00',
    ],
  ])('%s', (_, choice, versus, now, from, to) => {
    expect(shown(choice, versus, now)).toEqual([from, to]);
  });
  it('the 29th of February is compared with the end of a February that has none', () => {
    expect(shown({ preset: 'THIS_YEAR' }, 'previous', '2028-02-29T10:00Z')).toEqual([
      '2026-12-31T23:00',
      '2027-02-28T23:00',
    ]);
  });
  it('what lies further back than a range may is not asked for', () => {
    expect(rangeBefore({ preset: 'LAST_YEAR' }, 'previous', VIENNA, at('2026-11-12T10:30Z'))).toBeNull();
    expect(rangeBefore({ preset: 'THIS_MONTH' }, 'year', VIENNA, at('2026-11-12T10:30Z'))).not.toBeNull();
  });
});

describe('ranges to the minute', () => {
  it('are read from the URL, in the zone, or in UTC where the clock shows them twice', () => {
    const params = new URLSearchParams({ from: '2026-11-29T14:00', to: '2026-11-29T15:00' });
    expect(readChoice(params)).toEqual({ since: '2026-11-29T14:00', until: '2026-11-29T15:00' });
    expect(spanOf(readChoice(params), VIENNA, at('2026-12-01T00:00Z'))).toEqual({
      from: at('2026-11-29T13:00Z'),
      to: at('2026-11-29T14:00Z'),
    });
    expect(timeText(at('2026-11-29T13:00Z'), VIENNA)).toBe('2026-11-29T14:00');
    expect(timeText(at('2026-10-25T01:00Z'), VIENNA)).toBe('2026-10-25T01:00Z');
    const twice = readChoice(new URLSearchParams({ from: '2026-10-25T01:00Z', to: '2026-10-25T03:00' }));
    expect(spanOf(twice, VIENNA, at('2026-12-01T00:00Z'))).toEqual({
      from: at('2026-10-25T01:00Z'),
      to: at('2026-10-25T02:00Z'),
    });
    for (const [from, to] of [
      ['2026-11-29T15:00', '2026-11-29T14:00'],
      ['2026-11-29T25:00', '2026-11-29T26:00'],
      ['2026-11-29T14:00', 'x'],
    ])
      expect(readChoice(new URLSearchParams({ from: from!, to: to! }))).toEqual({ preset: 'LAST_7_DAYS' });
  });
});
