// Everything that runs: what it costs an hour, what it used, whether anybody uses it, and Undeploy beside.
import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { useAsk } from '../api/ask';
import { RunningViewDocument, type RunningViewQuery } from '../gql/graphql';
import { type Tab, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { sum } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { Figures } from '../ui/figures';
import { exact, NONE } from '../ui/format';
import { readOrder } from '../ui/list';
import { cpuName, scannerName } from '../ui/names';
import { useParameters } from '../ui/params';
import { Empty, Failed } from '../ui/states';
import { type Column, type Order, Table } from '../ui/table';
import { text } from '../ui/text';
import type { Task } from './forms';
import { Gates } from './gate';
import { ORDERS, type Running, running, sorted } from './running';
import { Watched } from './watched';

const t = text.deploy;
const r = text.answers.running;
const USUAL = { field: 'IDLE', direction: 'DESC' } as const;
const TABS: Record<Running['category'], Tab> = { MODELS: 'models', GUARDRAILS: 'guardrails', SCRIPTS: 'scripts' };

/** The list; idle ones first, the dearest of them on top. */
export function RunningView({ begin }: { begin: (task: Task) => void }) {
  const { account, can } = usePlace();
  const [params, set] = useParameters();
  const variables = { account: account.id, gates: can('ACCESS_CHECK'), usage: can('USAGE_VIEW') };
  const { data, fault, again, fetching } = useAsk(RunningViewDocument, variables);
  const order = readOrder(params, ORDERS, USUAL);
  const found = data?.account;
  const all =
    found && running(found, { guardrail: (g) => [scannerName(g.scannerKey), cpus(g)], script: t.kinds.scripts });
  const rows = all && sorted(all, order.field, order.direction);
  const idle = all?.filter(({ idleDays }) => (idleDays ?? 0) >= 7);
  const onOrder = ({ field, direction }: Order) => set({ sort: field.toLowerCase(), dir: direction.toLowerCase() });
  if (fault)
    return (
      <div className="card">
        <Failed fault={fault} again={again} />
      </div>
    );
  return (
    <>
      <Watched again={again} />
      <Gates gates={found ?? undefined} />
      <Figures
        items={[
          { name: r.count, value: all && String(all.length), main: true },
          {
            name: t.perHour,
            value: all && <Exact value={sum(all.map((row) => row.perHour))} show={exact} />,
            main: true,
          },
          { name: r.idle, value: idle && String(idle.length), main: true },
          {
            name: r.idleCost,
            value: idle && <Exact value={sum(idle.map((row) => row.perHour))} show={exact} />,
            main: true,
          },
        ]}
      />
      <section className="card table-card">
        <Table
          caption={r.title}
          columns={columnsFor(begin, can('RESOURCE_MANAGE'))}
          rows={rows ?? undefined}
          keyOf={(row) => row.id}
          order={order}
          onOrder={onOrder}
          busy={fetching}
          empty={<Empty title={r.none} />}
        />
      </section>
      <p className="hint foot">
        {r.help} {found && cut(found) && r.cut}
      </p>
    </>
  );
}

// Reports whether there is more than is asked for at once.
function cut({ models, guardrails, scripts }: NonNullable<RunningViewQuery['account']>): boolean {
  return [models, guardrails, scripts].some(({ totalCount, edges }) => totalCount > edges.length);
}

function cpus(g: { cpu?: string | null; cpuCount: number; replicas: number }): string {
  return g.cpu ? text.units.cpus(cpuName(g.cpu), g.cpuCount, g.replicas) : NONE;
}

function columnsFor(begin: (task: Task) => void, manages: boolean): Column<Running>[] {
  const columns: Column<Running>[] = [
    { key: 'name', title: t.name, sort: 'NAME', cell: (row) => <Name row={row} /> },
    {
      key: 'hardware',
      title: t.hardware,
      cell: (row) => (row.category === 'GUARDRAILS' ? row.hardware : `${row.hardware} × ${row.replicas}`),
    },
    {
      key: 'rate',
      title: t.perHour,
      sort: 'PRICE',
      right: true,
      cell: (row) => <Exact value={row.perHour} show={exact} unit={text.units.credits} />,
    },
    {
      key: 'used',
      title: r.used,
      sort: 'USED',
      right: true,
      cell: (row) => <Exact value={row.used} unit={text.units.credits} />,
    },
    { key: 'idle', title: r.idleFor, sort: 'IDLE', begins: 'DESC', cell: (row) => <Idle row={row} /> },
    {
      key: 'actions',
      title: t.actionsColumn,
      right: true,
      cell: (row) => (
        <Button
          size="xs"
          variant="default"
          aria-label={`${t.undeploy} ${row.name}`}
          onClick={() => begin(undeploy(row))}
        >
          {t.undeploy}
        </Button>
      ),
    },
  ];
  return manages ? columns : columns.filter(({ key }) => key !== 'actions');
}

function Name({ row }: { row: Running }) {
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

function Idle({ row }: { row: Running }) {
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

function undeploy({ id, name, category }: Running): Task {
  const kind = ({ MODELS: 'undeploy-model', GUARDRAILS: 'undeploy-guardrail', SCRIPTS: 'undeploy-script' } as const)[
    category
  ];
  return { do: kind, id, name };
}
