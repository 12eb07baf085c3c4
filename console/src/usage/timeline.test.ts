import { expect, it } from 'vitest';
import { mostOf, placed, type Segment, spanOf } from './timeline';

const span = { from: Date.parse('2026-05-01T00:00:00Z'), to: Date.parse('2026-05-11T00:00:00Z') };
const at = (start: string, end: string | null) => placed({ start, end }, span);

it('places a segment within the time that is shown', () => {
  expect(at('2026-05-03T00:00:00Z', '2026-05-04T12:00:00Z')).toEqual([20, 15]);
  expect(at('2026-04-20T00:00:00Z', '2026-05-02T00:00:00Z')).toEqual([0, 10]);
  expect(at('2026-05-10T00:00:00Z', null)).toEqual([90, 10]);
  expect(at('2026-05-10T00:00:00Z', '2026-05-20T00:00:00Z')).toEqual([90, 10]);
});

it('shows what is over of a period, and the dearest hour as the darkest', () => {
  const range = { from: '2026-05-01T00:00:00Z', to: '2026-06-01T00:00:00Z' };
  const answer = { range, asOf: '2026-05-11T00:00:00Z' } as Parameters<typeof spanOf>[0];
  expect(spanOf(answer)).toEqual(span);
  const segments = [
    { ratePerHour: '1.5', replicas: 2 },
    { ratePerHour: '2.5', replicas: 1 },
  ] as Segment[];
  expect(mostOf(segments)).toBe(3);
  expect(mostOf([])).toBe(0);
});
