// The table of the explorer: what rows are called, and their figures.
import { Link } from 'react-router';
import type { ExplorerViewQuery } from '../gql/graphql';
import { type Tab, usePaths } from '../shell/paths';
import { Count, Exact } from '../ui/exact';
import { fullBucket, NONE, weekday } from '../ui/format';
import { refilter } from '../ui/paging';
import { useParameters } from '../ui/params';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { visible } from '../ui/visible';
import { Delta } from '../usage/delta';
import { Lasting } from '../usage/lasting';
import { Share } from '../usage/row-figures';
import { CHANGES, FIELD, type Measured, spanOf } from './bars';
import type { Dimension, Measure, Question } from './question';

const t = text.answers.explorer;

/** A page of usage by groups. */
export type Connection = NonNullable<ExplorerViewQuery['account']>['usage'];
/** A group. */
export type Row = Connection['edges'][number]['node'];

/** What a column of a grouping is called: that of a tag by its key. */
export function titleOf(word: Dimension, { tag, resourceTag }: Question): string {
  const key = word === 'TAG' ? tag : word === 'RESOURCE_TAG' ? resourceTag : null;
  return key ?? t.dimensions[word];
}

/** What a row is called by one of its dimensions. */
export function labelOf(row: Row, word: Dimension, step: string, zone: string): string {
  if (row.other && word !== 'TIME') return t.other;
  switch (word) {
    case 'RESOURCE':
      return row.resourceName ?? NONE;
    case 'CATEGORY':
      return row.category ? names.category[row.category] : NONE;
    case 'KIND':
      return row.kind ? text.answers.page.kindNames[row.kind] : NONE;
    case 'USER':
      return row.beyond.includes('user') ? t.beyond : visibly(row.user);
    case 'API_KEY':
      return row.beyond.includes('apiKey') ? t.beyond : visibly(row.apiKey);
    case 'TAG':
      return row.beyond.some((of) => of.startsWith('tag:')) ? t.beyond : visibly(row.tags[0]?.value);
    case 'RESOURCE_TAG':
      return row.resourceTags[0]?.value ?? t.without;
    case 'OWNER':
      return row.ownerName ?? NONE;
    case 'DEPLOYMENT':
      return row.deploymentName ?? NONE;
    case 'HARDWARE':
      return row.hardware || NONE;
    case 'TIME':
      return row.start ? fullBucket(row.start, step, zone) : NONE;
    case 'DAY_OF_WEEK':
      return row.dayOfWeek ? weekday(row.dayOfWeek % 7) : NONE;
    case 'HOUR_OF_DAY':
      return row.hourOfDay === null || row.hourOfDay === undefined
        ? NONE
        : `${String(row.hourOfDay).padStart(2, '0')}:00`;
  }
}

// What events named, as it came.
const visibly = (value: string | null | undefined) =>
  value === null || value === undefined ? t.without : visible(value);

/** The columns of the table. */
export function columnsFor(
  question: Question,
  step: string,
  zone: string,
  compared: boolean,
  totals: Connection['totals'] | undefined,
): Column<Connection['edges'][number]>[] {
  const label = (word: Dimension, i: number): Column<Connection['edges'][number]> => ({
    key: `by-${word.toLowerCase()}`,
    title: titleOf(word, question),
    cell: ({ node }) => <Label row={node} word={word} first={i === 0} step={step} zone={zone} />,
  });
  const use = (row: Measured) => String(FIELD[question.measure](row));
  return [
    ...question.by.map(label),
    {
      key: 'credits',
      title: t.measures.CREDITS,
      right: true,
      cell: ({ node }) => <Exact value={node.credits} unit={text.units.credits} />,
    },
    { key: 'runs', title: t.measures.RUNS, right: true, cell: ({ node }) => <Count value={node.runs} /> },
    {
      key: 'share',
      title: text.answers.share,
      right: true,
      cell: ({ node }) =>
        totals && (
          <Share part={use(node)} whole={use(totals)} category={question.measure === 'RUNS' ? 'tools' : 'models'} />
        ),
    },
    ...(compared
      ? [
          {
            key: 'change',
            title: text.answers.compare.column,
            right: true,
            cell: ({ node }: { node: Row }) => {
              const change = CHANGES[question.measure](node);
              return change ? <Delta change={change} /> : NONE;
            },
          },
        ]
      : []),
    { key: 'events', title: t.measures.EVENTS, right: true, cell: ({ node }) => <Count value={node.events} /> },
    {
      key: 'tokens',
      title: t.tokens,
      right: true,
      cell: ({ node }) => <Count value={node.inputTokens + node.outputTokens} />,
    },
    ...classOf(question.measure),
    {
      key: 'hosting',
      title: t.measures.HOSTING_SECONDS,
      right: true,
      cell: ({ node }) => <Lasting span={spanOf(node.hostingSeconds)} />,
    },
  ];
}

// The class of tokens that is shown, where it is one.
function classOf(measure: Measure): Column<Connection['edges'][number]>[] {
  if (!['CACHE_READ_TOKENS', 'CACHE_WRITE_TOKENS', 'REASONING_TOKENS'].includes(measure)) return [];
  return [
    {
      key: 'class',
      title: t.measures[measure],
      right: true,
      cell: ({ node }) => <Count value={Number(FIELD[measure](node))} />,
    },
  ];
}

const TABS: Record<string, Tab> = { MODELS: 'models', GUARDRAILS: 'guardrails', SCRIPTS: 'scripts', TOOLS: 'tools' };

interface LabelProps {
  row: Row;
  word: Dimension;
  first: boolean;
  step: string;
  zone: string;
}

function Label({ row, word, first, step, zone }: LabelProps) {
  const paths = usePaths();
  const [, set] = useParameters();
  const shown = labelOf(row, word, step, zone);
  const tab = word === 'RESOURCE' && row.category ? TABS[row.category] : undefined;
  if (tab && row.resourceId)
    return (
      <Link className="name link" to={paths.resource(tab, row.resourceId)}>
        {shown}
      </Link>
    );
  const only = onlyOf(row, word);
  if (only)
    return (
      <button type="button" className="link-button" title={t.only(shown)} onClick={() => refilter(set, only)}>
        {shown}
      </button>
    );
  return <span className={first ? 'name' : 'words'}>{shown}</span>;
}

// The filter that leaves a row's user, key or tag alone; null where the row stands for no single one.
function onlyOf(row: Row, word: Dimension): Record<string, string> | null {
  if (row.other || row.beyond.length > 0) return null;
  if (word === 'USER') return { user: row.user ?? '' };
  if (word === 'API_KEY') return { 'api-key': row.apiKey ?? '' };
  const value = word === 'TAG' ? row.tags[0]?.value : null;
  return value === null || value === undefined ? null : { value };
}
