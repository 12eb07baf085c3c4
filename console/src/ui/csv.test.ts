import { describe, expect, it } from 'vitest';
import { csv, fileName } from './csv';

describe('a file of what is shown', () => {
  it('quotes what must be quoted, and tells above what it is of', () => {
    expect(csv(['Zone,Vienna'], ['Name', 'Credits'], [['a "b"', '1.5']])).toBe(
      '"Zone,Vienna"\r\n\r\nName,Credits\r\n"a ""b""",1.5\r\n',
    );
  });
  it('holds no formula', () => {
    expect(csv([], ['n'], [['=1+1'], ['+x'], ['@x'], ['-x'], ['-5.25'], ['−5']])).toBe(
      "n\r\n'=1+1\r\n'+x\r\n'@x\r\n'-x\r\n-5.25\r\n−5\r\n",
    );
  });
  it('has a plain name', () => {
    expect(fileName(['Café GmbH & Co', 'tools', '2026-11'], 'csv')).toBe('cafe-gmbh-co-tools-2026-11.csv');
  });
});

it('leaves out what keeps dates of another script to themselves', () => {
  expect(csv([], ['a'], [['\u20683 أكتوبر\u2069']])).toBe('a\r\n3 أكتوبر\r\n');
});
