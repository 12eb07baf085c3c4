import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { asGraphQL, isWhole, readQuestion, variablesOf, writeBy, writeOrder } from './question';

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
      only: { resource: null, deployment: null, owner: null, hardware: null, hour: null, weekday: null },
      top: null,
      order: { field: 'CREDITS', direction: 'DESC' },
      step: null,
    });
  });
  it('asks for the category of each resource, which leads to its page', () => {
    expect(variablesOf(readQuestion(params('by=resource,time')), 'DAY', false).groupBy).toEqual([
      'RESOURCE',
      'TIME',
      'CATEGORY',
    ]);
    expect(variablesOf(readQuestion(params('by=resource,category')), 'DAY', false).groupBy).toEqual([
      'RESOURCE',
      'CATEGORY',
    ]);
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
    expect(asked.filter).toMatchObject({
      categories: null,
      kinds: null,
      users: [''],
      apiKeys: ['k-1'],
      tags: [{ key: 'team', values: ['red, blue'] }],
      owners: null,
    });
    const document = asGraphQL('QQ==', { preset: 'LAST_7_DAYS' }, null, 'UTC', asked);
    expect(() => parse(document)).not.toThrow();
    expect(document).toContain('tagKeys: ["team"]');
    expect(document).toContain('users: [""], apiKeys: ["k-1"], tags: [{ key: "team", values: ["red, blue"] }]');
  });
  it('is narrowed to one thing each; nonsense narrows nothing', () => {
    const question = readQuestion(params('resource=R&owner=Mia&hardware=g5&hour=0&weekday=8&deployment=D'));
    expect(variablesOf(question, 'DAY', false).filter).toMatchObject({
      resourceIds: ['R'],
      owners: ['Mia'],
      hardware: ['g5'],
      deploymentIds: ['D'],
      hoursOfDay: [0],
      daysOfWeek: null,
    });
  });
  it('is ordered by any figure either way; that shown, the largest first, is left out of the URL', () => {
    const order = (text: string) => variablesOf(readQuestion(params(text)), 'DAY', true).orderBy;
    expect(order('measure=runs')).toEqual([{ measure: 'RUNS', change: false, direction: 'DESC' }]);
    expect(order('sort=events&dir=asc')).toEqual([{ measure: 'EVENTS', change: false, direction: 'ASC' }]);
    expect(order('measure=runs&sort=change&dir=asc')).toEqual([{ measure: 'RUNS', change: true, direction: 'ASC' }]);
    expect(writeOrder('RUNS', 'DESC', 'RUNS')).toEqual({ order: null, sort: null, dir: null });
    expect(writeOrder('RUNS', 'ASC', 'RUNS')).toEqual({ order: null, sort: 'runs', dir: 'asc' });
  });
  it('is by time in the step of the URL, and asks for rare figures where they are shown', () => {
    expect(variablesOf(readQuestion(params('by=time&step=week')), 'DAY', false)).toMatchObject({
      granularity: 'WEEK',
      rare: false,
    });
    const asked = variablesOf(readQuestion(params('measure=users')), 'DAY', true);
    expect(asked.rare).toBe(true);
    const document = asGraphQL('QQ==', { preset: 'LAST_7_DAYS' }, { period: 'PREVIOUS_PERIOD' }, 'UTC', asked, 'USERS');
    expect(() => parse(document)).not.toThrow();
    expect(document).toContain('hostingSeconds users');
    expect(document).toContain('usersChange { value delta percent }');
  });
  it('orders by change only what is compared', () => {
    const question = readQuestion(params('order=change'));
    expect(variablesOf(question, 'DAY', true).orderBy).toEqual([
      { measure: 'CREDITS', change: true, direction: 'DESC' },
    ]);
    expect(variablesOf(question, 'DAY', false).orderBy?.[0]?.change).toBe(false);
  });
});
