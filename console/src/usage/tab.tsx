// What the tabs below the Overview have in common: figures, filters, a list in the period of the URL, a panel for a row.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type ReactNode, useState } from 'react';
import type { AnyVariables } from 'urql';
import { useAsk } from '../api/ask';
import type { RangeInput } from '../gql/graphql';
import { useOnChange } from '../live/live';
import { usePlace } from '../shell/place';
import { type Figure, Figures } from '../ui/figures';
import { Freshness } from '../ui/freshness';
import { type Connection, List, readOrder } from '../ui/list';
import { useOpening } from '../ui/panel';
import { useParameters } from '../ui/params';
import { Choices, readChoices, Search } from '../ui/search';
import type { Column } from '../ui/table';
import { text } from '../ui/text';
import { Delta } from './delta';
import { Nothing } from './nothing';
import { useAbout, usePeriod } from './period';
import { Share, Spark, useRowsBefore, useRowTrends } from './row-figures';

/** What a panel of a row needs. */
export interface PanelProps {
  id: string | null;
  range: RangeInput;
  zone: string;
  onClose: () => void;
}

interface TabProps<R, V extends AnyVariables, E, F extends string, S extends string, C> {
  of: keyof typeof text.usage.empty;
  document: TypedDocumentNode<R, V>;
  connection: (data: R) => (C & Connection<E>) | null | undefined;
  caption: string;
  columns: (zone: string) => Column<E>[];
  keyOf: (row: E) => string;
  /** What a row used, and what all rows of the list did, which its share is of. */
  use: (row: E) => string;
  all: (connection: C) => string;
  /** The column that shows what a row used; share, line and change stand beside it. */
  beside: string;
  fields: readonly F[];
  usual: { field: F; direction: 'ASC' | 'DESC' };
  /** The filter beside the search: its name in the URL and in the API, and what it offers. */
  choice: { name: 'status' | 'type'; label: string; offered: readonly S[]; titles: Record<S, string> };
  figures: (connection: C | undefined) => Figure[];
  hint?: ReactNode;
  panel?: (props: PanelProps) => ReactNode;
  /** What opens a row, where no panel does. */
  onOpen?: (row: E) => void;
}

/** A tab that is one list with its sums. */
export function Tab<R, V extends AnyVariables, E, F extends string, S extends string, C>(
  props: TabProps<R, V, E, F, S, C>,
) {
  const { choice, usual, panel: Panel, of } = props;
  const meter = of === 'tools' ? 'runs' : 'credits';
  const { account } = usePlace();
  const { zone, range, before, versus } = usePeriod();
  const [ids, setIds] = useState<string[]>([]);
  const lines = useRowTrends(ids, meter);
  const past = useRowsBefore(ids, meter);
  const [params] = useParameters();
  const { open, show, close } = useOpening();
  const order = readOrder(params, props.fields, usual);
  const chosen = readChoices(params, choice.name, choice.offered);
  const search = params.get('q');
  const filter = { search, [choice.name]: chosen.length > 0 ? chosen : null };
  const variables = (page: object) => ({ account: account.id, range, filter, sort: order, ...page }) as unknown as V;
  const { data: pastData } = useAsk(
    props.document,
    { ...(variables({ first: 1 }) as object), range: before?.range ?? null } as unknown as V,
    before === null,
  );
  const pastFigures = before && pastData ? props.figures(props.connection(pastData) ?? undefined) : null;
  const about = useAbout([
    ...(search ? [`${text.table.search}: ${search}`] : []),
    ...(chosen.length > 0 ? [`${choice.label}: ${chosen.map((value) => choice.titles[value]).join(', ')}`] : []),
  ]);
  const extra = (connection: C | undefined): Column<E>[] => [
    {
      key: 'share',
      title: text.answers.share,
      right: true,
      cell: (row) => connection && <Share part={props.use(row)} whole={props.all(connection)} category={of} />,
    },
    {
      key: 'line',
      title: text.answers.trendColumn,
      cell: (row) => <Spark values={lines.get(props.keyOf(row))} category={of} />,
    },
    ...(before
      ? [
          {
            key: 'change',
            title: text.answers.compare.column,
            right: true,
            cell: (row: E) => past && <Delta now={props.use(row)} before={past.get(props.keyOf(row)) ?? '0'} />,
          },
        ]
      : []),
  ];
  return (
    <>
      <List
        document={props.document}
        connection={props.connection}
        caption={props.caption}
        columns={(data) =>
          insertedAfter(props.beside, props.columns(zone), extra((data && props.connection(data)) ?? undefined))
        }
        keyOf={props.keyOf}
        order={order}
        usualOrder={usual}
        empty={<Nothing of={props.of} filtered={chosen.length > 0 || Boolean(search)} />}
        opened={open}
        onOpen={props.onOpen ?? (Panel && ((row) => show(props.keyOf(row))))}
        variables={variables}
        file={{ name: `${text.usage.title}: ${text.usage.tabs[of]}`, about }}
        onRows={(rows) => setIds(rows.map(props.keyOf))}
        head={(data, answer) => (
          <>
            <Refreshed again={answer.again} />
            <Freshness
              asOf={((data && props.connection(data)) as { asOf?: string } | undefined)?.asOf}
              zone={zone}
              fetching={answer.fetching}
              again={answer.again}
            />
            <Figures items={changed(props.figures((data && props.connection(data)) ?? undefined), pastFigures)} />
            {(props.hint || versus) && (
              <p className="hint">
                {versus && (before ? `${text.answers.compare.with(before.name)}. ` : `${text.answers.compare.tooFar} `)}
                {props.hint}
              </p>
            )}
            <div className="filters">
              <Search />
              <Choices {...choice} />
            </div>
          </>
        )}
      />
      {Panel && <Panel id={open} range={range} zone={zone} onClose={close} />}
    </>
  );
}

function insertedAfter<E>(key: string, columns: Column<E>[], extra: Column<E>[]): Column<E>[] {
  const at = columns.findIndex((column) => column.key === key) + 1;
  return [...columns.slice(0, at), ...extra, ...columns.slice(at)];
}

// The figures, each with its change where the same is known of the time before.
function changed(now: Figure[], before: Figure[] | null): Figure[] {
  if (!before) return now;
  return now.map((figure, i) => {
    const past = before[i]?.amount;
    if (figure.amount === undefined || past === undefined) return figure;
    return { ...figure, change: <Delta now={figure.amount} before={past} /> };
  });
}

// Asks again after the account changed.
function Refreshed({ again }: { again: () => void }) {
  useOnChange(again);
  return null;
}
