// A rate card as people type it: JSON in which amounts may be numbers. They go out as texts, so that none becomes a
// float.
import type { RateCardInput, RateCardToEditQuery } from '../gql/graphql';

type Edited = NonNullable<RateCardToEditQuery['rateCard']>;

// Texts and numbers. Texts stay, and so do short whole numbers; any other number becomes a text of the same characters,
// so that the API reads it as it was typed, and refuses "1e3" as it does everywhere.
const PARTS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const STAYS = /^(?:".*|-?\d{1,15})$/s;
const AMOUNTS = /^(rate\w*|\w+Rate|factor|fromBillions|toBillions)$/;

/** Reads a card; throws a SyntaxError for what is no JSON. */
export function readCard(text: string): RateCardInput {
  const quoted = text.replace(PARTS, (part) => (STAYS.test(part) ? part : `"${part}"`));
  return JSON.parse(quoted, (key, value) =>
    typeof value === 'number' && AMOUNTS.test(key) ? String(value) : value,
  ) as RateCardInput;
}

/** Writes a card, a line for each machine; classes of tokens only where they differ from their parent. */
export function writeCard(card: Edited): string {
  const { inference: i } = card;
  const inference = {
    inputRate: i.inputRate,
    outputRate: i.outputRate,
    ...(i.cacheReadRate !== i.inputRate && { cacheReadRate: i.cacheReadRate }),
    ...(i.cacheWriteRate !== i.inputRate && { cacheWriteRate: i.cacheWriteRate }),
    ...(i.reasoningRate !== i.outputRate && { reasoningRate: i.reasoningRate }),
  };
  const list = (rows: readonly object[], indent: string) =>
    `[\n${rows.map((row) => `${indent}  ${JSON.stringify(plain(row))}`).join(',\n')}\n${indent}]`;
  const { sizes, methods, hardware } = card.fineTuning;
  const fineTuning = Object.entries({ sizes, methods, hardware }).map(
    ([name, rows]) => `    "${name}": ${list(rows, '    ')}`,
  );
  const { models, scripts, guardrails, scanners } = card;
  const lists = Object.entries({ models, scripts, guardrails, scanners }).map(
    ([name, rows]) => `  "${name}": ${list(rows, '  ')}`,
  );
  const parts = [...lists, `  "inference": ${JSON.stringify(inference)}`];
  return `{\n${parts.join(',\n')},\n  "fineTuning": {\n${fineTuning.join(',\n')}\n  }\n}\n`;
}

// What comes first in a row.
const FIRST = [
  'name',
  'scannerKey',
  'cpu',
  'method',
  'gpu',
  'gpuCount',
  'vcpus',
  'memoryGb',
  'fromBillions',
  'toBillions',
  'toIncluded',
];
const place = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);

// A row without what the cache of answers adds, its names first.
function plain(row: object): object {
  const fields = Object.entries(row).filter(([name]) => name !== '__typename');
  return Object.fromEntries(fields.sort(([a], [b]) => place(a) - place(b)));
}
