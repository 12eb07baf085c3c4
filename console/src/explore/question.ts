// What the explorer asks: what it shows, by what, of which usage; it stands in the URL, and can be written as GraphQL.
import type { Category, Granularity, UsageDimension, UsageKind, UsageMeasure } from '../gql/graphql';

/** What can be grouped by within an account. */
export const DIMENSIONS = [
  'RESOURCE',
  'CATEGORY',
  'KIND',
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
  const by = words(params, 'by', DIMENSIONS).slice(0, 2);
  const top = TOPS.find((n) => String(n) === params.get('top')) ?? null;
  return {
    by: by.length > 0 ? by : ['RESOURCE'],
    measure: words(params, 'measure', MEASURES)[0] ?? 'CREDITS',
    categories: words(params, 'category', CATEGORIES),
    kinds: words(params, 'use', KINDS),
    top,
    byChange: params.get('order') === 'change',
  };
}

/** The parameter of what is grouped by. */
export function writeBy(by: (Dimension | null)[]): { by: string | null } {
  const chosen = [...new Set(by.filter((word): word is Dimension => word !== null))];
  return { by: chosen.length === 0 || chosen.join() === 'RESOURCE' ? null : chosen.map(slug).join(',') };
}

/** The question as variables of the API. */
export function variablesOf(question: Question, step: Granularity, compared: boolean) {
  const timed = question.by.includes('TIME');
  const change = question.byChange && compared && (question.measure === 'CREDITS' || question.measure === 'RUNS');
  return {
    groupBy: question.by,
    granularity: timed ? step : null,
    filter: {
      categories: question.categories.length > 0 ? question.categories : null,
      kinds: question.kinds.length > 0 ? question.kinds : null,
    },
    orderBy: timed ? null : [{ measure: question.measure, change, direction: 'DESC' as const }],
    top: timed && question.by.length === 1 ? null : question.top,
  };
}

type Variables = ReturnType<typeof variablesOf>;

/** The question as a document that anybody can run, its values written out. */
export function asGraphQL(
  account: string,
  range: object,
  compare: object | null,
  zone: string,
  asked: Variables,
): string {
  const args = {
    range,
    ...(compare ? { compare } : {}),
    groupBy: asked.groupBy.map(name),
    ...(asked.granularity ? { granularity: name(asked.granularity), timeZone: zone } : {}),
    ...(asked.filter.categories
      ? { filter: filterOf(asked.filter) }
      : asked.filter.kinds
        ? { filter: filterOf(asked.filter) }
        : {}),
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
  const lines = Object.entries(args).map(
    ([key, value]) => `      ${key}: ${literal(key === 'range' ? presets(value) : value)}`,
  );
  const fields = [...new Set(asked.groupBy.flatMap((word) => FIELDS[word]))].join(' ');
  return `query Usage {
  account(id: ${JSON.stringify(account)}) {
    usage(
${lines.join('\n')}
    ) {
      totals { credits runs events inputTokens outputTokens hostingSeconds }
      edges {
        node {
          ${fields}
          credits runs events inputTokens outputTokens hostingSeconds${compare ? '\n          creditsChange { value delta percent }' : ''}
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
const filterOf = ({ categories, kinds }: Variables['filter']) => ({
  ...(categories ? { categories: categories.map(name) } : {}),
  ...(kinds ? { kinds: kinds.map(name) } : {}),
});
const presets = (range: unknown) => {
  const { preset, ...rest } = range as { preset?: string };
  return preset ? { preset: name(preset), ...rest } : rest;
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
