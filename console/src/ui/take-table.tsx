// A file of what a card shows without a table: its rows stand in one out of sight for as long as it is read.
import { type Column, Table } from './table';
import { Take, type TakeProps, useUnseen } from './take';

interface TakeTableProps<R> extends Pick<TakeProps, 'about' | 'chart' | 'unfiltered'> {
  /** What the card is called; the table too. */
  name: string;
  columns: Column<R>[];
  rows: R[];
  keyOf: (row: R) => string;
}

/** The button. */
export function TakeTable<R>({ columns, rows, keyOf, ...rest }: TakeTableProps<R>) {
  const unseen = useUnseen();
  return (
    <>
      <Take {...rest} whole={unseen.load} />
      {unseen.shown && (
        <div className="out-of-sight" ref={unseen.took}>
          <Table caption={rest.name} columns={columns} rows={rows} keyOf={keyOf} empty={null} />
        </div>
      )}
    </>
  );
}
