// What can be deployed and what runs, as one list for every kind: what it costs an hour, what it used, whether anybody
// uses it, and what can be done about it beside.
import { type ReactNode, useEffect, useState } from 'react';
import { Link } from 'react-router';
import { useClient } from 'urql';
import { type PartedAnswer, useParts } from '../api/ask';
import { trusted } from '../api/trusted';
import {
  type GatesFragment,
  HostedViewDocument,
  type HostedViewQuery,
  type HostedViewQueryVariables,
} from '../gql/graphql';
import { type Kind, type Tab, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { sum } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { Figures } from '../ui/figures';
import { exact, NONE } from '../ui/format';
import { readOrder } from '../ui/list';
import { cpuName, scannerName } from '../ui/names';
import { readPage, refilter, turning } from '../ui/paging';
import { useParameters } from '../ui/params';
import { Search } from '../ui/search';
import { Failed, isStale, Part, Stale } from '../ui/states';
import { StatusMark } from '../ui/status';
import { type Column, type Order, Pager, Table } from '../ui/table';
import { Take, useUnseen } from '../ui/take';
import { names, text } from '../ui/text';
import { Actions } from './actions';
import type { Task } from './forms';
import { Gates } from './gate';
import { type Account, type Hosted, type HostedOrder, hosted, ORDERS, sorted, type Words } from './hosted';
import { Watched } from './watched';

const t = text.deploy;
const r = text.answers.running;
const TABS: Record<Hosted['category'], Tab> = { MODELS: 'models', GUARDRAILS: 'guardrails', SCRIPTS: 'scripts' };
const LISTS = ['models', 'guardrails', 'scripts'] as const;
const USE = ['day', 'week', 'month', 'spent'];
// Pages that are asked for at most; the order is made here, so all rows must be.
const PAGES = 20;

/** What a kind of list asks for and shows. */
export interface ListedProps {
  kind: Exclude<Kind, 'fine-tuning'>;
  asks: Omit<HostedViewQueryVariables, 'account' | 'gates' | 'usage' | 'modelSort'>;
  usual: { field: HostedOrder; direction: 'ASC' | 'DESC' };
  /** Which of the rows are shown. */
  wanted?: (row: Hosted) => boolean;
  empty: ReactNode;
  filters?: ReactNode;
  begin: (task: Task) => void;
  /** What stands below the list. */
  children?: (rows: Hosted[] | undefined) => ReactNode;
}

const WORDS: Words = {
  model: (type) => names.modelType[type],
  guardrail: (g) => [
    scannerName(g.scannerKey),
    g.cpu ? text.units.cpus(cpuName(g.cpu), g.cpuCount, g.replicas) : text.guardrails.free,
  ],
  script: (s) => `${names.language[s.language]} (${s.languageVersion})`,
};

/** The list. */
export function HostedList({ kind, asks, usual, wanted, empty, filters, begin, children }: ListedProps) {
  const { account, can } = usePlace();
  const [params, set] = useParameters();
  const usage = can('USAGE_VIEW');
  const answer = useParts(HostedViewDocument, {
    ...asks,
    account: account.id,
    gates: can('ACCESS_CHECK'),
    usage,
    modelSort: usage ? { field: 'CREDITS_USED', direction: 'DESC' } : null,
  });
  const { all, cut } = useRows(answer, asks);
  const order = readOrder(params, ORDERS, usual);
  const { fault, again } = answer;
  const found = answer.data?.account;
  const gates = found ?? undefined;
  const known = all && sorted(all, order.field, order.direction).filter((row) => wanted?.(row) ?? true);
  const onOrder = ({ field, direction }: Order) =>
    refilter(set, { sort: field.toLowerCase(), dir: direction.toLowerCase() });
  if (fault && !isStale(answer))
    return (
      <div className="card">
        <Failed fault={fault} again={again} />
      </div>
    );
  return (
    <>
      <Watched again={again} />
      {fault && <Stale fault={fault} again={again} />}
      <Gates gates={gates} />
      <Sums rows={all} />
      <div className="filters">
        <Search />
        {filters}
      </div>
      {LISTS.map((list) => (
        <Part key={list} of={found?.[list]} fault={answer.failed(list)} again={again} card>
          {null}
        </Part>
      ))}
      <Part of={null} fault={firstOf(USE.map(answer.failed))} again={again} card>
        {null}
      </Part>
      <Rows
        caption={kind === 'running' ? r.title : t.kinds[kind]}
        columns={columnsFor(kind, begin, gates).filter(({ key }) => key !== 'actions' || can('RESOURCE_MANAGE'))}
        rows={known}
        order={order}
        onOrder={onOrder}
        busy={answer.fetching}
        empty={empty}
      />
      {known && (
        <p className="hint foot">
          {r.help} {cut && r.cut}
        </p>
      )}
      {children?.(all)}
    </>
  );
}

const firstOf = <F,>(faults: (F | null)[]): F | null => faults.find((fault) => fault !== null) ?? null;

// All rows, page after page where a list has several; `cut` says that there may be more.
function useRows(answer: PartedAnswer<HostedViewQuery>, asks: ListedProps['asks']) {
  const client = useClient();
  const { account } = usePlace();
  const first = answer.data?.account as Account | null | undefined;
  const key = JSON.stringify(asks);
  const [rest, setRest] = useState<{ key: string; pages: Account[] }>({ key: '', pages: [] });
  useEffect(() => {
    if (!first) return;
    let gone = false;
    const load = async () => {
      const pages: Account[] = [];
      const variables = { ...asks, account: account.id, gates: false, usage: false };
      for (let after = nextOf(first, asks); after && pages.length < PAGES - 1; after = nextOf(pages.at(-1)!, asks)) {
        const { data } = await client.query(trusted(HostedViewDocument), { ...variables, after }).toPromise();
        if (gone || !data?.account) return;
        pages.push(data.account);
      }
      setRest((known) => (known.pages.length + pages.length > 0 || known.key !== key ? { key, pages } : known));
    };
    void load();
    return () => {
      gone = true;
    };
  }, [client, account.id, first, key]);
  const pages = first ? [first, ...(rest.key === key ? rest.pages : [])] : null;
  const all = pages?.flatMap((page) => hosted(page, first!, WORDS));
  const last = pages?.at(-1);
  return { all, cut: last ? LISTS.some((list) => last[list]?.pageInfo.hasNextPage) || someCut(pages!) : false };
}

// Where the next page of the one list that is asked for begins; several lists have one page each.
function nextOf(page: Account, asks: ListedProps['asks']): string | null {
  const asked = LISTS.filter((list) => asks[list] !== false);
  const info = asked.length === 1 ? page[asked[0]!]?.pageInfo : undefined;
  return info?.hasNextPage ? (info.endCursor ?? null) : null;
}

function someCut(pages: Account[]): boolean {
  return pages.some((page) =>
    page.models?.edges.some(({ node: { deployments } }) => deployments.totalCount > deployments.edges.length),
  );
}

function Sums({ rows }: { rows: Hosted[] | undefined }) {
  const run = rows?.filter(({ runs, acts }) => runs && !acts.free);
  const idle = run?.filter(({ idleDays }) => (idleDays ?? 0) >= 7);
  const cost = (of: Hosted[]) => <Exact value={sum(of.map((row) => row.perHour ?? '0'))} show={exact} />;
  return (
    <Figures
      items={[
        { name: r.count, value: run && String(run.length), main: true },
        { name: t.perHour, value: run && cost(run), main: true },
        { name: r.idle, value: idle && String(idle.length), main: true },
        { name: r.idleCost, value: idle && cost(idle), main: true },
      ]}
    />
  );
}

interface RowsProps {
  caption: string;
  columns: Column<Hosted>[];
  rows: Hosted[] | undefined;
  order: Order;
  onOrder: (order: Order) => void;
  busy: boolean;
  empty: ReactNode;
}

// The table, a page at a time; a file has all rows.
function Rows({ rows, ...table }: RowsProps) {
  const [params, set] = useParameters();
  const unseen = useUnseen();
  const { size } = readPage(params);
  const total = rows?.length ?? 0;
  const place = turning(size, Number(params.get('page')), total);
  const shown = rows?.slice((place.number - 1) * size, place.number * size);
  const keyOf = (row: Hosted) => row.id;
  return (
    <section className="card table-card">
      <Table {...table} rows={shown} keyOf={keyOf} waiting={Math.min(size, 8)} />
      {shown && total > 0 && (
        <Pager
          take={<Take name={`${t.title}: ${table.caption}`} whole={total > shown.length ? unseen.load : undefined} />}
          place={place}
          steps={place.steps}
          shown={shown.length}
          total={total}
          go={set}
          resize={(wanted) => refilter(set, { size: wanted === 25 ? null : String(wanted) })}
        />
      )}
      {unseen.shown && (
        <div className="out-of-sight" ref={unseen.took}>
          <Table {...table} rows={rows} keyOf={keyOf} onOrder={undefined} />
        </div>
      )}
    </section>
  );
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
    <span className="name">
      <i className={`dot dot-${TABS[row.category]}`} aria-hidden />{' '}
      {can('USAGE_VIEW') ? (
        <Link className="link" to={paths.resource(TABS[row.category], row.resource)}>
          {row.name}
        </Link>
      ) : (
        row.name
      )}
      <small>{row.of}</small>
    </span>
  );
}

function State({ row: { status, pending, reason } }: { row: Hosted }) {
  if (!status) return <span className="none">{t.noDeployment}</span>;
  return (
    <>
      <StatusMark status={status} pending={pending} />
      {reason && <small className="reason">{reason}</small>}
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
