import { describe, expect, it } from 'vitest';
import { readPage, rows, steps } from './paging';

const read = (text: string) => readPage(new URLSearchParams(text));
const info = { hasNextPage: true, hasPreviousPage: true, startCursor: 's', endCursor: 'e' };
const follow = (changes: Record<string, string | null>) => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(changes)) if (value !== null) params.set(name, value);
  return readPage(params);
};

describe('pages', () => {
  it('begin with the first 25', () => expect(read('')).toEqual({ size: 25, number: 1, args: { first: 25 } }));
  it('take sizes on offer only', () => {
    expect(read('size=100').size).toBe(100);
    expect(read('size=1000000').size).toBe(25);
    expect(read('size=100&after=x&page=-3')).toEqual({ size: 100, number: 1, args: { first: 100, after: 'x' } });
  });
  it('lead on, back and to both ends', () => {
    const s = steps(read('after=x&page=3'), info, 10_000);
    expect(follow(s.next!)).toEqual({ size: 25, number: 4, args: { first: 25, after: 'e' } });
    expect(follow(s.previous!)).toEqual({ size: 25, number: 2, args: { last: 25, before: 's' } });
    expect(follow(s.first!)).toEqual({ size: 25, number: 1, args: { first: 25 } });
    expect(follow(s.last!)).toEqual({ size: 25, number: 400, args: { last: 25 } });
  });
  it('go from the second to the first by its front, so that new rows are not missed', () => {
    expect(follow(steps(read('after=x&page=2'), info, 60).previous!)).toEqual({
      size: 25,
      number: 1,
      args: { first: 25 },
    });
  });
  it('end with the rest', () => {
    const last = follow(steps(read(''), info, 60).last!);
    expect(last).toEqual({ size: 25, number: 3, args: { last: 10 } });
    expect(rows(last, 10, 60)).toEqual({ from: 51, to: 60 });
    expect(rows(read(''), 9, 8)).toEqual({ from: 1, to: 8 });
    expect(rows(read('after=x&page=9'), 3, 8)).toEqual({ from: 6, to: 8 });
  });
  it('know where there is no way', () => {
    expect(steps(read(''), { hasNextPage: false, hasPreviousPage: false }, 3)).toEqual({
      first: null,
      previous: null,
      next: null,
      last: null,
    });
    expect(rows(read(''), 0, 0)).toEqual({ from: 0, to: 0 });
  });
});
