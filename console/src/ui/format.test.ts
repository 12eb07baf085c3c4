import { describe, expect, it } from 'vitest';
import * as f from './format';

describe('figures', () => {
  it.each([
    ['0', '0'],
    ['0.004', '<0.01'],
    ['-0.000001', '\u2212<0.01'],
    ['0.005', '0.01'],
    ['1234.5', '1,234.50'],
    ['-8', '\u22128.00'],
  ])('%s is shown as %s', (given, wanted) => expect(f.amount(given)).toBe(wanted));
  it.each([
    ['212.16', '212'],
    ['0.4', '<1'],
    ['0', '0'],
    ['-0.4', '\u22120.40'],
    ['10000', '10,000'],
  ])('%s on a label is %s', (given, wanted) => expect(f.whole(given)).toBe(wanted));
  it('ends a sentence once', () => {
    expect(f.ended('Since 1. Nov.')).toBe('Since 1. Nov.');
    expect(f.ended('Since Nov 1')).toBe('Since Nov 1.');
  });
  it('has no change that is nothing', () => {
    expect(f.changed('0')).toBe('<0.01%');
    expect(f.changed('-0.01')).toBe('0.01%');
    expect(f.changed('1234.5')).toBe('1,234.5%');
  });
  it('keeps every digit where it is asked for', () => {
    expect(f.exact('12345678901234567890.000001')).toBe('12,345,678,901,234,567,890.000001');
    expect(f.percent('107.81')).toBe('107.81%');
  });
});

describe('a percent', () => {
  it.each([
    ['0', '0', '300', '0%'],
    ['0', '0.000001', '300', '<0.01%'],
    ['0.00', '0.014', '300', '<0.01%'],
    ['100', '299.99', '300', '>99.99%'],
    ['100', '300', '300', '100%'],
    ['107.81', '323', '300', '107.81%'],
    ['70.72', '212.16', '300', '70.72%'],
    ['100', '0', '0', '100%'],
    ['0', '-8', '100', '0%'],
  ])('%s of %s in %s is shown as %s', (given, part, whole, wanted) => expect(f.share(given, part, whole)).toBe(wanted));
});

describe('an hour that the clock shows twice', () => {
  const [first, second] = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'];
  it('is told apart', () => {
    expect(f.moment(first, 'Europe/Vienna')).toBe('Oct 25, 2026, 2:30 AM GMT+2');
    expect(f.moment(second, 'Europe/Vienna')).toBe('Oct 25, 2026, 2:30 AM GMT+1');
    expect(f.bucket('2026-10-25T00:00:00Z', 'HOUR', 'Europe/Vienna')).toBe('Oct 25, 2 AM GMT+2');
    expect(f.fullBucket('2026-10-25T01:00:00Z', 'HOUR', 'Europe/Vienna')).toBe('Oct 25, 2026, 2 AM GMT+1');
    expect(f.clock('2026-04-04T14:45:00Z', 'Australia/Lord_Howe')).toBe('1:45 AM GMT+11'); // half an hour
    expect(f.clock('2026-04-04T15:15:00Z', 'Australia/Lord_Howe')).toBe('1:45 AM GMT+10:30');
  });
  it('and no other is marked', () => {
    for (const at of ['2026-10-24T23:59:00Z', '2026-10-25T02:00:00Z', '2026-03-29T01:00:00Z', '2026-07-01T00:30:00Z']) {
      expect(f.moment(at, 'Europe/Vienna')).not.toContain('GMT');
    }
    expect(f.bucket('2026-10-24T22:00:00Z', 'DAY', 'Europe/Vienna')).toBe('Oct 25');
  });
});

describe('time', () => {
  it.each([
    [{ seconds: 0, hours: 0, minutes: 0 }, '0 min'],
    [{ seconds: 59, hours: 0, minutes: 0 }, '<1 min'],
    [{ seconds: 3_540, hours: 0, minutes: 59 }, '59 min'],
    [{ seconds: 4_000_000, hours: 1_111, minutes: 6 }, '1,111 h 6 min'],
  ])('%o reads %s', (given, wanted) => expect(f.duration(given)).toBe(wanted));
  it('is that of the zone', () => {
    expect(f.moment('2026-03-28T23:30:00Z', 'Asia/Kathmandu')).toBe('Mar 29, 2026, 5:15 AM');
    expect(f.fullBucket('2026-03-28T23:00:00Z', 'DAY', 'Europe/Vienna')).toBe('Sun, Mar 29, 2026');
  });
  it('ahead is told in fitting units', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    expect(f.ahead('2026-01-01T00:30:00Z', now)).toBe('in 30 minutes');
    expect(f.ahead('2026-01-02T00:00:00Z', now)).toBe('in 24 hours');
    expect(f.ahead('2026-01-15T00:00:00Z', now)).toBe('in 14 days');
  });
});
