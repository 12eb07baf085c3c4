import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { asGraphQL, isWhole, readQuestion, variablesOf, writeBy } from './question';

const params = (text: string) => new URLSearchParams(text);

describe('a question of the explorer', () => {
  it('is credits by resource unless the URL says otherwise', () => {
    expect(readQuestion(params('by=nonsense&measure=x&top=7'))).toEqual({
      by: ['RESOURCE'],
      measure: 'CREDITS',
      categories: [],
      kinds: [],
      user: null,
      apiKey: null,
      tag: null,
      value: null,
      resourceTag: null,
      top: null,
      byChange: false,
    });
  });
  it('keeps the order of what it groups by, each once', () => {
    expect(readQuestion(params('by=time,owner')).by).toEqual(['TIME', 'OWNER']);
    expect(writeBy(['TIME', 'OWNER'])).toEqual({ by: 'time,owner' });
    expect(writeBy(['OWNER', 'OWNER'])).toEqual({ by: 'owner' });
    expect(writeBy(['RESOURCE', null])).toEqual({ by: null });
  });
  it('is written as a document that parses, with its values', () => {
    const question = readQuestion(params('by=owner,time&measure=runs&top=5&category=tools&use=tool-run'));
    const asked = variablesOf(question, 'DAY', true);
    const document = asGraphQL(
      'QQ==',
      { preset: 'LAST_30_DAYS', timeZone: 'UTC' },
      { period: 'PREVIOUS_PERIOD' },
      'UTC',
      asked,
    );
    expect(() => parse(document)).not.toThrow();
    expect(document).toContain('range: { preset: LAST_30_DAYS, timeZone: "UTC" }');
    expect(document).toContain('compare: { period: PREVIOUS_PERIOD }');
    expect(document).toContain('groupBy: [OWNER, TIME]');
    expect(document).toContain('filter: { categories: [TOOLS], kinds: [TOOL_RUN] }');
    expect(document).toContain('ownerName start end partial');
  });
  it('is by user and by tags, of one user and one value', () => {
    const question = readQuestion(params('by=user,tag&tag=team&value=red,%20blue&user=&api-key=k-1'));
    expect(isWhole(question)).toBe(true);
    expect(isWhole(readQuestion(params('by=tag')))).toBe(false);
    expect(isWhole(readQuestion(params('by=resource-tag')))).toBe(false);
    const asked = variablesOf(question, 'DAY', false);
    expect(asked.tagKeys).toEqual(['team']);
    expect(asked.filter).toEqual({
      categories: null,
      kinds: null,
      users: [''],
      apiKeys: ['k-1'],
      tags: [{ key: 'team', values: ['red, blue'] }],
    });
    const document = asGraphQL('QQ==', { preset: 'LAST_7_DAYS' }, null, 'UTC', asked);
    expect(() => parse(document)).not.toThrow();
    expect(document).toContain('tagKeys: ["team"]');
    expect(document).toContain('users: [""], apiKeys: ["k-1"], tags: [{ key: "team", values: ["red, blue"] }]');
  });
  it('orders by change only what is compared', () => {
    const question = readQuestion(params('order=change'));
    expect(variablesOf(question, 'DAY', true).orderBy).toEqual([
      { measure: 'CREDITS', change: true, direction: 'DESC' },
    ]);
    expect(variablesOf(question, 'DAY', false).orderBy?.[0]?.change).toBe(false);
  });
});
