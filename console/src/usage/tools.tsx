// The Tools tab.
import { ToolsTabDocument, type ToolSortField, type ToolsTabQuery, type ToolStatus } from '../gql/graphql';
import { useOnChange } from '../live/live';
import { usePlace } from '../shell/place';
import { Count } from '../ui/exact';
import { Figures } from '../ui/figures';
import { Instant } from '../ui/instant';
import { List, readOrder } from '../ui/list';
import { useParameters } from '../ui/params';
import { Choices, readChoices, Search } from '../ui/search';
import { StatusMark } from '../ui/status';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { Nothing } from './nothing';
import { usePeriod } from './period';

const t = text.tools;
const FIELDS: readonly ToolSortField[] = ['NAME', 'RUNS', 'OWNER_NAME', 'LAST_ACTIVE_ON', 'STATUS'];
const STATUSES: readonly ToolStatus[] = ['DEPLOYED', 'UNDEPLOYED', 'DELETED'];
const USUAL = { field: 'RUNS', direction: 'DESC' } as const;

type Row = NonNullable<ToolsTabQuery['account']>['tools']['edges'][number];

function columns(zone: string): Column<Row>[] {
  return [
    { key: 'name', title: t.name, sort: 'NAME', cell: ({ node }) => <span className="name">{node.name}</span> },
    { key: 'runs', title: t.runsColumn, sort: 'RUNS', right: true, cell: ({ runs }) => <Count value={runs} /> },
    {
      key: 'owner',
      title: t.owner,
      sort: 'OWNER_NAME',
      cell: ({ node }) => <span className="words">{node.ownerName}</span>,
    },
    {
      key: 'active',
      title: t.active,
      sort: 'LAST_ACTIVE_ON',
      begins: 'DESC',
      cell: ({ node }) => <Instant at={node.lastActiveOn} zone={zone} />,
    },
    { key: 'status', title: t.status, sort: 'STATUS', cell: ({ node }) => <StatusMark status={node.status} /> },
  ];
}

/** Tools deployed at least once, with their runs in the period. */
export default function Tools() {
  const { account } = usePlace();
  const { zone, range } = usePeriod();
  const [params] = useParameters();
  const order = readOrder(params, FIELDS, USUAL);
  const status = readChoices(params, 'status', STATUSES);
  const search = params.get('q');
  return (
    <List
      document={ToolsTabDocument}
      connection={(data) => data.account?.tools}
      caption={t.caption}
      columns={columns(zone)}
      keyOf={({ node }) => node.id}
      order={order}
      usualOrder={USUAL}
      empty={<Nothing of="tools" filtered={status.length > 0 || Boolean(search)} />}
      variables={(page) => ({
        account: account.id,
        range,
        filter: { search, status: status.length ? status : null },
        sort: order,
        ...page,
      })}
      head={(data, answer) => (
        <>
          <Refreshed again={answer.again} />
          <Figures
            items={[
              {
                name: t.total,
                value: data?.account && <Count value={data.account.tools.totals.totalTools} />,
                main: true,
              },
              {
                name: t.runs,
                value: data?.account && <Count value={data.account.tools.totals.totalRuns} />,
                main: true,
              },
            ]}
          />
          <div className="filters">
            <Search />
            <Choices name="status" label={t.status} offered={STATUSES} titles={names.status} />
          </div>
        </>
      )}
    />
  );
}

/** Asks anew after the account changed. */
export function Refreshed({ again }: { again: () => void }) {
  useOnChange(again);
  return null;
}
