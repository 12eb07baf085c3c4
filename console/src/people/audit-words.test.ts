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
    [
      {
        action: 'USAGE_EXPORTED',
        target: 'usage',
        before: null,
        after: { table: 'usage', from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z', everyAccount: false },
      },
      /^Table usage taken out: (Oct 31|Nov 1), 2026, .+ – Nov [12], 2026, /,
    ],
    [
      { action: 'USAGE_VOIDED', target: 'usage', after: { events: 2, credits: '1.5', runs: 3, source: 'e2e' } },
      '2 events taken back: 1.5 credits and 3 tool runs given back',
    ],
    [
      {
        action: 'RESOURCE_PROVISIONED',
        target: 'crm',
        after: { kind: 'TOOL', externalId: 'crm', source: 'gateway', eventId: 'e-1' },
      },
      'Tool crm made by the event e-1 of gateway',
    ],
    [
      {
        action: 'PROVISIONING_SET',
        target: 'Shop',
        before: { tools: true, models: false },
        after: { tools: false, models: false },
      },
      'Events make no tools any more',
    ],
    [
      {
        action: 'RATES_SET',
        target: 'Mistral',
        before: { from: '1970-01-01T00:00:00Z', tokens: { inputRate: '1' }, hosting: [] },
        after: {
          from: '2026-11-02T12:00:00Z',
          tokens: { outputRate: '1500.5' },
          hosting: [{ category: 'MODELS', name: 'g5.xlarge', rate: '2' }],
        },
      },
      new RegExp(
        '^Prices of Mistral from Nov [123], 2026, .+: input 1 → as on the rate card; ' +
          'output as on the rate card → 1,500\\.5; g5\\.xlarge as on the rate card → 2$',
      ),
    ],
    [
      {
        action: 'RESOURCE_UPDATED',
        target: 'Lookup',
        before: { ownerName: 'Mia', externalId: null },
        after: { ownerName: 'Adam', externalId: 'crm' },
      },
      'Lookup: owner Mia → Adam; own ID — → crm',
    ],
    [{ action: 'TOKEN_REVOKED', target: 'CI' }, 'Token CI revoked'],
    [
      { action: 'TOKEN_ROTATED', target: 'CI', before: { prefix: 'ug_a' }, after: { prefix: 'ug_b' } },
      'Token CI rotated: ug_a… → ug_b…',
    ],
    [
      {
        action: 'MEMBER_SET',
        target: 'f@x.example',
        before: { muted: ['ZERO'] },
        after: { muted: ['GRANT_EXPIRED'] },
      },
      'E-mails muted by f@x.example: + Grant expired, − No credits left',
    ],
    [
      { action: 'MEMBER_SET', target: 'f@x.example', before: { mutedEmails: [] }, after: { mutedEmails: ['ZERO'] } },
      'E-mails muted by f@x.example: + No credits left',
    ],
    [{ action: 'USAGE_EXPORTED' }, 'Usage exported'],
    // A name that runs from right to left turns nothing around it.
    [{ action: 'ROLE_REMOVED', target: 'مالية (٢)' }, 'Role \u2068مالية (٢)\u2069 removed'],
    [
      { action: 'MEMBER_SET', before: null, target: 'f@x.example', after: { name: 'דנה', role: 'ADMIN' } },
      '\u2068דנה\u2069 added as ADMIN',
    ],
  ] as const)('%j', (entry, words) => {
    if (typeof words === 'string') expect(inWords(entry)).toBe(words);
    else expect(inWords(entry)).toMatch(words);
  });
});
