// What the tabs below the Overview have in common: figures, filters, a list in the period of the URL, a panel for a
// row.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type ReactNode, useContext, useState } from 'react';
import type { AnyVariables } from 'urql';
import type { Parted } from '../api/parts';
import type { RangeFieldsFragment, RangeInput } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { type Figure, Figures } from '../ui/figures';
import { ended } from '../ui/format';
import { type Connection, List, readOrder } from '../ui/list';
import { useOpening } from '../ui/panel';
import { useParameters } from '../ui/params';
import { Choices, readChoices, Search } from '../ui/search';
import type { Column } from '../ui/table';
import { text } from '../ui/text';
import { type Change, Delta } from './delta';
import { Nothing } from './nothing';
import { OnSheet } from './on-sheet';
import { useAbout, usePeriod } from './period';
import { Share, Spark, useRowTrends } from './row-figures';

const t = text.answers.compare;

/** What a panel of a row needs. */
export interface PanelProps {
  id: string | null;
  range: RangeInput;
  zone: string;
  onClose: () => void;
}

// What a connection of a tab answers with beside its rows.
interface Dated {
  asOf: string;
  comparedRange?: RangeFieldsFragment | null;
}

interface TabProps<R, V extends AnyVariables, E, F extends string, S extends string, C> {
  of: keyof typeof text.usage.empty;
  document: TypedDocumentNode<R, V>;
  connection: (data: Parted<R>) => (C & Dated & Connection<E>) | null | undefined;
  caption: string;
  columns: (zone: string) => Column<E>[];
  keyOf: (row: E) => string;
  /** What a row used, and what all rows of the list did, which its share is of. */
  use: (row: E) => string;
  all: (connection: C) => string;
  /** How that changed, where it is compared. */
  change: (row: E) => Change | null | undefined;
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
  const { zone, range, compare, versus, called } = usePeriod();
  const [ids, setIds] = useState<string[]>([]);
  const lines = useRowTrends(ids, meter);
  const [params] = useParameters();
  const sheet = useContext(OnSheet);
  const { open, show, close } = useOpening();
  const order = readOrder(params, props.fields, usual);
  const chosen = readChoices(params, choice.name, choice.offered);
  const search = params.get('q');
  const filter = { search, [choice.name]: chosen.length > 0 ? chosen : null };
  const variables = (page: object) =>
    ({ account: account.id, range, compare, filter, sort: order, ...page }) as unknown as V;
  const about = useAbout();
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
    ...(versus
      ? [
          {
            key: 'change',
            title: text.answers.compare.column,
            right: true,
            cell: (row: E) => <Delta change={props.change(row)} />,
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
        order={sheet ? undefined : order}
        usualOrder={usual}
        empty={<Nothing of={props.of} filtered={chosen.length > 0 || Boolean(search)} />}
        opened={open}
        onOpen={sheet ? undefined : (props.onOpen ?? (Panel && ((row) => show(props.keyOf(row)))))}
        variables={variables}
        file={{ name: `${text.usage.title}: ${text.usage.tabs[of]}`, about }}
        onRows={(rows) => setIds(rows.map(props.keyOf))}
        fresh={sheet ? undefined : { asOf: (data) => props.connection(data)?.asOf, zone }}
        head={(data) => {
          const found = (data && props.connection(data)) ?? undefined;
          const before = called(found?.comparedRange);
          return (
            <>
              <Figures items={props.figures(found)} />
              {(props.hint || versus) && (
                <p className="hint">
                  {versus && found && (before ? `${ended(t.with(before))} ` : `${t.tooFar} `)}
                  {props.hint}
                </p>
              )}
              {!sheet && (
                <div className="filters">
                  <Search />
                  <Choices {...choice} />
                </div>
              )}
            </>
          );
        }}
      />
      {Panel && !sheet && <Panel id={open} range={range} zone={zone} onClose={close} />}
    </>
  );
}

function insertedAfter<E>(key: string, columns: Column<E>[], extra: Column<E>[]): Column<E>[] {
  const at = columns.findIndex((column) => column.key === key) + 1;
  return [...columns.slice(0, at), ...extra, ...columns.slice(at)];
}
