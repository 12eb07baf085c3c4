// What the statuses of custom scripts mean.
import { StatusMark } from '../ui/status';
import { type Column, Table } from '../ui/table';
import { scriptStatuses, text } from '../ui/text';

const t = text.statuses;
type Row = (typeof scriptStatuses)[number];

const COLUMNS: Column<Row>[] = [
  {
    key: 'status',
    title: t.status,
    cell: (row) => (
      <span id={row.status}>
        <StatusMark status={row.status} />
      </span>
    ),
  },
  { key: 'meaning', title: t.meaning, cell: (row) => row.meaning },
  { key: 'charged', title: t.charged, cell: (row) => (row.charged ? t.yes : t.no) },
  { key: 'next', title: t.next, cell: (row) => row.next },
];

/** The explanation that statuses link to. */
export default function Statuses() {
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>{t.title}</h1>
          <p className="lead">{t.lead}</p>
        </div>
      </div>
      <section className="card table-card prose">
        <Table
          takes
          caption={t.title}
          columns={COLUMNS}
          rows={scriptStatuses}
          keyOf={(row) => row.status}
          empty={null}
        />
      </section>
    </div>
  );
}
