import { describe, expect, it } from 'vitest';
import { changeOf, partOf } from './change';

describe('a change', () => {
  it.each([
    ['110', '100', '10', '10.0'],
    ['0.000001', '0.000002', '-0.000001', '-50.0'],
    ['0', '0', '0', '0'],
    ['5', '0', '5', null],
    ['0', '5', '-5', '-100.0'],
    ['847.37', '756.2', '91.17', '12.1'],
    ['9007199254740993', '9007199254740992', '1', '0.0'],
  ])('from %s before %s', (now, before, difference, percent) => {
    expect(changeOf(now, before)).toEqual({ difference, percent });
  });
  it('a part of a whole', () => {
    expect(partOf('212.16', '300')).toBe('70.72');
    expect(partOf('1', '0')).toBe('0');
  });
});
