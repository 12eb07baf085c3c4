// The explorer: usage by any grouping, as bars and as a table; the question stands in the URL.
import { Button, NativeSelect } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useCallback, useMemo } from 'react';
import { useAsk } from '../api/ask';
import { useSession } from '../auth/session';
import { ExplorerViewDocument, type Granularity, TagKeysDocument } from '../gql/graphql';
import { useOnChange } from '../live/live';
import { usePlace } from '../shell/place';
import { Chart, type Ink } from '../ui/chart';
import { Copy } from '../ui/copy';
import { DateFilter } from '../ui/date-filter';
import { Count, Exact } from '../ui/exact';
import { Figures } from '../ui/figures';
import { lower } from '../ui/language';
import { List } from '../ui/list';
import { refilter } from '../ui/paging';
import { useParameters } from '../ui/params';
import { Denied, Empty } from '../ui/states';
import { Take } from '../ui/take';
import { names, text } from '../ui/text';
import { View } from '../ui/view';
import { CompareSwitch } from '../usage/compare-switch';
import { useAbout, usePeriod } from '../usage/period';
import { Printed } from '../usage/printed';
import { spanOf } from '../usage/range';
import { stepsFor } from '../usage/step';
import { lineStep, stripStep } from '../usage/strips';
import { alongOf, barsOption, colorOf, ghostsOf, isCut, patternOf, placesOf, stackOf, stacksOf, toldOf } from './bars';
import { Carried } from './carried';
import { useInto } from './into';
import {
  asGraphQL,
  DIMENSIONS,
  type Dimension,
  type Field,
  isCompared,
  isWhole,
  MEASURES,
  type Measure,
  type Question,
  readQuestion,
  TOPS,
  variablesOf,
  writeBy,
  writeOrder,
} from './question';
import { type Connection, columnsFor, labelOf, type Row, titleOf } from './rows';

const t = text.answers.explorer;
// What a click on a bar leads to.
const INTO: Partial<Record<Dimension, 'time' | 'page'>> = { TIME: 'time', RESOURCE: 'page' };

/** The view. */
export default function Explorer() {
  const { can } = usePlace();
  const { choice, zone } = usePeriod();
  const about = useAbout();
  return (
    <View
      title={t.title}
      lead={t.lead}
      below={<Printed about={about} />}
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
          <Denied needs="USAGE_VIEW" />
        </div>
      )}
    </View>
  );
}

function useAsked() {
  const { account } = usePlace();
  const { choice, zone, range, compare, now } = usePeriod();
  const [params] = useParameters();
  const question = readQuestion(params);
  const { from, to } = spanOf(choice, zone, now);
  const usual = question.by.length > 1 ? lineStep(from, to) : stripStep(from, to);
  const step = question.step ?? usual;
  const asked = variablesOf(question, step, compare !== null);
  const document = asGraphQL(account.id, range, compare, zone, asked, question.measure);
  const variables = { account: account.id, range, compare, zone, ...asked };
  return { question, step, usual, zone, compared: compare !== null, document, variables };
}

function Asked() {
  const { question, step, usual, zone, compared, document, variables } = useAsked();
  const [, set] = useParameters();
  const { by, measure, order, top } = question;
  // What it is narrowed to is told by the filters themselves (take.tsx).
  const about = useAbout([
    `${t.measure}: ${t.measures[measure]}`,
    `${t.by}: ${by.map((word) => titleOf(word, question)).join(', ')}`,
    ...(top === null ? [] : [`${t.top}: ${t.first(top)}`]),
    ...(by.includes('TIME') ? [] : [`${text.table.order}: ${orderName(order.field, order.direction, measure)}`]),
  ]);
  if (!isWhole(question)) return <Unfinished question={question} />;
  return (
    <List
      document={ExplorerViewDocument}
      connection={(data) => data.account?.usage}
      caption={t.title}
      columns={(data) => columnsFor(question, step, zone, compared, data?.account?.usage?.totals)}
      keyOf={(edge) => edge.cursor}
      order={by.includes('TIME') ? undefined : order}
      onOrder={({ field, direction }) => refilter(set, writeOrder(field as Field, direction, measure))}
      empty={<Empty title={text.overview.none} help={t.noneHelp} />}
      file={{ name: t.title, about }}
      variables={(page) => ({ ...variables, ...page })}
      fresh={{ asOf: (data) => data.account?.usage?.asOf, zone }}
      head={(data) => (
        <>
          <Controls question={question} usual={usual} compared={compared} />
          <Carried question={question} tagKeys={data?.account?.tagKeys ?? []} />
          <Sums totals={data?.account?.usage?.totals} />
          <Bars variables={variables} question={question} step={step} zone={zone} about={about} document={document} />
        </>
      )}
    />
  );
}

// Grouped by a tag whose key is not chosen yet.
function Unfinished({ question }: { question: Question }) {
  const { account } = usePlace();
  const { data } = useAsk(TagKeysDocument, { account: account.id });
  const keys = data?.account?.tagKeys ?? [];
  const none = question.by.includes('TAG') && data && keys.length === 0;
  return (
    <>
      <Controls question={question} usual="DAY" compared={false} />
      <Carried question={question} tagKeys={keys} />
      <div className="card">
        <Empty title={none ? t.noTags : t.chooseTag} />
      </div>
    </>
  );
}

interface ControlsProps {
  question: Question;
  /** The step of time where none is chosen. */
  usual: Granularity;
  compared: boolean;
}

// What an order is called, such as Credits, descending.
function orderName(field: Field, direction: 'ASC' | 'DESC', measure: Measure): string {
  return text.table.ordered[direction](
    field === 'CHANGE' ? `${text.answers.compare.column}: ${t.measures[measure]}` : t.measures[field],
  );
}

function Controls({ question, usual, compared }: ControlsProps) {
  const [, set] = useParameters();
  const { choice, zone, now } = usePeriod();
  const { measure, order } = question;
  const [first, second = null] = question.by;
  const timed = question.by.includes('TIME');
  const span = spanOf(choice, zone, now);
  const steps = stepsFor({ from: span.from.toISOString(), to: span.to.toISOString() });
  const fields: Field[] = [...new Set<Field>([measure, order.field === 'CHANGE' ? measure : order.field])];
  if (compared && isCompared(measure)) fields.push('CHANGE');
  const offered = DIMENSIONS.map((word) => ({ value: word, label: t.dimensions[word] }));
  return (
    <div className="filters explorer">
      <NativeSelect
        label={t.measure}
        value={question.measure}
        data={MEASURES.map((word) => ({ value: word, label: t.measures[word] }))}
        onChange={(event) => {
          const chosen = event.currentTarget.value as Measure;
          const slug = chosen === 'CREDITS' ? null : chosen.toLowerCase().replaceAll('_', '-');
          refilter(set, {
            measure: slug,
            ...(order.field === 'CHANGE' && isCompared(chosen) ? {} : writeOrder(chosen, 'DESC', chosen)),
          });
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
      {timed ? (
        <NativeSelect
          label={text.overview.step}
          value={question.step ?? ''}
          data={[
            { value: '', label: `${text.overview.auto} (${lower(names.granularity[usual])})` },
            ...steps.map((step) => ({ value: step, label: names.granularity[step] })),
          ]}
          onChange={(event) => refilter(set, { step: event.currentTarget.value.toLowerCase() || null })}
        />
      ) : (
        <NativeSelect
          label={text.table.order}
          value={`${order.field} ${order.direction}`}
          data={fields.flatMap((field) =>
            (['DESC', 'ASC'] as const).map((direction) => ({
              value: `${field} ${direction}`,
              label: orderName(field, direction, measure),
            })),
          )}
          onChange={(event) => {
            const [field, direction] = event.currentTarget.value.split(' ') as [Field, 'ASC' | 'DESC'];
            refilter(set, writeOrder(field, direction, measure));
          }}
        />
      )}
    </div>
  );
}

// The question for elsewhere.
function Out({ document }: { document: string }) {
  const { viewer } = useSession();
  return (
    <span className="explorer-out">
      <span className="copy-as">
        {text.answers.take.link} <Copy value={location.href} name={text.answers.take.link} />
      </span>
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

// A grouping within a sentence; a tag by its key, as it is written.
function inSentence(word: Dimension, question: Question): string {
  const title = titleOf(word, question);
  return title === t.dimensions[word] ? lower(title) : title;
}

// As many rows as the API gives at once: the chart shows them all, whatever page the table shows.
const ROWS = 100;

interface BarsProps {
  variables: ReturnType<typeof useAsked>['variables'];
  question: Question;
  step: Granularity;
  zone: string;
  about: string[];
  document: string;
}

function Bars({ variables, question, step, zone, about, document }: BarsProps) {
  const { data, fault, again } = useAsk(ExplorerViewDocument, { ...variables, first: ROWS });
  useOnChange(again);
  const usage = data?.account?.usage;
  const rows = useMemo(() => usage?.edges.map(({ node }) => node) ?? [], [usage]);
  const key = `${question.by.join()} ${question.measure} ${question.tag} ${step} ${zone}`;
  const label = useCallback((row: Row, word: Dimension) => labelOf(row, word, step, zone), [step, zone]);
  const { called } = usePeriod();
  const before = called(usage?.comparedRange);
  const option = useCallback(
    (ink: Ink) => barsOption(rows, question, label, ink, before ?? ''),
    [rows, key, label, before],
  );
  const into = useInto(question, step);
  const places = useMemo(() => placesOf(rows, question, label), [rows, key, label]);
  const pick = useCallback(
    (index: number) => {
      const place = places[index];
      if (place) into(place.row, alongOf(question));
    },
    [places, key, into],
  );
  const ghosts = before !== null && ghostsOf(rows, question) !== null;
  const second = stackOf(question);
  const told = question.by.map((word) => inSentence(word, question)).join(', ');
  if (fault && !data) return null; // the list below asks the same, and says why
  return (
    <section className="card explorer-chart">
      <div className="card-head">
        <h2>{t.titled(t.measures[question.measure], told)}</h2>
        <div className="card-tools">
          <Out document={document} />
          <Take name={t.title} about={about} chart table={false} />
        </div>
      </div>
      {usage && rows.length === 0 ? (
        <p className="hint">{text.overview.none}</p>
      ) : (
        <Chart
          option={option}
          height={260}
          label={[`${t.titled(t.measures[question.measure], told)}.`, toldOf(rows, question, label)].join(' ')}
          onColumn={pick}
        />
      )}
      {(second || ghosts) && (
        <ul className="legend">
          {(second ? stacksOf(rows, second, label) : []).map((stack, i) => (
            <li key={stack.key}>
              <i
                className={`dot bar-${patternOf(second, stack, i)}`}
                style={{ backgroundColor: `var(${colorOf(second, stack, i)})` }}
              />
              {stack.name}
            </li>
          ))}
          {ghosts && (
            <li>
              <i className="dot dot-ghost" />
              {before}
            </li>
          )}
        </ul>
      )}
      {usage && (usage.totalCount > rows.length || isCut(rows, question, label)) ? (
        <p className="chart-hint">{t.cut(Math.min(places.length, rows.length))}</p>
      ) : (
        rows.length > 0 && <p className="chart-hint">{t.into[INTO[alongOf(question)] ?? 'rest']}</p>
      )}
    </section>
  );
}
