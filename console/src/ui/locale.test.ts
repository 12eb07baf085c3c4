import { expect, it } from 'vitest';
import { compactLocale, dateLocale, direction, hourCycle, isOwn, numberLocale } from './locale';

const day = (locale: string) =>
  new Intl.DateTimeFormat(dateLocale(locale), { dateStyle: 'medium', timeZone: 'UTC' }).format(0);
const number = (locale: string) =>
  new Intl.NumberFormat(numberLocale(locale)).format(1234567.5).replace(/[\u00a0\u202f]/g, ' ');

it.each([
  ['en-US', 'Jan 1, 1970', '1,234,567.5', 'h12'],
  ['en-GB', '1 Jan 1970', '1,234,567.5', 'h23'],
  ['de-DE', '1 Jan 1970', '1.234.567,5', 'h23'],
  ['de', '1 Jan 1970', '1.234.567,5', 'h23'],
  ['fr-FR', '1 Jan 1970', '1 234 567,5', 'h23'],
  ['ja-JP', 'Jan 1, 1970', '1,234,567.5', 'h23'],
  ['en-IN', '1 Jan 1970', '12,34,567.5', 'h12'],
  ['ar-EG', '1 Jan 1970', '1,234,567.5', 'h12'],
  ['C', 'Jan 1, 1970', '1,234,567.5', 'h12'],
  ['en-US@posix', 'Jan 1, 1970', '1,234,567.5', 'h12'],
])('%s writes %s and %s', (locale, date, figure, cycle) => {
  expect([day(locale), number(locale), hourCycle(locale)]).toEqual([date, figure, cycle]);
});

it.each([
  ['de-DE', '01.01.1970'],
  ['fr-FR', '1 janv. 1970'],
  ['hi-IN', '1 जन॰ 1970'],
  ['ar-EG', '01\u200f/01\u200f/1970'],
])('%s, when chosen, writes dates as %s', (locale, date) => {
  const format = new Intl.DateTimeFormat(dateLocale(locale, true), { dateStyle: 'medium', timeZone: 'UTC' });
  expect(format.format(0)).toBe(date);
});

it('writes dates in the words of a language that the console speaks', () => {
  expect(isOwn('de-AT', false, 'de')).toBe(true);
  expect(isOwn('de-AT', false, 'en')).toBe(false);
  expect(isOwn('fr-FR', true, 'en')).toBe(true);
});

it('runs from right to left where such formats were chosen', () => {
  expect([direction(null), direction('fr-FR'), direction('ar-EG')]).toEqual(['ltr', 'ltr', 'rtl']);
});

it.each([
  ['ar-EG', false, '2K'],
  ['hi-IN', false, '2K'],
  ['fr-FR', false, '2 k'],
  ['ar-EG', true, 'ألف'],
])('%s (chosen: %s) writes thousands on an axis as %s', (locale, own, wanted) => {
  const format = new Intl.NumberFormat(compactLocale(locale, own, 'en'), { notation: 'compact' });
  expect(format.format(2_000).replace(/[\u00a0\u202f]/g, ' ')).toContain(wanted);
});
