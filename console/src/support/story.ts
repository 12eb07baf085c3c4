// A day of an account as a story: what each resource was charged, and everything else in the order of time, with who
// did it. Each line has a name in it.
import type { DayStoryQuery, Meter } from '../gql/graphql';
import { inWords } from '../people/audit-words';
import { decimal, micro } from '../ui/decimal';
import { exact, isolated } from '../ui/format';
import { names, text } from '../ui/text';
import { told } from '../ui/told';
import { desk } from './text';

const t = desk.day;
type Account = NonNullable<DayStoryQuery['account']>;
type Entry = Account['ledger']['edges'][number]['node'];
type Stop = Account['stops']['edges'][number]['node'];
type Audit = Account['auditLog']['edges'][number]['node'];
type Message = Account['emailMessages']['edges'][number];

/** What a day is told from. */
export interface Facts {
  entries: readonly Entry[];
  stops: readonly Stop[];
  changes: readonly Audit[];
  mails: readonly Message[];
}

/** Something that happened. */
export interface Line {
  key: string;
  at: string;
  kind: 'ledger' | 'change' | 'mail' | 'stop';
  what: string;
  who: string | null;
  /** How many times in a row. */
  times: number;
}

function size(amount: string): string {
  const m = micro(amount);
  return decimal(m < 0n ? -m : m);
}

// A change by a person and the entry that it made are told once; they carry the same second.
const NEAR = 2_000;
const MADE: Record<string, Entry['kind']> = { CREDITS_GRANTED: 'GRANT', CREDITS_ADJUSTED: 'ADJUSTMENT' };

/** Everything but charges, in the order of time. */
export function linesOf({ entries, stops, changes, mails }: Facts): Line[] {
  const told = new Set<string>();
  const makers = (entry: Entry) =>
    changes.find(
      ({ id, action, at }) =>
        !told.has(id) && MADE[action] === entry.kind && Math.abs(Date.parse(at) - Date.parse(entry.postedAt)) <= NEAR,
    );
  const lines: Line[] = [];
  for (const entry of entries) {
    const by = makers(entry);
    if (by) told.add(by.id);
    lines.push({
      key: entry.id,
      at: entry.effectiveAt,
      kind: 'ledger',
      what: by ? inWords(by) : entryWords(entry),
      who: by?.actor.name ?? null,
      times: 1,
    });
  }
  for (const change of changes)
    if (!told.has(change.id))
      lines.push({
        key: change.id,
        at: change.at,
        kind: 'change',
        what: inWords(change),
        who: change.actor.name,
        times: 1,
      });
  for (const mail of mails) lines.push(mailLine(mail));
  lines.push(...stopLines(stops));
  return folded(lines.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)));
}

// The same by the same hand, several times in a row, is one line.
function folded(lines: Line[]): Line[] {
  const told: Line[] = [];
  for (const line of lines) {
    const before = told.at(-1);
    if (before && before.what === line.what && before.who === line.who) before.times++;
    else told.push({ ...line });
  }
  return told;
}

function mailLine({ cursor, node: mail }: Message): Line {
  const shown = mail.copies.slice(0, NAMED).map(({ recipient }) => recipient);
  const more = mail.copyCount - shown.length;
  const to = shown.join(', ') + (more > 0 ? ` +${more}` : '');
  return { key: cursor, at: mail.createdAt, kind: 'mail', what: t.mail(told.mail(mail), to), who: null, times: 1 };
}

// So many recipients of a mail are named.
const NAMED = 3;

// A stop ends all hosting in one second, and is one line.
function stopLines(stops: readonly Stop[]): Line[] {
  const ended = new Map<string, Stop[]>();
  for (const stop of stops) ended.set(stop.end ?? '', [...(ended.get(stop.end ?? '') ?? []), stop]);
  return [...ended].map(([at, all]) => {
    const names = all.map(({ deployment, resource, resourceId }) => deployment?.name ?? nameOf(resource) ?? resourceId);
    return { key: `stop ${at}`, at, kind: 'stop', what: t.stop(names.map(isolated).join(', ')), who: null, times: 1 };
  });
}

const nameOf = (resource: Stop['resource']) => (resource && 'name' in resource ? resource.name : null);

const WORDS = { GRANT: t.granted, EXPIRY: t.expired, ADJUSTMENT: t.corrected, REFUND: t.refunded } as const;

function entryWords(entry: Entry): string {
  const amount = inUnits(entry.meter, entry.kind === 'ADJUSTMENT' ? entry.amount : size(entry.amount));
  const lines = entry.lines.map((line) => isolated(line.resourceName)).join(', ');
  const named = entry.resourceName ? isolated(entry.resourceName) : lines;
  const given = entry.grant && entry.kind === 'GRANT' ? names.grant[entry.grant.kind] : null;
  const what =
    [named || given, entry.note && isolated(told.known(entry.note))].filter(Boolean).join(' · ') ||
    names.cause[entry.cause];
  return WORDS[entry.kind as keyof typeof WORDS](amount, what);
}

/** An amount with its unit, every digit. */
export function inUnits(meter: Meter, amount: string): string {
  return text.units.amount[meter](exact(amount));
}
