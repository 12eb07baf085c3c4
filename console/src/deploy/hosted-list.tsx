// What can be deployed and what runs, as one list for every kind: what it costs an hour, what it used, whether anybody
// uses it, and what can be done about it beside.
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import {
  type DeployableFilter,
  type DeployableSortField,
  type GatesFragment,
  HostedViewDocument,
  type HostedViewQuery,
} from '../gql/graphql';
import { type Kind, type Tab, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Exact } from '../ui/exact';
import { Figures } from '../ui/figures';
import { count, exact, NONE } from '../ui/format';
import { List, readOrder } from '../ui/list';
import { cpuName, scannerName } from '../ui/names';
import { useParameters } from '../ui/params';
import { Search } from '../ui/search';
import { StatusMark } from '../ui/status';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { told } from '../ui/told';
import { localZone } from '../ui/zone';
import { Actions } from './actions';
import type { Task } from './forms';
import { Gates } from './gate';
import { type Hosted, type HostedOrder, hosted, ORDERS, type Words } from './hosted';
import { Watched } from './watched';

const t = text.deploy;
const r = text.answers.running;
const TABS: Record<Hosted['category'], Tab> = { MODELS: 'models', GUARDRAILS: 'guardrails', SCRIPTS: 'scripts' };
const FIELDS: Record<HostedOrder, DeployableSortField> = {
  IDLE: 'IDLE_DAYS',
  PRICE: 'RATE_PER_HOUR',
  USED: 'CREDITS_USED',
  NAME: 'NAME',
};
// What is sorted by use is for those who may see it.
const OF_USE: readonly HostedOrder[] = ['IDLE', 'USED'];

/** What a kind of list asks for and shows. */
export interface ListedProps {
  kind: Exclude<Kind, 'fine-tuning'>;
  filter: DeployableFilter;
  usual: { field: HostedOrder; direction: 'ASC' | 'DESC' };
  empty: ReactNode;
  filters?: ReactNode;
  begin: (task: Task) => void;
}

const WORDS: Words = {
  model: (type) => names.modelType[type],
  guardrail: (g) => [
    scannerName(g.scannerKey),
    g.cpu ? text.units.cpus(cpuName(g.cpu), g.cpuCount, g.replicas) : text.guardrails.free,
  ],
  script: (s) => `${names.language[s.language]} (${s.languageVersion})`,
};

type Connection = NonNullable<HostedViewQuery['account']>['deployables'];

// The rows of an answer as the columns show them, made once for all of its cells.
const made = new WeakMap<Connection['edges'], Hosted[]>();

function rowsOf({ edges, ...rest }: Connection): Omit<Connection, 'edges'> & { edges: Hosted[] } {
  let rows = made.get(edges);
  if (!rows)
    made.set(
      edges,
      (rows = hosted(
        edges.map(({ node }) => node),
        WORDS,
      )),
    );
  return { ...rest, edges: rows };
}

/** The list. */
export function HostedList({ kind, filter, usual, empty, filters, begin }: ListedProps) {
  const { account, can } = usePlace();
  const [params] = useParameters();
  const usage = can('USAGE_VIEW');
  const offered = ORDERS.filter((order) => usage || !OF_USE.includes(order));
  const first = usage || !OF_USE.includes(usual.field) ? usual : ({ field: 'PRICE', direction: 'DESC' } as const);
  const { field, direction } = readOrder(params, offered, first);
  const search = params.get('q');
  return (
    <List
      document={HostedViewDocument}
      variables={(page) => ({
        account: account.id,
        gates: can('ACCESS_CHECK'),
        usage,
        filter: { ...filter, search },
        sort: { field: FIELDS[field], direction },
        ...page,
      })}
      connection={({ account: found }) => found?.deployables && rowsOf(found.deployables)}
      caption={kind === 'running' ? r.title : t.kinds[kind]}
      columns={(data) =>
        columnsFor(kind, begin, data?.account ?? undefined)
          .filter(({ key }) => key !== 'actions' || can('RESOURCE_MANAGE'))
          .filter(({ key }) => usage || (key !== 'used' && key !== 'idle'))
      }
      keyOf={({ id }) => id}
      order={{ field, direction }}
      usualOrder={first}
      empty={empty}
      foot={usage && <p className="hint foot">{r.help}</p>}
      file={{ name: `${t.title}: ${kind === 'running' ? r.title : t.kinds[kind]}` }}
      fresh={{ asOf: (data) => data.account?.deployables?.asOf, zone: localZone(), every: 1_500 }}
      head={(data, { again }) => (
        <>
          <Watched again={again} />
          <Gates gates={data?.account ?? undefined} />
          <Sums totals={data?.account?.deployables?.totals} />
          <div className="filters">
            <Search />
            {filters}
          </div>
        </>
      )}
    />
  );
}

// Sums of all that the filter leaves.
function Sums({ totals }: { totals: Connection['totals'] | undefined }) {
  const { can } = usePlace();
  const cost = (value: string | undefined) => (value === undefined ? value : <Exact value={value} show={exact} />);
  const number = (value: number | undefined) => (value === undefined ? value : count(value));
  const all = [
    { name: r.count, value: number(totals?.running), main: true },
    { name: t.perHour, value: cost(totals?.ratePerHour), main: true },
  ];
  const idle = [
    { name: r.idle, value: number(totals?.idle), main: true },
    { name: r.idleCost, value: cost(totals?.idleRatePerHour), main: true },
  ];
  return <Figures items={can('USAGE_VIEW') ? [...all, ...idle] : all} />;
}

// What runs has one status, and another deployment of its model is no matter of it.
function columnsFor(
  kind: ListedProps['kind'],
  begin: (task: Task) => void,
  gates: GatesFragment | undefined,
): Column<Hosted>[] {
  const running = kind === 'running';
  const acts = (row: Hosted) => (running ? { ...row.acts, deploy: undefined } : row.acts);
  const columns: Column<Hosted>[] = [
    { key: 'name', title: t.name, sort: 'NAME', cell: (row) => <Name row={row} /> },
    { key: 'hardware', title: t.hardware, cell: (row) => row.hardware || NONE },
    {
      key: 'rate',
      title: t.perHour,
      sort: 'PRICE',
      right: true,
      cell: ({ perHour }) =>
        perHour === null ? NONE : <Exact value={perHour} show={exact} unit={text.units.credits} />,
    },
    {
      key: 'used',
      title: r.used,
      sort: 'USED',
      right: true,
      cell: ({ used }) => (used === null ? NONE : <Exact value={used} unit={text.units.credits} />),
    },
    { key: 'idle', title: r.idleFor, sort: 'IDLE', begins: 'DESC', cell: (row) => <Idle row={row} /> },
    { key: 'status', title: t.status, cell: (row) => <State row={row} /> },
    {
      key: 'actions',
      title: t.actionsColumn,
      right: true,
      cell: (row) => <Actions name={row.name} acts={acts(row)} gates={gates} begin={begin} />,
    },
  ];
  return running ? columns.filter(({ key }) => key !== 'status') : columns;
}

function Name({ row }: { row: Hosted }) {
  const paths = usePaths();
  const { can } = usePlace();
  return (
    <span className="dotted">
      <i className={`dot dot-${TABS[row.category]}`} aria-hidden />
      <span className="name">
        {can('USAGE_VIEW') ? (
          <Link className="link" to={paths.resource(TABS[row.category], row.resource)}>
            {row.name}
          </Link>
        ) : (
          row.name
        )}
        <small>{row.of}</small>
      </span>
    </span>
  );
}

function State({ row: { status, pending, reason } }: { row: Hosted }) {
  if (!status) return <span className="none">{t.noDeployment}</span>;
  return (
    <>
      <StatusMark status={status} pending={pending} />
      {reason && <small className="reason">{told.known(reason)}</small>}
    </>
  );
}

function Idle({ row }: { row: Hosted }) {
  if (!row.runs || row.acts.free) return NONE;
  if (row.idleDays === null) return <span className="none">{r.unknown}</span>;
  if (row.idleDays === 0)
    return (
      <span className="status" data-tone="good">
        {r.inUse}
      </span>
    );
  return (
    <span className="status" data-tone={row.idleDays >= 7 ? 'bad' : 'busy'} data-idle={row.idleDays}>
      {r.days(row.idleDays)}
    </span>
  );
}
