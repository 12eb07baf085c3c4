import { expect, test } from 'vitest';
import { counted } from './plural';

test('one is told by itself, whatever its sign; everything else is many', () => {
  for (const figure of ['1', '+1', '\u22121', '-1'])
    expect(counted(figure, 'credit', 'credits')).toBe(`${figure} credit`);
  for (const figure of ['0', '1.00', '11', '0.1', '1,001', '<1', '\u221211'])
    expect(counted(figure, 'credit', 'credits')).toBe(`${figure} credits`);
});
