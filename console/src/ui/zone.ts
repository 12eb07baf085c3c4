// Local days of a time zone as instants, by Intl alone.

/** The zone of this browser. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** Whether the browser knows the zone. */
export function isZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en-US', { timeZone: name }));
  } catch {
    return false;
  }
}

/** Every zone the browser knows, UTC first. */
export function zones(): string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
}

// The wall clock of an instant in a zone, as if it were UTC, in milliseconds.
function wall(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23',
    year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  }).formatToParts(instant);
  const at = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
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

/** The day that lies so many days after. */
export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The day that lies so many months before, clamped to the month's end. */
export function minusMonths(day: string, months: number): string {
  const [y = 0, m = 1, d = 1] = day.split('-').map(Number);
  const last = new Date(Date.UTC(y, m - months, 0)).getUTCDate();
  return new Date(Date.UTC(y, m - 1 - months, Math.min(d, last))).toISOString().slice(0, 10);
}
