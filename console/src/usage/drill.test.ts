import { expect, it } from 'vitest';
import { bucketEnd, closer } from './drill';

const VIENNA = 'Europe/Vienna';
const range = { from: '2026-10-19T22:00:00Z', to: '2026-11-12T10:00:00Z' };

it('a month leads to its days within the period, a day to itself, an hour to its minutes, a minute to itself', () => {
  const month = { start: '2026-09-30T22:00:00Z', end: '2026-10-31T23:00:00Z' };
  expect(closer(month, range, 'MONTH', VIENNA)).toEqual({
    choice: { from: '2026-10-20', to: '2026-10-31' },
    step: null,
  });
  const day = { start: '2026-10-24T22:00:00Z', end: '2026-10-25T23:00:00Z' };
  expect(closer(day, range, 'DAY', VIENNA)).toEqual({ choice: { from: '2026-10-25', to: '2026-10-25' }, step: null });
  const hour = { start: '2026-11-12T13:00:00Z', end: '2026-11-12T14:00:00Z' };
  expect(closer(hour, range, 'HOUR', VIENNA)).toEqual({
    choice: { since: '2026-11-12T14:00', until: '2026-11-12T15:00' },
    step: 'MINUTE',
  });
  const minute = { start: '2026-11-12T13:05:00Z', end: '2026-11-12T13:06:00Z' };
  const choice = { since: '2026-11-12T14:05', until: '2026-11-12T14:06' };
  expect(closer(minute, { from: hour.start, to: hour.end }, 'MINUTE', VIENNA)).toEqual({ choice, step: null });
  expect(closer(minute, { from: minute.start, to: minute.end }, 'MINUTE', VIENNA)).toBeNull();
});

it('an hour that the clock shows twice is named in UTC', () => {
  const hour = { start: '2026-10-25T01:00:00Z', end: '2026-10-25T02:00:00Z' };
  expect(closer(hour, range, 'HOUR', VIENNA)?.choice).toEqual({
    since: '2026-10-25T01:00Z',
    until: '2026-10-25T03:00',
  });
});

it('the end of a bucket is the start of the next, and of the last follows from its step', () => {
  const starts = ['2026-10-23T22:00:00Z', '2026-10-24T22:00:00Z'];
  expect(bucketEnd(starts, 0, 'DAY', VIENNA)).toBe(starts[1]);
  expect(bucketEnd(starts, 1, 'DAY', VIENNA)).toBe('2026-10-25T23:00:00.000Z');
  expect(bucketEnd(starts, 1, 'WEEK', VIENNA)).toBe('2026-10-31T23:00:00.000Z');
  expect(bucketEnd(starts, 1, 'MONTH', VIENNA)).toBe('2026-10-31T23:00:00.000Z');
  expect(bucketEnd(starts, 1, 'HOUR', VIENNA)).toBe('2026-10-24T23:00:00.000Z');
});
