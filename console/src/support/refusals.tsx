// The events that were refused lately: what was sent, where, and why it was not stored.
import { RefusalsViewDocument, type RefusalsViewQuery } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { NONE } from '../ui/format';
import { Instant } from '../ui/instant';
import { List } from '../ui/list';
import { Empty } from '../ui/states';
import type { Column } from '../ui/table';
import { told } from '../ui/told';
import { visible } from '../ui/visible';
import { localZone } from '../ui/zone';
import { desk } from './text';

const t = desk.refusals;
type Row = NonNullable<RefusalsViewQuery['account']>['refusals']['edges'][number];

// What was sent, as it came.
const seen = (value: string | null | undefined) => (value ? visible(value) : NONE);

const COLUMNS: Column<Row>[] = [
  { key: 'at', title: t.at, cell: ({ node }) => <Instant at={node.at} zone={localZone()} timed /> },
  {
    key: 'why',
    title: t.why,
    cell: ({ node }) => (
      <span className="name plain">
        {told.event(node.code, node.message)}
        <small>
          <code>{node.code}</code>
          <Detail of={told.eventDetail(node.code, node.message)} />
        </small>
      </span>
    ),
  },
  {
    key: 'event',
    title: t.event,
    cell: ({ node }) => (
      <span className="name plain">
        {seen(node.id)}
        <small>{seen(node.source)}</small>
      </span>
    ),
  },
  { key: 'endpoint', title: t.endpoint, cell: ({ node }) => <code>{node.endpoint}</code> },
];

// What only the server's own words tell.
function Detail({ of: detail }: { of: string | null }) {
  return detail && <span lang="en"> {detail}</span>;
}

/** The list, latest first. */
export function Refusals() {
  const { account } = usePlace();
  return (
    <section className="desk-wide" aria-label={t.title}>
      <h2>{t.title}</h2>
      <p className="hint">{t.lead}</p>
      <List
        document={RefusalsViewDocument}
        connection={(data) => data.account?.refusals}
        caption={t.title}
        columns={COLUMNS}
        keyOf={({ cursor }) => cursor}
        empty={<Empty title={t.none} />}
        file={{ name: t.title }}
        variables={(page) => ({ account: account.id, ...page })}
      />
    </section>
  );
}
