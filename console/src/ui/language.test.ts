import { expect, it } from 'vitest';
import { people } from '../people/text';
import germanPeople from '../people/text.de';
import { rates } from '../rates/text';
import germanRates from '../rates/text.de';
import { desk } from '../support/text';
import germanDesk from '../support/text.de';
import { languageOf, lower } from './language';
import { text } from './text';
import german from './text.de';

it.each([
  [[null, 'de-AT', 'en'], 'de'],
  [['en', 'de'], 'en'],
  [[null, 'fr-FR', 'de'], 'de'],
  [['xx', undefined], 'en'],
])('of %j it speaks %s', (wanted, language) => {
  expect(languageOf(wanted)).toBe(language);
});

// What a sentence is given must stand in it in both languages.
it('no part of a sentence is lost in German', () => {
  const lost: string[] = [];
  const walk = (english: unknown, other: unknown, path: string) => {
    if (typeof english === 'function' && typeof other === 'function') {
      const parts = Array.from({ length: english.length }, (_, i) => `#${i}#`);
      const [one, two] = [String(english(...parts)), String(other(...parts))];
      for (const part of parts) if (one.includes(part) !== two.includes(part)) lost.push(`${path}: ${part}`);
    } else if (typeof english === 'object' && english !== null)
      for (const key of Object.keys(english))
        walk((english as Record<string, unknown>)[key], (other as Record<string, unknown>)[key], `${path}.${key}`);
  };
  walk(text, german, 'text');
  walk(people, germanPeople, 'people');
  walk(rates, germanRates, 'rates');
  walk(desk, germanDesk, 'desk');
  expect(lost).toEqual([]);
});

it('writes a word within a sentence, but what stands in capitals as it is', () => {
  expect(lower('Hour of the day')).toBe('hour of the day');
  expect(lower('API key')).toBe('API key');
});
