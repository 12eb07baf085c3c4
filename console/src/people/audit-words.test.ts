import { describe, expect, it } from 'vitest';
import { inWords } from './audit-words';

describe('the audit log in words', () => {
  it.each([
    [
      {
        action: 'LIMITS_SET',
        before: { lowCreditLimit: '5', negativeLimit: '-25' },
        after: { lowCreditLimit: '10', negativeLimit: '-25' },
      },
      'Low limit 5 → 10 credits',
    ],
    [
      {
        action: 'CREDITS_GRANTED',
        after: { kind: 'TOP_UP', meter: 'TOOL_RUNS', amount: '50000', reference: 'Order 4472' },
      },
      '50,000 tool runs granted (Top-up): Order 4472',
    ],
    [
      { action: 'CREDITS_ADJUSTED', after: { meter: 'MODEL_CREDITS', amount: '-5', reference: 'Slip' } },
      '−5 credits: Slip',
    ],
    [
      { action: 'PLAN_CHANGED', before: { plan: { name: 'Team' } }, after: { plan: { name: 'Scale' }, pending: null } },
      'Plan Team → Scale',
    ],
    [
      {
        action: 'PLAN_CHANGED',
        before: { plan: { name: 'Team' } },
        after: { plan: { name: 'Team' }, pending: { name: 'Free' } },
      },
      'Plan Team → Free with the next cycle',
    ],
    [
      { action: 'MEMBER_SET', target: 'f@x.example', before: null, after: { name: 'Fiona', role: 'FINANCE' } },
      'Fiona added as FINANCE',
    ],
    [
      { action: 'MEMBER_SET', before: { name: 'Fiona', role: 'A' }, after: { name: 'Fiona', role: 'B' } },
      'Fiona: role A → B',
    ],
    [
      {
        action: 'ROLE_SET',
        target: 'FINANCE',
        before: { permissions: ['A', 'B'] },
        after: { permissions: ['B', 'C'] },
      },
      'Role FINANCE: + C, − A',
    ],
    [
      { action: 'CONTACTS_SET', before: { emails: [] }, after: { emails: ['a@x.example'] } },
      'Billing contacts: + a@x.example',
    ],
    [{ action: 'TOKEN_CREATED', target: 'CI', after: { name: 'CI', role: 'ADMIN' } }, 'Token CI made for ADMIN'],
    [{ action: 'USAGE_EXPORTED', target: null, before: null, after: { rows: 5 } }, 'rows 5'],
    [{ action: 'TOKEN_REVOKED', target: 'CI' }, 'Token CI revoked'],
    [
      { action: 'TOKEN_ROTATED', target: 'CI', before: { prefix: 'ug_a' }, after: { prefix: 'ug_b' } },
      'Token CI rotated: ug_a… → ug_b…',
    ],
    [
      {
        action: 'MEMBER_SET',
        target: 'f@x.example',
        before: { mutedEmails: ['ZERO'] },
        after: { mutedEmails: ['GRANT_EXPIRED'] },
      },
      'E-mails muted by f@x.example: + Grant expired, − No credits left',
    ],
    [{ action: 'USAGE_EXPORTED' }, 'Usage exported'],
  ] as const)('%j', (entry, words) => {
    expect(inWords(entry)).toBe(words);
  });
});
