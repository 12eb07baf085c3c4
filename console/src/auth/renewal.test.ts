import { expect, it } from 'vitest';
import { plain } from './credential';
import { isRenewable, renewAt } from './renewal';

const issued = { ...plain('t'), issued: true, refresh: 'r', since: 1_000_000 };

it.each([
  [3_600, 3_540], // a minute before the end
  [60, 48], // a fifth of a short life
  [5, 4],
])('a token of %d seconds is renewed after %d', (lasts, after) => {
  expect(renewAt({ ...issued, ends: issued.since + lasts * 1_000 })).toBe(issued.since + after * 1_000);
});

it('what cannot be renewed is not', () => {
  expect(renewAt(plain('t'))).toBeNull();
  expect(renewAt({ ...issued, ends: null })).toBeNull();
  expect(renewAt({ ...issued, refresh: null, ends: 5 })).toBeNull();
});

it('a token refused just after it was got is not replaced over and over', () => {
  expect(isRenewable(issued, issued.since + 5_000)).toBe(false);
  expect(isRenewable(issued, issued.since + 120_000)).toBe(true);
  expect(isRenewable(plain('t'), Date.now() + 120_000)).toBe(false);
  const short = { ...issued, ends: issued.since + 30_000 };
  expect(isRenewable(short, short.ends - 1)).toBe(false);
  expect(isRenewable(short, short.ends)).toBe(true);
  expect(isRenewable({ ...issued, ends: issued.since }, issued.since)).toBe(false);
});
