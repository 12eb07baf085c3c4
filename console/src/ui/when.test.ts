import { describe, expect, it } from 'vitest';
import { text } from './text';
import { type Chosen, readWhen } from './when';

const t = text.typed;
const chosen = (more: Partial<Chosen>): Chosen => ({
  typed: '',
  partial: false,
  kind: 'day',
  zone: 'Europe/Vienna',
  now: new Date('2026-03-20T10:00:00Z'),
  ...more,
});

describe('what a person chooses', () => {
  it.each([
    ['2026-03-21', 'day', '2026-03-20T23:00:00.000Z'],
    ['2026-03-30', 'day', '2026-03-29T22:00:00.000Z'], // summer time has begun
    ['2026-03-20T11:01', 'minute', '2026-03-20T10:01:00.000Z'],
    ['2026-03-29T02:30', 'minute', '2026-03-29T01:00:00.000Z'], // the clock jumps over it
    ['2099-01-01T00:00:00', 'minute', '2098-12-31T23:00:00.000Z'],
  ] as const)('%s, a %s, is %s', (typed, kind, value) =>
    expect(readWhen(chosen({ typed, kind }))).toEqual({ value, problem: null }),
  );
  it.each([
    ['2026-03-20', 'day'],
    ['1999-12-31', 'day'],
    ['2026-03-20T11:00', 'minute'],
  ] as const)('%s, a %s, lies in the past', (typed, kind) =>
    expect(readWhen(chosen({ typed, kind })).problem).toBe(t.pastDate),
  );
  it.each(['2026-03', 'soon', '2026-13-01', '2026-03-21T10:00', '02026-03-21'])('%s is no whole day', (typed) =>
    expect(readWhen(chosen({ typed })).problem).toBe(t.halfDate),
  );
  it('an empty field is none, unless one is needed', () => {
    expect(readWhen(chosen({}))).toEqual({ value: null, problem: null });
    expect(readWhen(chosen({ required: true })).problem).toBe(t.noDate);
  });
  it('a field that is filled in part is not empty', () => {
    expect(readWhen(chosen({ partial: true })).problem).toBe(t.halfDate);
    expect(readWhen(chosen({ partial: true, kind: 'minute' })).problem).toBe(t.halfDate);
  });
});
