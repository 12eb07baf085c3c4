import { describe, expect, it } from 'vitest';
import { isUnusual, largest, readTyped } from './typed';

const AMOUNT = { above: '0', most: '999999999999' };

describe('what a person types', () => {
  it.each([
    ['1.5', '1.5'],
    [' 0.5 ', '0.5'],
    ['1000', '1000'],
    ['007', '7'],
    ['12.500000', '12.5'],
    ['0.000001', '0.000001'],
  ])('"%s" is the amount %s', (typed, value) => expect(readTyped(typed, AMOUNT)).toEqual({ value, problem: null }));
  it.each([
    '1,5',
    '1,000',
    '1,000.5',
    '1.000,5',
    '1 000',
    '1\u00a0000',
    '1\u202f000',
    "1'000",
    '1_000',
    '1e3',
    '+5',
    '5.',
    '.5',
    '--5',
    '0x10',
    '1.5.2',
    '١٫٥',
    '１５',
    'ten',
    '∞',
    'NaN',
    '$5',
    '5%',
    '1/2',
    '',
    ' ',
    '0',
    '0.000000',
    '-1',
    '1.0000001',
    '9999999999999',
    '12345678901234567890',
  ])('"%s" is refused as an amount', (typed) => {
    const read = readTyped(typed, AMOUNT);
    expect(read.value).toBeNull();
    expect(read.problem).toMatch(/\.$/);
  });
  it.each(['1.5', '1.0', '1,5', '1e2', '0', '1001', '-3'])('"%s" is refused as a number of replicas', (typed) => {
    expect(readTyped(typed, { places: 0, least: '1', most: '1000' }).value).toBeNull();
  });
  it('takes a limit of either sign', () => {
    expect(readTyped('-25.5').value).toBe('-25.5');
    expect(readTyped('-25,5').value).toBeNull();
  });
});

describe('an unusual amount', () => {
  it.each([
    ['750', '75', false],
    ['750.000001', '75', true],
    ['-300', '-25', true],
    ['5', null, false],
    ['5', '0', false],
  ])('%s beside %s: %s', (amount, usual, wanted) => expect(isUnusual(amount, usual)).toBe(wanted));
  it('is compared with the largest', () => {
    expect(largest(['75', '-300', '12.5'])).toBe('300');
    expect(largest([])).toBeNull();
  });
});
