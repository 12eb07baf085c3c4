// What every list of the console has in common: state in the URL, one operation, table, pager, states.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type ReactNode, useEffect, useState } from 'react';
import { type AnyVariables, useClient } from 'urql';
import { type PartedAnswer, useAhead, useParts } from '../api/ask';
import type { Parted } from '../api/parts';
import { trusted } from '../api/trusted';
import { Renewed } from './freshness';
import { type PageArgs, readPage, refilter, steps } from './paging';
import { useParameters } from './params';
import { Failed, isStale, Stale } from './states';
import type { Order } from './table';
import { type Column, Pager, Table } from './table';
import { Take, useUnseen } from './take';

/** A connection as the API answers it. */
export interface Connection<E> {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor?: string | null; endCursor?: string | null };
  edges: E[];
}

/** The order that the URL asks for, among the fields on offer. */
export function readOrder<F extends string>(
  params: URLSearchParams,
  fields: readonly F[],
  usual: { field: F; direction: 'ASC' | 'DESC' },
): { field: F; direction: 'ASC' | 'DESC' } {
  const wanted = params.get('sort')?.toUpperCase().replaceAll('-', '_');
  const field = fields.find((f) => f === wanted);
  if (!field) return usual;
  return { field, direction: params.get('dir') === 'desc' ? 'DESC' : 'ASC' };
}

interface ListProps<R, V extends AnyVariables, E> {
  document: TypedDocumentNode<R, V>;
  variables: (page: PageArgs) => V;
  connection: (data: Parted<R>) => Connection<E> | null | undefined;
  caption: string;
  /** The columns; a function where they need more of the answer than their row. */
  columns: Column<E>[] | ((data: Parted<R> | undefined) => Column<E>[]);
  keyOf: (row: E) => string;
  order?: Order;
  usualOrder?: Order;
  /** What another order does, where the URL holds it otherwise than under `sort` and `dir`. */
  onOrder?: (order: Order) => void;
  onOpen?: (row: E) => void;
  opened?: string | null;
  empty: ReactNode;
  /** What a file of the rows is called, and what stands above them in it; without it no file is offered. */
  file?: { name: string; about?: string[] };
  /** Called with the rows when others are shown. */
  onRows?: (rows: E[]) => void;
  /** A word below the rows; it comes with them, so that it moves nothing. */
  foot?: ReactNode;
  /** Says how old what is shown is, and asks again after the account changed. */
  fresh?: { asOf: (data: Parted<R>) => string | null | undefined; zone: string; every?: number };
  /** Filters and figures above the table. */
  head?: (data: Parted<R> | undefined, answer: PartedAnswer<R>) => ReactNode;
}

/** A view that is one list. */
export function List<R, V extends AnyVariables, E>(props: ListProps<R, V, E>) {
  const [params, set] = useParameters();
  const place = readPage(params);
  const answer = useParts(props.document, props.variables(place.args));
  const ahead = useAhead(props.document);
  const connection = answer.data && props.connection(answer.data);
  const columns = typeof props.columns === 'function' ? props.columns(answer.data) : props.columns;
  const { onRows, keyOf } = props;
  const edges = connection?.edges;
  const shown = edges?.map(keyOf).join(' ');
  useEffect(() => {
    if (edges) onRows?.(edges);
  }, [shown]);
  const onOrder = (order: Order) => {
    const usual = order.field === props.usualOrder?.field && order.direction === props.usualOrder.direction;
    refilter(set, {
      sort: usual ? null : order.field.toLowerCase().replaceAll('_', '-'),
      dir: usual ? null : order.direction.toLowerCase(),
    });
  };
  const all = useAllRows(props);
  // The list itself may be the part that failed.
  const fault = answer.fault ?? (connection ? null : answer.broken);
  const stale = answer.fault !== null && isStale(answer);
  const ways = connection && steps(place, connection.pageInfo, connection.totalCount);
  return (
    <>
      {props.fresh && (
        <Renewed
          {...answer}
          asOf={(answer.data && props.fresh.asOf(answer.data)) ?? undefined}
          zone={props.fresh.zone}
          every={props.fresh.every}
        />
      )}
      {props.head?.(answer.data, answer)}
      {fault && stale && <Stale fault={fault} again={answer.again} />}
      {fault && !stale ? (
        <Failed fault={fault} again={answer.again} first={() => refilter(set, {})} />
      ) : (
        <section className="card table-card">
          <Table
            caption={props.caption}
            columns={columns}
            rows={connection?.edges}
            keyOf={props.keyOf}
            order={props.order}
            onOrder={props.order && (props.onOrder ?? onOrder)}
            onOpen={props.onOpen}
            opened={props.opened}
            busy={answer.fetching}
            empty={props.empty}
            waiting={Math.min(place.size, 10)}
          />
          {connection && ways && connection.totalCount > 0 && (
            <Pager
              caption={props.caption}
              take={
                props.file && (
                  <Take
                    {...props.file}
                    whole={connection.totalCount > connection.edges.length ? all.load : undefined}
                  />
                )
              }
              place={place}
              steps={ways}
              shown={connection.edges.length}
              total={connection.totalCount}
              go={set}
              resize={(size) => refilter(set, { size: size === 25 ? null : String(size) })}
              ahead={() =>
                ways.next?.['after'] && ahead(props.variables({ first: place.size, after: ways.next['after'] }))
              }
            />
          )}
          {all.rows && (
            <div className="out-of-sight" ref={all.took}>
              <Table {...props} columns={columns} rows={all.rows} onOpen={undefined} onOrder={undefined} />
            </div>
          )}
        </section>
      )}
      {connection && props.foot}
    </>
  );
}

// Pages of a file at most, of 100 rows each.
const PAGES = 100;

// Every row of a list for a file: asked for page by page, and shown out of sight to be read.
function useAllRows<R, V extends AnyVariables, E>({ document: asked, variables, connection }: ListProps<R, V, E>) {
  const client = useClient();
  const unseen = useUnseen();
  const [rows, setRows] = useState<E[]>([]);
  const load = async (): Promise<HTMLTableElement | null> => {
    const found: E[] = [];
    for (let page = 0, after: string | undefined; page < PAGES; page++) {
      const { data } = await client.query(trusted(asked), variables({ first: 100, after })).toPromise();
      const part = data && connection(data as Parted<R>);
      if (!part) return null;
      found.push(...part.edges);
      after = part.pageInfo.endCursor ?? undefined;
      if (!part.pageInfo.hasNextPage) break;
    }
    setRows(found);
    return unseen.load();
  };
  return { rows: unseen.shown ? rows : null, load, took: unseen.took };
}
