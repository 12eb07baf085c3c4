import { expect, it } from 'vitest';
import { dateLocale, hourCycle, numberLocale } from './locale';

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
