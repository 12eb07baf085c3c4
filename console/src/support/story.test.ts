import { expect, it } from 'vitest';
import { chargesOf, linesOf } from './story';

type Entry = Parameters<typeof chargesOf>[0][number];
type Change = Parameters<typeof linesOf>[1][number];
type Mail = Parameters<typeof linesOf>[2][number];

const entry = (fields: Partial<Entry>): Entry => ({
  id: 'e1',
  kind: 'CHARGE',
  meter: 'MODEL_CREDITS',
  amount: '-1',
  postedAt: '2026-11-12T10:00:00Z',
  effectiveAt: '2026-11-12T10:00:00Z',
  cause: 'EVENTS',
  resourceId: null,
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

const mail = (fields: Partial<Mail>): Mail => ({
  id: 'm1',
  kind: 'STEP',
  subject: 'Half used',
  recipient: 'a@example.com',
  createdAt: '2026-11-12T09:00:00Z',
  ...fields,
});

it('adds up charges by resource, the dearest first, credits before runs', () => {
  const charges = chargesOf([
    entry({ id: '1', lines: [{ resourceId: 'm', resourceName: 'Mistral', amount: '1.5' }] }),
    entry({ id: '2', lines: [{ resourceId: 'm', resourceName: 'Mistral', amount: '0.25' }] }),
    entry({ id: '3', cause: 'HOSTING', resourceId: 'g', resourceName: 'Toxic', amount: '-3' }),
    entry({ id: '4', meter: 'TOOL_RUNS', resourceId: 't', resourceName: 'Weather', amount: '-9' }),
    entry({ id: '5', kind: 'GRANT', amount: '100' }),
  ]);
  expect(charges.map(({ name, amount, meter }) => [name, amount, meter])).toEqual([
    ['Toxic', '3', 'MODEL_CREDITS'],
    ['Mistral', '1.75', 'MODEL_CREDITS'],
    ['Weather', '9', 'TOOL_RUNS'],
  ]);
});

it('tells a grant once, with its reference and who gave it, and mails in the order of time', () => {
  const lines = linesOf([entry({ kind: 'GRANT', cause: 'GRANT', amount: '500' })], [change({})], [mail({})]);
  expect(lines.map(({ kind, what, who }) => [kind, what, who])).toEqual([
    ['mail', 'Mail “Half used” to a@example.com', null],
    ['ledger', '500 credits granted (Top-up): Order 7', 'Sam'],
  ]);
});

it('tells a grant and a change apart that are further from one another', () => {
  const late = change({ at: '2026-11-12T11:00:00Z' });
  const lines = linesOf([entry({ kind: 'GRANT', cause: 'GRANT', amount: '500', note: 'Plan' })], [late], []);
  expect(lines.map(({ what }) => what)).toEqual(['500 credits granted: Plan', '500 credits granted (Top-up): Order 7']);
});

it('says what kind of grant it was that came by itself', () => {
  const free = entry({ kind: 'GRANT', cause: 'GRANT', amount: '75', grant: { id: 'g', kind: 'FREE' } });
  expect(linesOf([free], [], []).map(({ what }) => what)).toEqual(['75 credits granted: Free']);
});

it('names what a stop was about, and folds what repeats', () => {
  const lines = linesOf([], [], [mail({ id: '1', kind: 'STOPPED' }), mail({ id: '2' }), mail({ id: '3' })]);
  expect(lines.map(({ kind, times }) => [kind, times])).toEqual([
    ['stop', 1],
    ['mail', 2],
  ]);
});
