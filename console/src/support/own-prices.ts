// Own prices as a form holds them: what it begins with, what was typed, and what would change. Setting prices sets all
// of them, so the form holds all.
import type { Category, OwnPriceCardQuery, OwnPricesQuery } from '../gql/graphql';
import { micro } from '../ui/decimal';
import { readTyped } from '../ui/typed';

type Account = NonNullable<OwnPricesQuery['account']>;
export type Own = Account['ownRates'][number];
export type Model = Account['models']['edges'][number]['node'];
export type RateCard = NonNullable<OwnPriceCardQuery['rateCard']>;

/** Rates of tokens by the API's names. */
export const TOKENS = ['inputRate', 'outputRate', 'cacheReadRate', 'cacheWriteRate', 'reasoningRate'] as const;
export type Token = (typeof TOKENS)[number];
/** What a class of tokens costs where it has no rate of its own, if that one is named. */
const PARENTS: Partial<Record<Token, Token>> = {
  cacheReadRate: 'inputRate',
  cacheWriteRate: 'inputRate',
  reasoningRate: 'outputRate',
};

export const BOUNDS = { least: '0', most: '1000000' };

/** A price of hosting, as typed. */
export interface Hosting {
  category: Category;
  name: string;
  rate: string;
}

/** Prices as typed; '' is the rate card's. */
export interface Prices {
  tokens: Record<Token, string>;
  hosting: Hosting[];
}

/** The own rates of a model, or ('') of the account, that count last; undefined where there are none. */
export function latest(rates: readonly Own[], model: string): Own | undefined {
  return rates
    .filter((own) => (own.modelId ?? '') === model)
    .sort((a, b) => Date.parse(b.from) - Date.parse(a.from))[0];
}

const of = (pick: (token: Token) => string | null | undefined) =>
  Object.fromEntries(TOKENS.map((token) => [token, pick(token) ?? ''])) as Record<Token, string>;

/** What the form begins with: what counts last, for a model without own rates what it was registered with. */
export function startOf(rates: readonly Own[], model: Model | null, card: RateCard, now: Date): Prices {
  const own = latest(rates, model?.id ?? '');
  if (own)
    return {
      tokens: of((token) => own.tokens[token]),
      hosting: own.hosting.map(({ category, name, rate }) => ({ category, name, rate })),
    };
  return { tokens: model ? registered(model, inForce(rates, now), card) : of(() => null), hosting: [] };
}

function inForce(rates: readonly Own[], now: Date): Own | undefined {
  return latest(
    rates.filter(({ from }) => Date.parse(from) <= now.getTime()),
    '',
  );
}

// The rates of a model's registration are those that differ from what it would cost without. They count no more once it
// has own ones (rules §7), so a form that did not hold them would drop them unseen.
function registered(model: Model, account: Own | undefined, card: RateCard): Record<Token, string> {
  const found = {} as Record<Token, string>;
  for (const token of TOKENS) {
    const parent = PARENTS[token];
    const usual =
      (parent && found[parent]) ||
      (account?.tokens[token] ?? (parent && account?.tokens[parent]) ?? card.inference[token]);
    found[token] = micro(model[token]) === micro(usual) ? '' : model[token];
  }
  return found;
}

/** What can have a price of hosting: of a model its machines, of the account everything on the card. */
export function hostable(card: RateCard, model: boolean): Hosting[] {
  const models = card.models.map(({ name, ratePerHour: rate }) => ({ category: 'MODELS' as const, name, rate }));
  if (model) return models;
  return [
    ...models,
    ...card.scripts.map(({ name, ratePerHour: rate }) => ({ category: 'SCRIPTS' as const, name, rate })),
    ...card.guardrails.map(({ cpu: name, ratePerCpuHour: rate }) => ({ category: 'GUARDRAILS' as const, name, rate })),
  ];
}

/** What is wrong with what was typed: by token, and by place in the list of hosting. */
export interface Problems {
  tokens: Partial<Record<Token, string>>;
  hosting: (string | null)[];
}

/** Reads what was typed; null with its problems where it is unsound. */
export function readPrices(typed: Prices): { prices: Prices | null; problems: Problems } {
  const tokens = TOKENS.map((token) => {
    const text = typed.tokens[token].trim();
    return [token, text ? readTyped(text, BOUNDS) : { value: '', problem: null }] as const;
  });
  const hosting = typed.hosting.map(({ rate }) => readTyped(rate, BOUNDS));
  const problems = {
    tokens: Object.fromEntries(tokens.flatMap(([token, { problem }]) => (problem ? [[token, problem]] : []))),
    hosting: hosting.map(({ problem }) => problem),
  };
  const sound = [...tokens.map(([, read]) => read), ...hosting].every(({ problem }) => problem === null);
  const prices = {
    tokens: Object.fromEntries(tokens.map(([token, { value }]) => [token, value ?? ''])) as Prices['tokens'],
    hosting: typed.hosting.map((one, i) => ({ ...one, rate: hosting[i]!.value ?? '' })),
  };
  return { prices: sound ? prices : null, problems };
}

/** A price that would change; null is the rate card's. */
export interface Changed {
  of: Token | { category: Category; name: string };
  was: string | null;
  is: string | null;
}

/** What would change from one state of the prices to another. */
export function changesOf(before: Prices, after: Prices): Changed[] {
  const differs = (a: string, b: string) => (a === '' || b === '' ? a !== b : micro(a) !== micro(b));
  const tokens = TOKENS.filter((token) => differs(before.tokens[token], after.tokens[token])).map((token) => ({
    of: token,
    was: before.tokens[token] || null,
    is: after.tokens[token] || null,
  }));
  const keyOf = ({ category, name }: Hosting) => `${category} ${name}`;
  const rateIn = ({ hosting }: Prices, key: string) => hosting.find((one) => keyOf(one) === key)?.rate ?? '';
  const all = new Map([...before.hosting, ...after.hosting].map((one) => [keyOf(one), one]));
  const hosting = [...all].flatMap(([key, { category, name }]) => {
    const [was, is] = [rateIn(before, key), rateIn(after, key)];
    return differs(was, is) ? [{ of: { category, name }, was: was || null, is: is || null }] : [];
  });
  return [...tokens, ...hosting];
}

/** The prices that would change, and what is usual for each: what it is now, or what the rate card says. */
export function weighed(before: Prices, after: Prices, card: RateCard): { amount: string; usual: string | null }[] {
  const onCard = ({ of }: Changed) =>
    typeof of === 'string'
      ? card.inference[of]
      : (hostable(card, false).find(({ category, name }) => category === of.category && name === of.name)?.rate ??
        null);
  return changesOf(before, after).flatMap((changed) => {
    const { was, is } = changed;
    return is === null ? [] : [{ amount: is, usual: was !== null && micro(was) > 0n ? was : onCard(changed) }];
  });
}

/** Rates of tokens as the API takes them; null where all are the card's. */
export function tokensOf({ tokens }: Prices): Partial<Record<Token, string>> | null {
  const named = TOKENS.filter((token) => tokens[token] !== '');
  return named.length > 0 ? Object.fromEntries(named.map((token) => [token, tokens[token]])) : null;
}
