// The explorer: usage by any grouping, as bars and as a table; the question stands in the URL.
import { Button, NativeSelect } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { useAsk } from '../api/ask';
import { useSession } from '../auth/session';
import { ExplorerViewDocument, type ExplorerViewQuery } from '../gql/graphql';
import { useOnChange } from '../live/live';
import { type Tab, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Chart, type Ink } from '../ui/chart';
import { Copy } from '../ui/copy';
import { DateFilter } from '../ui/date-filter';
import { Count, Exact } from '../ui/exact';
import { Figures } from '../ui/figures';
import { fullBucket, NONE } from '../ui/format';
import { List } from '../ui/list';
import { refilter } from '../ui/paging';
import { useParameters } from '../ui/params';
import { Choices } from '../ui/search';
import { Denied, Empty } from '../ui/states';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { View } from '../ui/view';
import { CompareSwitch } from '../usage/compare-switch';
import { Delta } from '../usage/delta';
import { Lasting } from '../usage/lasting';
import { useAbout, usePeriod } from '../usage/period';
import { spanOf } from '../usage/range';
import { Share } from '../usage/row-figures';
import { lineStep, stripStep } from '../usage/strips';
import { barsOption, colorOf, stackOf, stacksOf } from './bars';
import {
  asGraphQL,
  CATEGORIES,
  DIMENSIONS,
  type Dimension,
  KINDS,
  MEASURES,
  type Measure,
  type Question,
  readQuestion,
  TOPS,
  variablesOf,
  writeBy,
} from './question';

const t = text.answers.explorer;
type Connection = NonNullable<ExplorerViewQuery['account']>['usage'];
export type Row = Connection['edges'][number]['node'];

/** The view. */
export default function Explorer() {
  const { can } = usePlace();
  const { choice, zone } = usePeriod();
  return (
    <View
      title={t.title}
      lead={t.lead}
      tools={
        can('USAGE_VIEW') && (
          <div className="page-tools">
            <CompareSwitch />
            <DateFilter choice={choice} zone={zone} />
          </div>
        )
      }
    >
      {can('USAGE_VIEW') ? (
        <Asked />
      ) : (
        <div className="card">
          <Denied />
        </div>
      )}
    </View>
  );
}

function useAsked() {
  const { account } = usePlace();
  const { choice, zone, range, before, now } = usePeriod();
  const [params] = useParameters();
  const question = readQuestion(params);
  const { from, to } = spanOf(choice, zone, now);
  const step = question.by.length > 1 ? lineStep(from, to) : stripStep(from, to);
  const asked = variablesOf(question, step, before !== null);
  const compare = before && { range: before.range };
  const document = asGraphQL(account.id, range, compare, zone, asked);
  const variables = { account: account.id, range, compare, zone, ...asked };
  return { question, step, zone, compared: before !== null, document, variables };
}

function Asked() {
  const { question, step, zone, compared, document, variables } = useAsked();
  const about = useAbout([`${t.by}: ${question.by.map((word) => t.dimensions[word]).join(', ')}`]);
  return (
    <List
      document={ExplorerViewDocument}
      connection={(data) => data.account?.usage}
      caption={t.title}
      columns={(data) => columnsFor(question, step, zone, compared, data?.account?.usage.totals)}
      keyOf={(edge) => edge.cursor}
      empty={<Empty title={text.overview.none} />}
      file={{ name: t.title, about }}
      variables={(page) => ({ ...variables, ...page })}
      head={(data, answer) => (
        <>
          <Refreshed again={answer.again} />
          <Controls question={question} compared={compared} document={document} />
          <Sums totals={data?.account?.usage.totals} />
          <Bars variables={variables} question={question} step={step} zone={zone} />
        </>
      )}
    />
  );
}

function Refreshed({ again }: { again: () => void }) {
  useOnChange(again);
  return null;
}

interface ControlsProps {
  question: Question;
  compared: boolean;
  document: string;
}

function Controls({ question, compared, document }: ControlsProps) {
  const [, set] = useParameters();
  const { viewer } = useSession();
  const [first, second = null] = question.by;
  const offered = DIMENSIONS.map((word) => ({ value: word, label: t.dimensions[word] }));
  const orders = compared && (question.measure === 'CREDITS' || question.measure === 'RUNS');
  return (
    <div className="filters explorer">
      <NativeSelect
        label={t.measure}
        value={question.measure}
        data={MEASURES.map((word) => ({ value: word, label: t.measures[word] }))}
        onChange={(event) => {
          const chosen = event.currentTarget.value as Measure;
          refilter(set, { measure: chosen === 'CREDITS' ? null : chosen.toLowerCase().replaceAll('_', '-') });
        }}
      />
      <NativeSelect
        label={t.by}
        value={first}
        data={offered}
        onChange={(event) => refilter(set, writeBy([event.currentTarget.value as Dimension, second]))}
      />
      <NativeSelect
        label={t.then}
        value={second ?? ''}
        data={[{ value: '', label: t.nothing }, ...offered.filter(({ value }) => value !== first)]}
        onChange={(event) => refilter(set, writeBy([first!, (event.currentTarget.value as Dimension) || null]))}
      />
      <NativeSelect
        label={t.top}
        value={question.top ?? ''}
        data={[{ value: '', label: t.all }, ...TOPS.map((n) => ({ value: String(n), label: t.first(n) }))]}
        onChange={(event) => refilter(set, { top: event.currentTarget.value || null })}
      />
      {orders && (
        <NativeSelect
          label={text.table.order}
          value={question.byChange ? 'change' : ''}
          data={[
            { value: '', label: t.measures[question.measure] },
            { value: 'change', label: text.answers.compare.column },
          ]}
          onChange={(event) => refilter(set, { order: event.currentTarget.value || null })}
        />
      )}
      <Choices name="category" label={text.overview.category} offered={CATEGORIES} titles={names.category} />
      <Choices name="use" label={text.answers.page.kind} offered={KINDS} titles={text.answers.page.kindNames} />
      <span className="filters-end explorer-out">
        <span className="copy-as">
          {t.copy} <Copy value={document} name={t.copy} />
        </span>
        {viewer.permissions.includes('EXPLORE') && (
          <Button
            component="a"
            variant="default"
            size="xs"
            rightSection={<IconExternalLink size={14} aria-hidden />}
            href={`/graphiql/#query=${encodeURIComponent(document)}`}
          >
            {t.graphiql}
          </Button>
        )}
      </span>
    </div>
  );
}

function Sums({ totals }: { totals: Connection['totals'] | undefined }) {
  return (
    <Figures
      items={[
        {
          name: text.overview.creditsUsed,
          value: totals && <Exact value={totals.credits} unit={text.units.credits} />,
          main: true,
        },
        { name: text.overview.toolRuns, value: totals && <Count value={totals.runs} />, main: true },
        { name: t.measures.EVENTS, value: totals && <Count value={totals.events} /> },
        { name: t.measures.INPUT_TOKENS, value: totals && <Count value={totals.inputTokens} /> },
        { name: t.measures.OUTPUT_TOKENS, value: totals && <Count value={totals.outputTokens} /> },
      ]}
    />
  );
}

// As many rows as the API gives at once: the chart shows them all, whatever page the table shows.
const ROWS = 100;

interface BarsProps {
  variables: ReturnType<typeof useAsked>['variables'];
  question: Question;
  step: string;
  zone: string;
}

function Bars({ variables, question, step, zone }: BarsProps) {
  const { data, again } = useAsk(ExplorerViewDocument, { ...variables, first: ROWS });
  useOnChange(again);
  const usage = data?.account?.usage;
  const rows = useMemo(() => usage?.edges.map(({ node }) => node) ?? [], [usage]);
  const key = `${question.by.join()} ${question.measure} ${step} ${zone}`;
  const label = useCallback((row: Row, word: Dimension) => labelOf(row, word, step, zone), [step, zone]);
  const option = useCallback((ink: Ink) => barsOption(rows, question, label, ink), [rows, key, label]);
  const second = stackOf(question);
  const told = question.by.map((word) => t.dimensions[word]).join(', ');
  return (
    <section className="card explorer-chart">
      {usage && rows.length === 0 ? (
        <p className="hint">{text.overview.none}</p>
      ) : (
        <Chart option={option} height={260} label={`${t.measures[question.measure]}: ${told}`} />
      )}
      {second && (
        <ul className="legend">
          {stacksOf(rows, second, label).map((stack, i) => (
            <li key={stack}>
              <i className="dot" style={{ background: `var(${colorOf(rows, second, stack, i, label)})` }} />
              {stack}
            </li>
          ))}
        </ul>
      )}
      {usage && usage.totalCount > rows.length && <p className="chart-hint">{t.cut(ROWS)}</p>}
    </section>
  );
}

/** What a row is called by one of its dimensions. */
function labelOf(row: Row, word: Dimension, step: string, zone: string): string {
  if (row.other && word !== 'TIME') return t.other;
  switch (word) {
    case 'RESOURCE':
      return row.resourceName ?? NONE;
    case 'CATEGORY':
      return row.category ? names.category[row.category] : NONE;
    case 'KIND':
      return row.kind ? text.answers.page.kindNames[row.kind] : NONE;
    case 'OWNER':
      return row.ownerName ?? NONE;
    case 'DEPLOYMENT':
      return row.deploymentName ?? NONE;
    case 'HARDWARE':
      return row.hardware || NONE;
    case 'TIME':
      return row.start ? fullBucket(row.start, step, zone) : NONE;
    case 'DAY_OF_WEEK':
      return row.dayOfWeek ? weekday(row.dayOfWeek) : NONE;
    case 'HOUR_OF_DAY':
      return row.hourOfDay === null || row.hourOfDay === undefined
        ? NONE
        : `${String(row.hourOfDay).padStart(2, '0')}:00`;
  }
}

// 1 is Monday; 5 January 1970 was one.
const weekday = (n: number) =>
  new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format(new Date(Date.UTC(1970, 0, 4 + n)));

function columnsFor(
  question: Question,
  step: string,
  zone: string,
  compared: boolean,
  totals: Connection['totals'] | undefined,
): Column<Connection['edges'][number]>[] {
  const label = (word: Dimension, i: number): Column<Connection['edges'][number]> => ({
    key: `by-${word.toLowerCase()}`,
    title: t.dimensions[word],
    cell: ({ node }) => <Label row={node} word={word} first={i === 0} step={step} zone={zone} />,
  });
  const runs = question.measure === 'RUNS';
  const use = (row: Row) => (runs ? String(row.runs) : row.credits);
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
          <Share
            part={use(node)}
            whole={runs ? String(totals.runs) : totals.credits}
            category={runs ? 'tools' : 'models'}
          />
        ),
    },
    ...(compared
      ? [
          {
            key: 'change',
            title: text.answers.compare.column,
            right: true,
            cell: ({ node }: { node: Row }) => {
              const past = runs ? node.runsChange?.value : node.creditsChange?.value;
              return past === undefined ? NONE : <Delta now={use(node)} before={past} />;
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
    {
      key: 'hosting',
      title: t.measures.HOSTING_SECONDS,
      right: true,
      cell: ({ node }) => <Lasting span={spanOfSeconds(node.hostingSeconds)} />,
    },
  ];
}

const spanOfSeconds = (seconds: number) => ({
  seconds,
  hours: Math.floor(seconds / 3600),
  minutes: Math.floor((seconds % 3600) / 60),
});

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
  const shown = labelOf(row, word, step, zone);
  const tab = word === 'RESOURCE' && row.category ? TABS[row.category] : undefined;
  if (tab && row.resourceId)
    return (
      <Link className="name link" to={paths.resource(tab, row.resourceId)}>
        {shown}
      </Link>
    );
  return <span className={first ? 'name' : 'words'}>{shown}</span>;
}
