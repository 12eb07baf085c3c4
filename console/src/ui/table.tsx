// A table of rows from a connection: sorting, paging, rows that open a panel. On a narrow screen each row becomes a
// card; the roles are written out, since CSS that makes blocks of rows would take them away.
import { ActionIcon, NativeSelect, Skeleton } from '@mantine/core';
import {
  IconArrowDown,
  IconArrowsSort,
  IconArrowUp,
  IconChevronLeft,
  IconChevronRight,
  IconChevronsLeft,
  IconChevronsRight,
} from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { count } from './format';
import { type Place, rows as rowsOf, SIZES, type Steps } from './paging';
import { Take } from './take';
import { text } from './text';

/** A column; `sort` is the field it sorts by. */
export interface Column<R> {
  key: string;
  title: string;
  cell: (row: R) => ReactNode;
  sort?: string;
  /** Which end comes first at the first click. */
  begins?: 'ASC' | 'DESC';
  right?: boolean;
}

/** The order of rows. */
export interface Order {
  field: string;
  direction: 'ASC' | 'DESC';
}

interface TableProps<R> {
  caption: string;
  columns: Column<R>[];
  rows: R[] | undefined; // undefined: loading
  keyOf: (row: R) => string;
  order?: Order;
  onOrder?: (order: Order) => void;
  onOpen?: (row: R) => void;
  opened?: string | null;
  busy?: boolean;
  empty: ReactNode;
  /** Offers the rows as a file, named like the caption. */
  takes?: boolean;
  /** How many grey rows stand for those to come. */
  waiting?: number;
}

/** The table. */
export function Table<R>(props: TableProps<R>) {
  const { caption, columns, rows, busy } = props;
  const [box, wide] = useWide();
  if (rows?.length === 0) return <>{props.empty}</>;
  const table = (
    <>
      {props.order && props.onOrder && <OrderChoice columns={columns} order={props.order} onOrder={props.onOrder} />}
      <div
        className="table-scroll"
        data-busy={busy || undefined}
        ref={box}
        tabIndex={wide ? 0 : undefined}
        role={wide ? 'group' : undefined}
        aria-label={wide ? caption : undefined}
      >
        <table role="table" className="table" aria-busy={busy || !rows} aria-label={caption}>
          <thead role="rowgroup">
            <tr role="row">
              {columns.map((column) => (
                <Head key={column.key} column={column} order={props.order} onOrder={props.onOrder} />
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {rows ? (
              rows.map((row) => <Row key={props.keyOf(row)} row={row} {...props} />)
            ) : (
              <Grey columns={columns} lines={props.waiting ?? 8} />
            )}
          </tbody>
        </table>
      </div>
    </>
  );
  if (!props.takes) return table;
  return (
    <div className="view table-with-file">
      <Take name={caption} />
      {table}
    </div>
  );
}

// Where rows are cards there are no heads to click: the order is chosen from a list.
function OrderChoice<R>({
  columns,
  order,
  onOrder,
}: {
  columns: Column<R>[];
  order: Order;
  onOrder: (order: Order) => void;
}) {
  const offered = columns.flatMap((column) =>
    column.sort
      ? (['ASC', 'DESC'] as const).map((direction) => ({
          value: `${column.sort} ${direction}`,
          label: text.table.ordered[direction](column.title),
        }))
      : [],
  );
  const choose = (value: string) => {
    const [field = '', direction] = value.split(' ');
    onOrder({ field, direction: direction === 'DESC' ? 'DESC' : 'ASC' });
  };
  return (
    <label className="order-choice">
      {text.table.order}{' '}
      <NativeSelect
        size="xs"
        value={`${order.field} ${order.direction}`}
        data={offered}
        onChange={(event) => choose(event.currentTarget.value)}
      />
    </label>
  );
}

// Whether the table is wider than its place: then it can be scrolled, and the keyboard must reach it.
function useWide(): [(element: HTMLElement | null) => void, boolean] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [wide, setWide] = useState(false);
  useEffect(() => {
    if (!element) return;
    const sized = new ResizeObserver(() => setWide(element.scrollWidth > element.clientWidth));
    sized.observe(element);
    if (element.firstElementChild) sized.observe(element.firstElementChild);
    return () => sized.disconnect();
  }, [element]);
  return [setElement, wide];
}

function Head<R>({ column, order, onOrder }: { column: Column<R>; order?: Order; onOrder?: (order: Order) => void }) {
  const active = column.sort !== undefined && order?.field === column.sort;
  const sorted = active ? (order.direction === 'ASC' ? 'ascending' : 'descending') : undefined;
  if (!column.sort || !onOrder)
    return (
      <th role="columnheader" scope="col" data-right={column.right || undefined} data-column={column.key}>
        {column.title}
      </th>
    );
  const field = column.sort;
  const begins = column.begins ?? (column.right ? 'DESC' : 'ASC');
  const turned = order?.direction === 'ASC' ? 'DESC' : 'ASC';
  const Icon = active ? (order.direction === 'ASC' ? IconArrowUp : IconArrowDown) : IconArrowsSort;
  return (
    <th role="columnheader" scope="col" aria-sort={sorted ?? 'none'} data-right={column.right || undefined}>
      <button
        type="button"
        className="sort"
        onClick={() => onOrder({ field, direction: active ? turned : begins })}
        title={text.table.sort(column.title)}
      >
        {column.title}
        <Icon size={14} aria-hidden data-active={active || undefined} />
      </button>
    </th>
  );
}

function Row<R>({ row, columns, keyOf, onOpen, opened }: TableProps<R> & { row: R }) {
  const id = keyOf(row);
  const open = onOpen && (() => onOpen(row));
  return (
    <tr
      role="row"
      data-opens={open ? true : undefined}
      data-opened={opened === id || undefined}
      aria-current={(opened === id && !open) || undefined}
      onClick={open && ((event) => unlessControl(event.target, open))}
    >
      {columns.map((column, i) => (
        <td
          role="cell"
          key={column.key}
          data-label={column.title}
          data-right={column.right || undefined}
          data-column={column.key}
        >
          {i === 0 && open ? (
            <button type="button" className="open" aria-haspopup="dialog" onClick={open}>
              <span className="hidden">{text.table.open} </span>
              {column.cell(row)}
            </button>
          ) : (
            column.cell(row)
          )}
        </td>
      ))}
    </tr>
  );
}

// A click on a link or button within the row is theirs; one that ends a selection of text opens nothing.
function unlessControl(target: EventTarget, open: () => void): void {
  if (target instanceof Element && target.closest('a, button')) return;
  if (window.getSelection()?.toString()) return;
  open();
}

function Grey<R>({ columns, lines }: { columns: Column<R>[]; lines: number }) {
  return Array.from({ length: lines }, (_, i) => (
    <tr role="row" key={i} aria-hidden>
      {columns.map((column) => (
        <td role="cell" key={column.key} data-right={column.right || undefined}>
          <Skeleton height={14} width={`${45 + ((i * 23 + column.key.length * 11) % 45)}%`} />
        </td>
      ))}
    </tr>
  ));
}

interface PagerProps {
  /** What its table is called: there may be several on a page. */
  caption: string;
  place: Place;
  steps: Steps;
  shown: number;
  total: number;
  go: (changes: Record<string, string | null>) => void;
  resize: (size: number) => void;
  /** What offers a file of the rows. */
  take?: ReactNode;
  /** Called when the pointer or the focus reaches "next": time to ask ahead. */
  ahead?: () => void;
}

/** The foot of a table: which rows, and the way to others. */
export function Pager({ caption, place, steps, shown, total, go, resize, take, ahead }: PagerProps) {
  const { from, to } = rowsOf(place, shown, total);
  const step = (name: string, changes: Steps['first'], Icon: typeof IconChevronLeft, early?: () => void) => (
    <ActionIcon
      variant="default"
      size="lg"
      aria-label={name}
      title={name}
      disabled={!changes}
      onClick={() => changes && go(changes)}
      onPointerEnter={early}
      onFocus={early}
    >
      <Icon size={18} />
    </ActionIcon>
  );
  return (
    <nav className="pager" aria-label={`${text.table.pages}: ${caption}`}>
      <label className="pager-size">
        {text.table.rows}{' '}
        <NativeSelect
          size="xs"
          value={String(place.size)}
          data={SIZES.map(String)}
          onChange={(event) => resize(Number(event.currentTarget.value))}
        />
      </label>
      {take}
      <span className="pager-part" role="status">
        {text.table.part(count(from), count(to), count(total))}
      </span>
      <span className="pager-steps">
        {step(text.table.first, steps.first, IconChevronsLeft)}
        {step(text.table.previous, steps.previous, IconChevronLeft)}
        {step(text.table.next, steps.next, IconChevronRight, ahead)}
        {step(text.table.last, steps.last, IconChevronsRight)}
      </span>
    </nav>
  );
}
