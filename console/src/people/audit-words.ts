// An entry of the audit log in words: what was changed, from what to what.
import type { AuditAction } from '../gql/graphql';
import { exact } from '../ui/format';
import { names, text } from '../ui/text';
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
  const told = worded(action, target ?? '', was, is) || changes(was, is);
  return told || (target ? `${names.audit[action]}: ${target}` : names.audit[action]);
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
      return '';
  }
}

function limits(was: State, is: State): string {
  return (['lowCreditLimit', 'negativeLimit', 'fineTuningLimit'] as const)
    .filter((key) => was[key] !== is[key] && is[key] !== undefined)
    .map((key) => t.limit(t.limits[key], was[key] === undefined ? '' : exact(textOf(was[key])), exact(textOf(is[key]))))
    .join('; ');
}

function amountOf(state: State): string {
  const meter = textOf(state['meter']);
  const amount = textOf(state['amount']);
  const unit = meter === 'TOOL_RUNS' ? t.runs : text.units.credits;
  return amount ? `${exact(amount)} ${unit}` : '';
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
  if (is['mutedEmails']) return t.muted(target, listed(mails(was['mutedEmails']), mails(is['mutedEmails'])));
  if (Object.keys(was).length === 0) return t.memberAdded(name, textOf(is['role']));
  if (was['role'] !== is['role']) return t.memberRole(name, textOf(was['role']), textOf(is['role']));
  return t.memberChanged(name, changes(was, is));
}

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
      was[key] === undefined ? `${key} ${shown(is[key])}` : `${key} ${shown(was[key])} → ${shown(is[key])}`,
    )
    .join('; ');
}

const isEmpty = (is: unknown, was: unknown) => (is === null || is === undefined) && (was === null || was === undefined);
const shown = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
const asList = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

function asState(value: unknown): State {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as State) : {};
}
