// The Tools tab.

import { useNavigate } from 'react-router';
import { type ToolSortField, type ToolStatus, ToolsTabDocument, type ToolsTabQuery } from '../gql/graphql';
import { usePaths } from '../shell/paths';
import { Count } from '../ui/exact';
import { Instant } from '../ui/instant';
import { useParameters } from '../ui/params';
import { StatusMark } from '../ui/status';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { Delta } from './delta';
import { Tab } from './tab';
import { periodOf } from './tabs';

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
  const paths = usePaths();
  const navigate = useNavigate();
  const [params] = useParameters();
  return (
    <Tab
      of="tools"
      document={ToolsTabDocument}
      connection={(data) => data.account?.tools}
      caption={t.caption}
      columns={columns}
      keyOf={({ node }) => node.id}
      use={({ runs }) => String(runs)}
      all={({ totals }) => String(totals.totalRuns)}
      change={({ runsChange }) => runsChange}
      beside="runs"
      onOpen={({ node }) => void navigate({ pathname: paths.resource('tools', node.id), search: periodOf(params) })}
      fields={FIELDS}
      usual={USUAL}
      choice={{ name: 'status', label: t.status, offered: STATUSES, titles: names.status }}
      figures={(tools) => [
        { name: t.total, value: tools && <Count value={tools.totals.totalTools} />, main: true },
        {
          name: t.runs,
          value: tools && <Count value={tools.totals.totalRuns} />,
          change: <Delta change={tools?.totals.totalRunsChange} />,
          main: true,
        },
      ]}
    />
  );
}
