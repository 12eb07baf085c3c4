// What the explorer asks: what it shows, by what, of which usage; it stands in the URL, and can be written as GraphQL.
import type { Category, Granularity, UsageDimension, UsageKind, UsageMeasure } from '../gql/graphql';

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
  'INPUT_TOKENS',
  'OUTPUT_TOKENS',
  'CACHE_READ_TOKENS',
  'CACHE_WRITE_TOKENS',
  'REASONING_TOKENS',
  'HOSTING_SECONDS',
] as const satisfies readonly UsageMeasure[];
export type Measure = (typeof MEASURES)[number];

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
  top: number | null;
  /** Ordered by how much it changed, where it is compared. */
  byChange: boolean;
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
  return {
    by: by.length > 0 ? by : ['RESOURCE'],
    measure: words(params, 'measure', MEASURES)[0] ?? 'CREDITS',
    categories: words(params, 'category', CATEGORIES),
    kinds: words(params, 'use', KINDS),
    user: params.get('user'),
    apiKey: params.get('api-key'),
    tag,
    value: tag === null ? null : params.get('value'),
    resourceTag,
    top,
    byChange: params.get('order') === 'change',
  };
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
  const { by, measure, categories, kinds, user, apiKey, tag, value, resourceTag } = question;
  const timed = by.includes('TIME');
  const change = question.byChange && compared;
  return {
    groupBy: by,
    tagKeys: by.includes('TAG') && tag !== null ? [tag] : null,
    resourceTagKeys: by.includes('RESOURCE_TAG') && resourceTag !== null ? [resourceTag] : null,
    granularity: timed ? step : null,
    filter: {
      categories: categories.length > 0 ? categories : null,
      kinds: kinds.length > 0 ? kinds : null,
      users: user === null ? null : [user],
      apiKeys: apiKey === null ? null : [apiKey],
      tags: tag === null || value === null ? null : [{ key: tag, values: [value] }],
    },
    orderBy: timed ? null : [{ measure, change, direction: 'DESC' as const }],
    top: timed && by.length === 1 ? null : question.top,
  };
}

type Variables = ReturnType<typeof variablesOf>;

const MEASURED =
  'credits runs events inputTokens outputTokens cacheReadTokens cacheWriteTokens reasoningTokens hostingSeconds';
const CHANGE = '\n          creditsChange { value delta percent }';

/** The question as a document that anybody can run, its values written out. */
export function asGraphQL(
  account: string,
  range: object,
  compare: object | null,
  zone: string,
  asked: Variables,
): string {
  const filter = filterOf(asked.filter);
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
      totals { ${MEASURED} }
      edges {
        node {
          ${fields}
          ${MEASURED}${compare ? CHANGE : ''}
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
