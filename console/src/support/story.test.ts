import { expect, it } from 'vitest';
import { type Facts, linesOf } from './story';

type Entry = Facts['entries'][number];
type Change = Facts['changes'][number];
type Mail = Facts['mails'][number];
type Stop = Facts['stops'][number];

const day = (facts: Partial<Facts>) => linesOf({ entries: [], stops: [], changes: [], mails: [], ...facts });

const entry = (fields: Partial<Entry>): Entry => ({
  id: 'e1',
  kind: 'GRANT',
  meter: 'MODEL_CREDITS',
  amount: '-1',
  postedAt: '2026-11-12T10:00:00Z',
  effectiveAt: '2026-11-12T10:00:00Z',
  cause: 'GRANT',
  resourceName: null,
  grant: null,
  note: null,
  lines: [],
  ...fields,
});

const change = (fields: Partial<Change>): Change => ({
  id: 'c1',
  at: '2026-11-12T10:00:01Z',
  action: 'CREDITS_GRANTED',
  actor: { kind: 'USER', name: 'Sam', role: null } as Change['actor'],
  target: 'Shop',
  before: null,
  after: { amount: '500', meter: 'MODEL_CREDITS', kind: 'TOP_UP', reference: 'Order 7' },
  ...fields,
});

const mail = (cursor: string, fields: Partial<Mail['node']> = {}): Mail => ({
  cursor,
  node: {
    kind: 'STEP',
    subject: 'Half used',
    createdAt: '2026-11-12T09:00:00Z',
    copyCount: 1,
    copies: [{ recipient: 'a@example.com' }],
    ...fields,
  },
});

const stop = (name: string, fields: Partial<Stop> = {}): Stop => ({
  resourceId: name,
  end: '2026-11-12T08:00:00Z',
  resource: { __typename: 'Script', name } as Stop['resource'],
  deployment: null,
  ...fields,
});

it('tells a grant once, with its reference and who gave it, and mails in the order of time', () => {
  const lines = day({ entries: [entry({ amount: '500' })], changes: [change({})], mails: [mail('m')] });
  expect(lines.map(({ kind, what, who }) => [kind, what, who])).toEqual([
    ['mail', 'Mail “Half used” to a@example.com', null],
    ['ledger', '500 credits granted (Top-up): Order 7', 'Sam'],
  ]);
});

it('tells a grant and a change apart that are further from one another', () => {
  const late = change({ at: '2026-11-12T11:00:00Z' });
  const lines = day({ entries: [entry({ amount: '500', note: 'Plan' })], changes: [late] });
  expect(lines.map(({ what }) => what)).toEqual(['500 credits granted: Plan', '500 credits granted (Top-up): Order 7']);
});

it('says what kind of grant it was that came by itself', () => {
  const free = entry({ amount: '75', grant: { id: 'g', kind: 'FREE' } });
  expect(day({ entries: [free] }).map(({ what }) => what)).toEqual(['75 credits granted: Free']);
});

it('tells a stop once, by the names of all that it ended, and another one apart', () => {
  const of = { name: 'prod' } as Stop['deployment'];
  const later = stop('Late', { end: '2026-11-12T23:00:00Z' });
  const lines = day({
    stops: [later, stop('Mistral', { deployment: of }), stop('Nightly'), stop('gone', { resource: null })],
  });
  expect(lines.map(({ kind, what }) => [kind, what])).toEqual([
    ['stop', 'The negative limit was reached and stopped prod, Nightly, gone'],
    ['stop', 'The negative limit was reached and stopped Late'],
  ]);
});

it('tells a mail once, whoever got it, and folds what repeats', () => {
  const five = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ recipient: `${name}@example.com` }));
  const many = mail('1', { subject: 'Stopped', copyCount: 130, copies: five, createdAt: '2026-11-12T08:00:00Z' });
  const lines = day({ mails: [many, mail('2'), mail('3')] });
  expect(lines.map(({ what, times }) => [what, times])).toEqual([
    ['Mail “Stopped” to a@example.com, b@example.com, c@example.com +127', 1],
    ['Mail “Half used” to a@example.com', 2],
  ]);
});
