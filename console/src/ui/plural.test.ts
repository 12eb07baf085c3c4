import { expect, test } from 'vitest';
import { counted } from './plural';
import { counted as gezählt } from './plural.de';

test.each([counted, gezählt])('one is told by itself, whatever its sign; everything else is many', (tell) => {
  for (const figure of ['1', '+1', '\u22121', '-1']) expect(tell(figure, 'one', 'many')).toBe(`${figure} one`);
  for (const figure of ['0', '1.00', '11', '0.1', '1,001', '<1', '\u221211'])
    expect(tell(figure, 'one', 'many')).toBe(`${figure} many`);
});
