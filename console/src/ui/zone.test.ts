import { expect, it } from 'vitest';
import { meansZone, offsetName, presentName, zones } from './zone';

it.each([
  ['Kathmandu', 'Asia/Kathmandu'],
  ['katmandu', 'Asia/Kathmandu'],
  ['Kolkata', 'Asia/Kolkata'],
  ['calcutta', 'Asia/Kolkata'],
  ['Kyiv', 'Europe/Kyiv'],
  ['kiev', 'Europe/Kyiv'],
  ['ho chi minh', 'Asia/Ho_Chi_Minh'],
  ['Saigon', 'Asia/Ho_Chi_Minh'],
  ['Yangon', 'Asia/Yangon'],
  ['new york', 'America/New_York'],
  ['Buenos Aires', 'America/Argentina/Buenos_Aires'],
  ['Nuuk', 'America/Nuuk'],
  ['são paulo', 'America/Sao_Paulo'],
  ['vienna', 'Europe/Vienna'],
  ['utc', 'UTC'],
  ['port-au', 'America/Port-au-Prince'],
])('%s finds %s', (typed, wanted) => {
  expect(zones().filter((zone) => meansZone(zone, typed))).toContain(wanted);
});

it('each zone is listed once, by a name that the browser takes', () => {
  expect(new Set(zones()).size).toBe(zones().length);
  expect(zones().map(presentName)).toEqual(zones());
});

it.each([
  ['Asia/Kathmandu', 'UTC+5:45'],
  ['Europe/Vienna', 'UTC+1'],
  ['UTC', 'UTC+0'],
  ['America/St_Johns', 'UTC−3:30'],
])('%s is %s in winter', (zone, wanted) => expect(offsetName(zone, new Date('2026-01-15T12:00:00.5Z'))).toBe(wanted));
