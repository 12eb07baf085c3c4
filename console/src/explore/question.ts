// What the explorer asks: what it shows, by what, of which usage; it stands in the URL, and can be written as GraphQL.
import type { Category, Granularity, UsageDimension, UsageKind, UsageMeasure } from '../gql/graphql';
import { readStep } from '../usage/step';

/** What can be grouped by within an account. */
export const DIMENSIONS = [
  'RESOURCE',
  'CATEGORY',
  'KIND',
  'USER',
  'API_KEY',
  'TAG',
  'RESOURCE_TAG',
  'OWNER',
  'DEPLOYMENT',
  'HARDWARE',
  'TIME',
  'DAY_OF_WEEK',
  'HOUR_OF_DAY',
] as const satisfies readonly UsageDimension[];
export type Dimension = (typeof DIMENSIONS)[number];

/** What can be shown and ordered by. */
export const MEASURES = [
  'CREDITS',
  'RUNS',
  'EVENTS',
  'TOKENS',
  'INPUT_TOKENS',
  'OUTPUT_TOKENS',
  'CACHE_READ_TOKENS',
  'CACHE_WRITE_TOKENS',
  'REASONING_TOKENS',
  'HOSTING_SECONDS',
  'REPLICA_SECONDS',
  'CREDITS_PER_1000_TOKENS',
  'CREDITS_PER_RUN',
  'RESOURCES',
  'USERS',
] as const satisfies readonly UsageMeasure[];
export type Measure = (typeof MEASURES)[number];

const WHOLES: readonly Measure[] = ['CREDITS_PER_1000_TOKENS', 'CREDITS_PER_RUN', 'RESOURCES', 'USERS'];

/** Reports whether the figures of parts add up to that of the whole: ratios and numbers of different things do not. */
export function adds(measure: Measure): boolean {
  return !WHOLES.includes(measure);
}

const UNCOMPARED: readonly Measure[] = [
  'TOKENS',
  'CACHE_READ_TOKENS',
  'CACHE_WRITE_TOKENS',
  'REASONING_TOKENS',
  'CREDITS_PER_1000_TOKENS',
  'CREDITS_PER_RUN',
];

/** Reports whether the API compares the figures of a measure. */
export function isCompared(measure: Measure): boolean {
  return !UNCOMPARED.includes(measure);
}

/** What rows are ordered by: a figure, or how much that which is shown changed. */
export type Field = Measure | 'CHANGE';

/** What narrows the question to one thing each, by the name in the URL; null: whichever. */
export interface Only {
  resource: string | null; // ids
  deployment: string | null;
  owner: string | null; // names
  hardware: string | null;
  hour: number | null; // 0 to 23
  weekday: number | null; // 1 for Monday to 7
}
export const ONLY = ['resource', 'deployment', 'owner', 'hardware', 'hour', 'weekday'] as const;

export const CATEGORIES = ['MODELS', 'GUARDRAILS', 'SCRIPTS', 'TOOLS'] as const satisfies readonly Category[];
export const KINDS = ['INFERENCE', 'HOSTING', 'FINE_TUNING', 'TOOL_RUN'] as const satisfies readonly UsageKind[];
export const TOPS = [5, 10, 20] as const;

/** A question. */
export interface Question {
  by: Dimension[]; // one or two, none twice
  measure: Measure;
  categories: Category[];
  kinds: UsageKind[];
  /** The user and the API key that events name; null: whichever, '': none. */
  user: string | null;
  apiKey: string | null;
  /** The tag of events that is grouped by or filtered, and its value; a value null is any. */
  tag: string | null;
  value: string | null;
  /** The tag of resources that is grouped by. */
  resourceTag: string | null;
  only: Only;
  top: number | null;
  order: { field: Field; direction: 'ASC' | 'DESC' };
  /** Buckets of time; null: as the period asks for. */
  step: Granularity | null;
}

const slug = (word: string) => word.toLowerCase().replaceAll('_', '-');

function words<W extends string>(params: URLSearchParams, name: string, offered: readonly W[]): W[] {
  const asked = (params.get(name) ?? '').split(',');
  return offered
    .filter((word) => asked.includes(slug(word)))
    .sort((a, b) => asked.indexOf(slug(a)) - asked.indexOf(slug(b)));
}

/** The question of the URL; credits by resource where it says nothing. */
export function readQuestion(params: URLSearchParams): Question {
  const tag = params.get('tag') || null;
  const resourceTag = params.get('resource-tag') || null;
  const by = words(params, 'by', DIMENSIONS).slice(0, 2);
  const top = TOPS.find((n) => String(n) === params.get('top')) ?? null;
  const measure = words(params, 'measure', MEASURES)[0] ?? 'CREDITS';
  return {
    by: by.length > 0 ? by : ['RESOURCE'],
    measure,
    categories: words(params, 'category', CATEGORIES),
    kinds: words(params, 'use', KINDS),
    user: params.get('user'),
    apiKey: params.get('api-key'),
    tag,
    value: tag === null ? null : params.get('value'),
    resourceTag,
    only: {
      resource: params.get('resource') || null,
      deployment: params.get('deployment') || null,
      owner: params.get('owner') || null,
      hardware: params.get('hardware') || null,
      hour: number(params, 'hour', 0, 23),
      weekday: number(params, 'weekday', 1, 7),
    },
    top,
    order: orderOf(params, measure),
    step: readStep(params),
  };
}

function number(params: URLSearchParams, name: string, least: number, most: number): number | null {
  const value = params.get(name);
  return value && /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most ? Number(value) : null;
}

// Links of an earlier version say `order=change`.
function orderOf(params: URLSearchParams, measure: Measure): Question['order'] {
  const field = words(params, 'sort', [...MEASURES, 'CHANGE'] as const)[0];
  if (field) return { field, direction: params.get('dir') === 'asc' ? 'ASC' : 'DESC' };
  return { field: params.get('order') === 'change' ? 'CHANGE' : measure, direction: 'DESC' };
}

/** The parameters of an order; that of the figure shown, the largest first, is left out. */
export function writeOrder(field: Field, direction: 'ASC' | 'DESC', measure: Measure) {
  const usual = field === measure && direction === 'DESC';
  return { order: null, sort: usual ? null : slug(field), dir: usual ? null : direction.toLowerCase() };
}

/** The parameter of what is grouped by. */
export function writeBy(by: (Dimension | null)[]): { by: string | null } {
  const chosen = [...new Set(by.filter((word): word is Dimension => word !== null))];
  return { by: chosen.length === 0 || chosen.join() === 'RESOURCE' ? null : chosen.map(slug).join(',') };
}

/** Reports whether the question names the key of every tag that it groups by. */
export function isWhole({ by, tag, resourceTag }: Question): boolean {
  return !(by.includes('TAG') && tag === null) && !(by.includes('RESOURCE_TAG') && resourceTag === null);
}

/** The question as variables of the API. */
export function variablesOf(question: Question, step: Granularity, compared: boolean) {
  const { by, measure, categories, kinds, user, apiKey, tag, value, resourceTag, only, order } = question;
  const timed = by.includes('TIME');
  const change = order.field === 'CHANGE' && compared && isCompared(measure);
  const one = <T>(value: T | null): T[] | null => (value === null ? null : [value]);
  return {
    // The category says where the page of a resource is; it splits no resource.
    groupBy: by.includes('RESOURCE') && !by.includes('CATEGORY') ? [...by, 'CATEGORY' as const] : by,
    tagKeys: by.includes('TAG') && tag !== null ? [tag] : null,
    resourceTagKeys: by.includes('RESOURCE_TAG') && resourceTag !== null ? [resourceTag] : null,
    granularity: timed ? (question.step ?? step) : null,
    rare: RARE.includes(measure),
    filter: {
      categories: categories.length > 0 ? categories : null,
      kinds: kinds.length > 0 ? kinds : null,
      users: one(user),
      apiKeys: one(apiKey),
      tags: tag === null || value === null ? null : [{ key: tag, values: [value] }],
      resourceIds: one(only.resource),
      deploymentIds: one(only.deployment),
      owners: one(only.owner),
      hardware: one(only.hardware),
      hoursOfDay: one(only.hour),
      daysOfWeek: one(only.weekday),
    },
    orderBy: timed
      ? null
      : [{ measure: order.field === 'CHANGE' ? measure : order.field, change, direction: order.direction }],
    top: timed && by.length === 1 ? null : question.top,
  };
}

type Variables = ReturnType<typeof variablesOf>;

// Figures that are asked for where they are shown alone.
const RARE: readonly Measure[] = [
  'REPLICA_SECONDS',
  'CREDITS_PER_1000_TOKENS',
  'CREDITS_PER_RUN',
  'RESOURCES',
  'USERS',
];
const MEASURED =
  'credits runs events inputTokens outputTokens cacheReadTokens cacheWriteTokens reasoningTokens hostingSeconds';
const camel = (word: string) => word.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The question as a document that anybody can run, its values written out. */
export function asGraphQL(
  account: string,
  range: object,
  compare: object | null,
  zone: string,
  asked: Variables,
  measure: Measure = 'CREDITS',
): string {
  const filter = filterOf(asked.filter);
  const measured = RARE.includes(measure) ? `${MEASURED} ${camel(measure)}` : MEASURED;
  const change = compare && isCompared(measure) ? `\n          ${camel(measure)}Change { value delta percent }` : '';
  const args = {
    range,
    ...(compare ? { compare } : {}),
    groupBy: asked.groupBy.map(name),
    ...(asked.tagKeys ? { tagKeys: asked.tagKeys } : {}),
    ...(asked.resourceTagKeys ? { resourceTagKeys: asked.resourceTagKeys } : {}),
    ...(asked.granularity ? { granularity: name(asked.granularity), timeZone: zone } : {}),
    ...(Object.keys(filter).length > 0 ? { filter } : {}),
    ...(asked.orderBy
      ? {
          orderBy: asked.orderBy.map((o) => ({
            measure: name(o.measure),
            change: o.change,
            direction: name(o.direction),
          })),
        }
      : {}),
    ...(asked.top ? { top: asked.top } : {}),
    first: 100,
  };
  const lines = Object.entries(args).map(([key, value]) => `      ${key}: ${literal(ENUMS[key]?.(value) ?? value)}`);
  const fields = [...new Set(asked.groupBy.flatMap((word) => FIELDS[word]))].join(' ');
  return `query Usage {
  account(id: ${JSON.stringify(account)}) {
    usage(
${lines.join('\n')}
    ) {
      totals { ${measured} }
      edges {
        node {
          ${fields}
          ${measured}${change}
        }
      }
    }
  }
}
`;
}

const FIELDS: Record<UsageDimension, string[]> = {
  ACCOUNT: ['accountId', 'accountName'],
  CATEGORY: ['category'],
  KIND: ['kind'],
  RESOURCE: ['resourceId', 'resourceName'],
  DEPLOYMENT: ['deploymentId', 'deploymentName'],
  PLAN: ['planId', 'planName'],
  USER: ['user', 'beyond'],
  API_KEY: ['apiKey', 'beyond'],
  TAG: ['tags { key value }', 'beyond'],
  RESOURCE_TAG: ['resourceTags { key value }'],
  OWNER: ['ownerName'],
  HARDWARE: ['hardware'],
  HOUR_OF_DAY: ['hourOfDay'],
  DAY_OF_WEEK: ['dayOfWeek'],
  TIME: ['start', 'end', 'partial'],
} as Record<UsageDimension, string[]>;

// A word of an enum, which stands without quotes.
class Name {
  constructor(readonly word: string) {}
}
const name = (word: string) => new Name(word);
const filterOf = ({ categories, kinds, ...rest }: Variables['filter']) =>
  Object.fromEntries(
    Object.entries({ categories: categories?.map(name), kinds: kinds?.map(name), ...rest }).filter(([, of]) => of),
  );
// What of an argument is a word of an enum.
const ENUMS: Record<string, (value: unknown) => object> = {
  range: (value) => {
    const { preset, ...rest } = value as { preset?: string };
    return preset ? { preset: name(preset), ...rest } : rest;
  },
  compare: (value) => {
    const { period, ...rest } = value as { period?: string };
    return period ? { period: name(period) } : rest;
  },
};

function literal(value: unknown): string {
  if (value instanceof Name) return value.word;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .filter(([, of]) => of !== null && of !== undefined)
      .map(([key, of]) => `${key}: ${literal(of)}`)
      .join(', ')} }`;
  return JSON.stringify(value);
}
