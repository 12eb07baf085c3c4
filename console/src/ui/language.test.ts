import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { people } from '../people/text';
import germanPeople from '../people/text.de';
import { rates } from '../rates/text';
import germanRates from '../rates/text.de';
import { desk } from '../support/text';
import germanDesk from '../support/text.de';
import { languageOf, lower } from './language';
import germanNames from './names.de';
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

// Every text of a module, by its place; functions with their parts named.
function* texts(words: unknown, path: string): Generator<[string, string]> {
  if (typeof words === 'string') yield [path, words];
  else if (typeof words === 'function')
    yield [path, String(words(...Array.from({ length: words.length }, (_, i) => `#${i}#`)))];
  else if (typeof words === 'object' && words !== null)
    for (const [key, value] of Object.entries(words)) yield* texts(value, `${path}.${key}`);
}

// Words that hold an English sentence together, and that German does not have.
const ENGLISH = /\b(the|of|and|your|you|is|are|with|not|this|from|it|has|have|no|to|be)\b/i;

it('no German sentence is English', () => {
  const all = [german, germanPeople, germanRates, germanDesk, germanNames].flatMap((words) => [...texts(words, '')]);
  expect(all.length).toBeGreaterThan(800);
  expect(all.filter(([, sentence]) => ENGLISH.test(sentence))).toEqual([]);
});

// The page waits for them while it is being loaded: one that needs a part of the page would wait for itself.
it('German modules import nothing but types and one another', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.de.ts'));
  expect(files.length).toBeGreaterThan(6);
  const others = files.flatMap((file) =>
    [...readFileSync(`src/${file}`, 'utf8').matchAll(/^import (?!type ).* from '(.*)';$/gm)]
      .filter(([, from]) => !from!.endsWith('.de'))
      .map(([line]) => `${file}: ${line}`),
  );
  expect(others).toEqual([]);
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
