// What the tabs below the Overview have in common: figures, filters, a list in the period of the URL, a panel for a row.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { ReactNode } from 'react';
import type { AnyVariables } from 'urql';
import type { RangeInput } from '../gql/graphql';
import { useOnChange } from '../live/live';
import { usePlace } from '../shell/place';
import { type Figure, Figures } from '../ui/figures';
import { type Connection, List, readOrder } from '../ui/list';
import { useOpening } from '../ui/panel';
import { useParameters } from '../ui/params';
import { Choices, readChoices, Search } from '../ui/search';
import type { Column } from '../ui/table';
import type { text } from '../ui/text';
import { Nothing } from './nothing';
import { usePeriod } from './period';

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
  fields: readonly F[];
  usual: { field: F; direction: 'ASC' | 'DESC' };
  /** The filter beside the search: its name in the URL and in the API, and what it offers. */
  choice: { name: 'status' | 'type'; label: string; offered: readonly S[]; titles: Record<S, string> };
  figures: (connection: C | undefined) => Figure[];
  hint?: ReactNode;
  panel?: (props: PanelProps) => ReactNode;
}

/** A tab that is one list with its sums. */
export function Tab<R, V extends AnyVariables, E, F extends string, S extends string, C>(
  props: TabProps<R, V, E, F, S, C>,
) {
  const { choice, usual, panel: Panel } = props;
  const { account } = usePlace();
  const { zone, range } = usePeriod();
  const [params] = useParameters();
  const { open, show, close } = useOpening();
  const order = readOrder(params, props.fields, usual);
  const chosen = readChoices(params, choice.name, choice.offered);
  const search = params.get('q');
  const filter = { search, [choice.name]: chosen.length > 0 ? chosen : null };
  return (
    <>
      <List
        document={props.document}
        connection={props.connection}
        caption={props.caption}
        columns={props.columns(zone)}
        keyOf={props.keyOf}
        order={order}
        usualOrder={usual}
        empty={<Nothing of={props.of} filtered={chosen.length > 0 || Boolean(search)} />}
        opened={open}
        onOpen={Panel && ((row) => show(props.keyOf(row)))}
        variables={(page) => ({ account: account.id, range, filter, sort: order, ...page }) as unknown as V}
        head={(data, answer) => (
          <>
            <Refreshed again={answer.again} />
            <Figures items={props.figures((data && props.connection(data)) ?? undefined)} />
            {props.hint && <p className="hint">{props.hint}</p>}
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

// Asks anew after the account changed.
function Refreshed({ again }: { again: () => void }) {
  useOnChange(again);
  return null;
}
