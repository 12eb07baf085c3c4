// An entry of the audit log in words: what was changed, from what to what.
import type { AuditAction } from '../gql/graphql';
import { exact, isolated, moment, NONE } from '../ui/format';
import { cpuName } from '../ui/names';
import { names, text } from '../ui/text';
import { localZone } from '../ui/zone';
import { people } from './text';

const t = people.words;

/** What the words are made from; `before` and `after` are what the API keeps of the object. */
export interface Entry {
  action: AuditAction;
  target?: string | null;
  before?: unknown;
  after?: unknown;
}

type State = Record<string, unknown>;

/** What was done, such as "Low limit 5 → 10 credits". Never empty. */
export function inWords({ action, target, before, after }: Entry): string {
  const [was, is] = [asState(before), asState(after)];
  const of = isolated(target ?? '');
  const told = worded(action, of, was, is) || changes(was, is);
  return told || (of ? `${names.audit[action]}: ${of}` : names.audit[action]);
}

function worded(action: AuditAction, target: string, was: State, is: State): string {
  switch (action) {
    case 'LIMITS_SET':
      return limits(was, is);
    case 'CREDITS_GRANTED':
      return t.granted(amountOf(is), kindOf(is), textOf(is['reference']));
    case 'CREDITS_ADJUSTED':
      return t.adjusted(amountOf(is), textOf(is['reference']));
    case 'PLAN_CHANGED':
      return plan(was, is);
    case 'MEMBER_SET':
      return member(target, was, is);
    case 'MEMBER_REMOVED':
      return t.memberRemoved(textOf(was['name']) || target);
    case 'ROLE_SET':
      return t.roleSet(target, listed(was['permissions'], is['permissions']));
    case 'ROLE_REMOVED':
      return t.roleRemoved(target);
    case 'CONTACTS_SET':
      return t.contacts(listed(was['emails'], is['emails']));
    case 'TOKEN_CREATED':
      return t.tokenCreated(textOf(is['name']) || target, textOf(is['role']));
    case 'TOKEN_REVOKED':
      return t.tokenRevoked(target);
    case 'TOKEN_ROTATED':
      return t.tokenRotated(target, textOf(was['prefix']), textOf(is['prefix']));
    case 'ACCOUNT_CREATED':
      return t.created(textOf(is['name']) || target);
    default:
      return ofUsage(action, is) || ofThings(action, target, was, is);
  }
}

// What was done with usage: taken out, taken back, or made by it.
function ofUsage(action: AuditAction, is: State): string {
  switch (action) {
    case 'USAGE_EXPORTED':
      return textOf(is['table']) && t.exported(textOf(is['table']), whenOf(is['from']), whenOf(is['to']));
    case 'USAGE_VOIDED':
      return t.voided(Number(is['events'] ?? 0), exact(textOf(is['credits']) || '0'), exact(textOf(is['runs']) || '0'));
    case 'RESOURCE_PROVISIONED':
      return t.provisioned(kindsOf(is['kind']), textOf(is['externalId']), textOf(is['eventId']), textOf(is['source']));
    default:
      return '';
  }
}

// What was changed of accounts, resources and prices.
function ofThings(action: AuditAction, target: string, was: State, is: State): string {
  switch (action) {
    case 'PROVISIONING_SET':
      return (['tools', 'models'] as const)
        .filter((key) => was[key] !== is[key])
        .map((key) => t.provisioning[key](is[key] === true))
        .join('; ');
    case 'RATES_SET':
      return t.ratesSet(target, whenOf(is['from']), ratesOf(was, is) || t.ratesOfCard);
    case 'ACCOUNT_UPDATED':
    case 'RESOURCE_UPDATED':
      return t.memberChanged(target, changes(was, is));
    default:
      return '';
  }
}

// What each own rate was and is; one that is named no more is that of the rate card again.
function ratesOf(was: State, is: State): string {
  const [before, after] = [ratesIn(was), ratesIn(is)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => t.rate(name, before.get(name) ?? t.onCard, after.get(name) ?? t.onCard))
    .join('; ');
}

function ratesIn(state: State): Map<string, string> {
  const hosting = Array.isArray(state['hosting']) ? state['hosting'].map(asState) : [];
  return new Map([
    ...Object.entries(asState(state['tokens'])).map(
      ([key, rate]) => [named(key, t.rates), exact(textOf(rate))] as const,
    ),
    ...hosting.map(({ name, rate }) => [cpuName(textOf(name)), exact(textOf(rate))] as const),
  ]);
}

const named = (key: string, among: Record<string, string>) => among[key] ?? key;
const kindsOf = (kind: unknown) => named(textOf(kind), t.kinds);
const whenOf = (at: unknown) => (textOf(at) ? moment(textOf(at), localZone()) : '');

function limits(was: State, is: State): string {
  return (['lowCreditLimit', 'negativeLimit', 'fineTuningLimit'] as const)
    .filter((key) => was[key] !== is[key] && is[key] !== undefined)
    .map((key) => t.limit(t.limits[key], was[key] === undefined ? '' : exact(textOf(was[key])), exact(textOf(is[key]))))
    .join('; ');
}

function amountOf(state: State): string {
  const meter = textOf(state['meter']);
  const amount = textOf(state['amount']);
  return amount ? text.units.amount[meter === 'TOOL_RUNS' ? meter : 'MODEL_CREDITS'](exact(amount)) : '';
}

function kindOf(state: State): string {
  const kind = textOf(state['kind']);
  return (names.grant as Record<string, string>)[kind] ?? kind;
}

function plan(was: State, is: State): string {
  const [old, now] = [nameOf(was['plan']), nameOf(is['plan'])];
  const pending = is['pending'] === null || is['pending'] === undefined ? null : nameOf(is['pending']);
  if (pending !== null) return t.planPending(old, pending);
  return t.planChanged(old, now);
}

function nameOf(value: unknown): string {
  return textOf(asState(value)['name']) || t.noPlan;
}

function member(target: string, was: State, is: State): string {
  const name = textOf(is['name']) || target;
  if (muted(is)) return t.muted(target, listed(mails(muted(was)), mails(muted(is))));
  if (Object.keys(was).length === 0) return t.memberAdded(name, textOf(is['role']));
  if (was['role'] !== is['role']) return t.memberRole(name, textOf(was['role']), textOf(is['role']));
  return t.memberChanged(name, changes(was, is));
}

// Kinds of e-mails that are muted; older entries have another name for them.
const muted = (state: State) => state['muted'] ?? state['mutedEmails'];

// Kinds of e-mails by their names.
const mails = (kinds: unknown) => asList(kinds).map((kind) => (names.email as Record<string, string>)[kind] ?? kind);

// What a list gained and lost.
function listed(before: unknown, after: unknown): string {
  const [was, is] = [asList(before), asList(after)];
  const gained = is.filter((item) => !was.includes(item)).map((item) => `+ ${item}`);
  const lost = was.filter((item) => !is.includes(item)).map((item) => `\u2212 ${item}`);
  return [...gained, ...lost].join(', ') || t.none;
}

// What differs between two states whose meaning is not known here.
function changes(was: State, is: State): string {
  return Object.keys(is)
    .filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]) && !isEmpty(is[key], was[key]))
    .map((key) =>
      was[key] === undefined
        ? `${named(key, t.fields)} ${shown(is[key])}`
        : `${named(key, t.fields)} ${shown(was[key])} → ${shown(is[key])}`,
    )
    .join('; ');
}

const isEmpty = (is: unknown, was: unknown) => (is === null || is === undefined) && (was === null || was === undefined);
const shown = (value: unknown) =>
  value === null || value === '' ? NONE : typeof value === 'object' ? JSON.stringify(value) : String(value);
const asList = (value: unknown): string[] => (Array.isArray(value) ? value.map(String).map(isolated) : []);
const textOf = (value: unknown): string =>
  typeof value === 'string' ? isolated(value) : typeof value === 'number' ? String(value) : '';

function asState(value: unknown): State {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as State) : {};
}
