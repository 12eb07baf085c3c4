import { describe, expect, it } from 'vitest';
import { decimal, micro, rounded, sum, truncated } from './decimal';

describe('amounts', () => {
  it('are exact to a millionth, beyond what a float holds', () => {
    expect(micro('9007199254740993.000001')).toBe(9007199254740993000001n);
    expect(decimal(micro('9007199254740993.000001'))).toBe('9007199254740993.000001');
    expect(sum(['0.1', '0.2', '-0.000001'])).toBe('0.299999');
  });
  it.each([
    ['0', '0'],
    ['-0.5', '-0.5'],
    ['12.500000', '12.5'],
    ['-25', '-25'],
  ])('%s reads %s', (given, wanted) => {
    expect(decimal(micro(given))).toBe(wanted);
  });
  it.each(['', '1.', '.5', '1e3', '0.1234567', 'NaN'])('"%s" is none', (given) => {
    expect(() => micro(given)).toThrow();
  });
  it.each([
    ['2.345', 2, '2.35'],
    ['2.344999', 2, '2.34'],
    ['-2.345', 2, '-2.35'],
    ['-0.001', 2, '0.00'],
    ['0.5', 0, '1'],
    ['999.995', 2, '1000.00'],
    ['0.000001', 6, '0.000001'],
  ])('%s to %d places is %s', (given, places, wanted) => {
    expect(rounded(given, places)).toBe(wanted);
  });
  it('are cut for labels', () => {
    expect(truncated('299.999999')).toBe('299');
    expect(truncated('-0.9')).toBe('0');
  });
});
