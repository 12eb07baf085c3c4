import { expect, it } from 'vitest';
import { changeOf, partOf, times } from './change';

it.each([
  ['110', '100', '10', '10.00'],
  ['0.000001', '0.000002', '-0.000001', '-50.00'],
  ['5', '0', '5', null],
  ['0', '5', '-5', '-100.00'],
  ['847.37', '756.2', '91.17', '12.06'],
  ['9007199254740993', '9007199254740992', '1', '0.00'],
])('the change to %s from %s', (now, value, delta, percent) => {
  expect(changeOf(now, value)).toEqual({ value, delta, percent });
  expect(changeOf(now, undefined)).toBeNull();
});

it('a part of a whole', () => {
  expect(partOf('212.16', '300')).toBe('70.72');
  expect(partOf('1', '0')).toBe('0');
});

it('a sum of amounts, each so many times', () => {
  expect(
    times([
      ['0.000001', 3],
      ['1.5', 2],
    ]),
  ).toBe('3.000003');
});
