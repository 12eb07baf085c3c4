// The table of the explorer: what rows are called, and their figures.
import { Link } from 'react-router';
import type { ExplorerViewQuery, Granularity } from '../gql/graphql';
import { Count, Exact } from '../ui/exact';
import { exact, fullBucket, NONE, spanned, weekday } from '../ui/format';
import { refilter } from '../ui/paging';
import { useParameters } from '../ui/params';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { visible } from '../ui/visible';
import { Delta } from '../usage/delta';
import { Lasting } from '../usage/lasting';
import { Share } from '../usage/row-figures';
import { CHANGES, FIELD, type Measured, told } from './bars';
import { usePage, useTime } from './into';
import { onlyOf } from './only';
import { adds, type Dimension, isCompared, type Measure, type Question } from './question';

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
  step: Granularity,
  zone: string,
  compared: boolean,
  totals: Connection['totals'] | undefined,
): Column<Connection['edges'][number]>[] {
  const label = (word: Dimension, i: number): Column<Connection['edges'][number]> => ({
    key: `by-${word.toLowerCase()}`,
    title: titleOf(word, question),
    cell: ({ node }) => <Label row={node} word={word} first={i === 0} step={step} zone={zone} />,
  });
  const { measure } = question;
  const use = (row: Measured) => String(FIELD[measure](row));
  return [
    ...question.by.map(label),
    {
      key: 'credits',
      title: t.measures.CREDITS,
      sort: 'CREDITS',
      right: true,
      cell: ({ node }) => <Exact value={node.credits} unit={text.units.credits} />,
    },
    { key: 'runs', title: t.measures.RUNS, sort: 'RUNS', right: true, cell: ({ node }) => <Count value={node.runs} /> },
    ...(adds(measure)
      ? [
          {
            key: 'share',
            title: text.answers.share,
            right: true,
            cell: ({ node }: { node: Row }) =>
              totals && (
                <Share part={use(node)} whole={use(totals)} category={measure === 'RUNS' ? 'tools' : 'models'} />
              ),
          },
        ]
      : []),
    ...(compared
      ? [
          {
            key: 'change',
            title: text.answers.compare.column,
            sort: isCompared(measure) ? 'CHANGE' : undefined,
            right: true,
            cell: ({ node }: { node: Row }) => {
              const change = CHANGES[measure](node);
              const show = measure === 'CREDITS' ? undefined : (value: string) => told(question, value);
              return change ? <Delta change={change} show={show} /> : NONE;
            },
          },
        ]
      : []),
    {
      key: 'events',
      title: t.measures.EVENTS,
      sort: 'EVENTS',
      right: true,
      cell: ({ node }) => <Count value={node.events} />,
    },
    {
      key: 'tokens',
      title: t.tokens,
      sort: 'TOKENS',
      right: true,
      cell: ({ node }) => <Count value={node.inputTokens + node.outputTokens} />,
    },
    ...ownOf(measure),
    {
      key: 'hosting',
      title: t.measures.HOSTING_SECONDS,
      sort: 'HOSTING_SECONDS',
      right: true,
      cell: ({ node }) => <Lasting span={spanned(node.hostingSeconds)} />,
    },
  ];
}

const SHOWN: readonly Measure[] = ['CREDITS', 'RUNS', 'EVENTS', 'TOKENS', 'HOSTING_SECONDS'];

// The figure that is shown, where no other column has it.
function ownOf(measure: Measure): Column<Connection['edges'][number]>[] {
  if (SHOWN.includes(measure)) return [];
  return [
    {
      key: 'class',
      title: t.measures[measure],
      sort: measure,
      right: true,
      cell: ({ node }) => <Own row={node} measure={measure} />,
    },
  ];
}

function Own({ row, measure }: { row: Row; measure: Measure }) {
  const value = FIELD[measure](row);
  if (measure === 'REPLICA_SECONDS') return <Lasting span={spanned(Number(value))} />;
  if (measure === 'CREDITS_PER_1000_TOKENS' || measure === 'CREDITS_PER_RUN') {
    const ratio = measure === 'CREDITS_PER_RUN' ? row.creditsPerRun : row.creditsPer1000Tokens;
    return ratio ? <Exact value={ratio} show={exact} unit={text.units.credits} /> : NONE;
  }
  return <Count value={Number(value)} />;
}

interface LabelProps {
  row: Row;
  word: Dimension;
  first: boolean;
  step: Granularity;
  zone: string;
}

function Label({ row, word, first, step, zone }: LabelProps) {
  const [, set] = useParameters();
  const page = usePage();
  const time = useTime(step);
  const shown = labelOf(row, word, step, zone);
  const to = word === 'RESOURCE' ? page(row) : null;
  if (to)
    return (
      <Link className="name link" to={to}>
        {shown}
      </Link>
    );
  const changes = word === 'TIME' ? time(row) : onlyOf(row, word);
  if (changes)
    return (
      <button
        type="button"
        className="link-button"
        title={word === 'TIME' ? text.answers.drill.closer(shown) : t.only(shown)}
        onClick={() => refilter(set, changes)}
      >
        {shown}
      </button>
    );
  return <span className={first ? 'name' : 'words'}>{shown}</span>;
}
