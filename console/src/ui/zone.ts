// Local days of a time zone as instants, by Intl alone.

// How long the zone of the browser is remembered, in milliseconds: a laptop may travel, and to ask takes a while.
const SETTLED = 60_000;
let found = { zone: '', at: 0 };

/** The zone of this browser, by its present name. */
export function localZone(): string {
  if (!found.zone || Math.abs(Date.now() - found.at) > SETTLED)
    found = { zone: presentName(Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'), at: Date.now() };
  return found.zone;
}

// Names that the time zone database has given up and that browsers go on to tell.
const RENAMED: Record<string, string> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Dacca': 'Asia/Dhaka',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Macao': 'Asia/Macau',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Asia/Thimbu': 'Asia/Thimphu',
  'Asia/Ulan_Bator': 'Asia/Ulaanbaatar',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
  'Etc/UTC': 'UTC',
  'Etc/GMT': 'UTC',
  'Etc/UCT': 'UTC',
  'Etc/Zulu': 'UTC',
  GMT: 'UTC',
  UCT: 'UTC',
  Zulu: 'UTC',
};
const FORMER = Object.entries(RENAMED);

/** The name that the time zone database gives a zone at present. */
export function presentName(zone: string): string {
  return RENAMED[zone] ?? zone;
}

/** How far a zone is from UTC at an instant, such as UTC+5:45. */
export function offsetName(zone: string, at: Date): string {
  const minutes = Math.round((wall(at.getTime(), zone) - Math.floor(at.getTime() / 1_000) * 1_000) / 60_000);
  const size = Math.abs(minutes);
  const rest = size % 60 ? `:${String(size % 60).padStart(2, '0')}` : '';
  return `UTC${minutes < 0 ? '\u2212' : '+'}${Math.floor(size / 60)}${rest}`;
}

/**
 * Reports whether a zone is meant by what a person types: a part of its name, present or former, with or without signs.
 */
export function meansZone(zone: string, typed: string): boolean {
  const wanted = bare(typed);
  const names = [zone, ...FORMER.filter(([, present]) => present === zone).map(([former]) => former)];
  return names.some((name) => bare(name).includes(wanted));
}

function bare(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9+]+/g, ' ')
    .trim();
}

/** Whether the browser knows the zone. */
export function isZone(name: string): boolean {
  try {
    return Boolean(walls(name)); // which is kept, and needed next
  } catch {
    return false;
  }
}

let known: string[] | null = null;

/** Every zone the browser knows by its present name, UTC first. */
export function zones(): string[] {
  if (known) return known;
  // What the browser lists it knows; only where the name is another one it has to be asked: that takes a while.
  const all = Intl.supportedValuesOf('timeZone').flatMap((zone) => {
    const present = presentName(zone);
    return present !== 'UTC' && (present === zone || isZone(present)) ? [present] : [];
  });
  return (known = ['UTC', ...new Set(all.sort())]);
}

// The wall clock of an instant in a zone, as if it were UTC, in milliseconds.
function wall(instant: number, zone: string): number {
  const parts = walls(zone).formatToParts(instant);
  const at = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function walls(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    clocks.set(zone, clock);
  }
  return clock;
}

/** Reports whether the clock of a zone shows the time of an instant twice, as it does when it goes back. */
export function isTwice(instant: number, zone: string): boolean {
  const shown = wall(instant, zone);
  return [30, 60, 120].some((minutes) => [-1, 1].some((way) => wall(instant + way * minutes * 60_000, zone) === shown));
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Reports whether a text is a day of the calendar, as YYYY-MM-DD. 30 February, which browsers take for 2 March, is not.
 */
export function isDay(text: string | null | undefined): text is string {
  if (!text || !DAY.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** The day of an instant in a zone, as YYYY-MM-DD. */
export function localDay(instant: Date, zone: string): string {
  return new Date(wall(instant.getTime(), zone)).toISOString().slice(0, 10);
}

/**
 * The first instant of a local day. Where the clock jumps over midnight, the day begins after the jump.
 */
export function startOfDay(day: string, zone: string): Date {
  const target = Date.parse(`${day}T00:00:00Z`);
  const offsets = [target - 86_400_000, target + 86_400_000].map((near) => wall(near, zone) - near);
  const instants = offsets.map((offset) => target - offset).sort((a, b) => a - b);
  const hit = instants.find((instant) => wall(instant, zone) === target);
  return new Date(hit ?? firstOf(day, zone, instants[0]! - 7_200_000));
}

function firstOf(day: string, zone: string, from: number): number {
  let instant = from;
  while (localDay(new Date(instant), zone) < day) instant += 60_000;
  return instant;
}

/** What the clock of a zone shows at an instant: the day, and the minutes since its midnight. */
export function wallOf(instant: Date, zone: string): { day: string; minutes: number } {
  const shown = new Date(wall(instant.getTime(), zone));
  return { day: shown.toISOString().slice(0, 10), minutes: shown.getUTCHours() * 60 + shown.getUTCMinutes() };
}

/**
 * The instant at which the clock of a zone shows so many minutes past midnight: the first where it shows them twice,
 * the end of the jump where it jumps over them.
 */
export function atWall(day: string, minutes: number, zone: string): Date {
  if (minutes === 0) return startOfDay(day, zone);
  const target = Date.parse(`${day}T00:00:00Z`) + minutes * 60_000;
  const offsets = [target - 86_400_000, target + 86_400_000].map((near) => wall(near, zone) - near);
  const instants = offsets.map((offset) => target - offset).sort((a, b) => a - b);
  const hit = instants.find((instant) => wall(instant, zone) === target);
  if (hit !== undefined) return new Date(hit);
  let instant = instants[0]!;
  while (wall(instant, zone) < target) instant += 60_000;
  while (wall(instant - 60_000, zone) >= target) instant -= 60_000;
  return new Date(instant);
}

/** The day that lies so many days after. */
export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The day that lies so many months after, or null where that month has no such day. */
export function plusMonths(day: string, months: number): string | null {
  const [y = 0, m = 1, d = 1] = day.split('-').map(Number);
  const moved = new Date(Date.UTC(y, m - 1 + months, d));
  return moved.getUTCDate() === d ? moved.toISOString().slice(0, 10) : null;
}

/** The first day of the month that lies so many months after. */
export function firstOfMonth(day: string, months = 0): string {
  const [y = 0, m = 1] = day.split('-').map(Number);
  return new Date(Date.UTC(y, m - 1 + months, 1)).toISOString().slice(0, 10);
}

/** The day that lies so many months before, clamped to the month's end. */
export function minusMonths(day: string, months: number): string {
  const [y = 0, m = 1, d = 1] = day.split('-').map(Number);
  const last = new Date(Date.UTC(y, m - months, 0)).getUTCDate();
  return new Date(Date.UTC(y, m - 1 - months, Math.min(d, last))).toISOString().slice(0, 10);
}
