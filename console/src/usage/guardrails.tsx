// The Guardrails tab; a row opens the hardware used.
import { Link } from 'react-router';
import { useAsk } from '../api/ask';
import {
  GuardrailPanelDocument,
  type GuardrailPanelQuery,
  type GuardrailSortField,
  type GuardrailStatus,
  GuardrailsTabDocument,
  type GuardrailsTabQuery,
  type RangeInput,
} from '../gql/graphql';
import { usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { rangeName } from '../ui/date-filter';
import { Count, Exact } from '../ui/exact';
import { Facts, Figures } from '../ui/figures';
import { NONE } from '../ui/format';
import { Instant } from '../ui/instant';
import { List, readOrder } from '../ui/list';
import { Panel, useOpening } from '../ui/panel';
import { useParameters } from '../ui/params';
import { Choices, readChoices, Search } from '../ui/search';
import { Empty, Failed, Missing, Waiting } from '../ui/states';
import { StatusMark } from '../ui/status';
import { type Column, Table } from '../ui/table';
import { names, text } from '../ui/text';
import { Lasting } from './lasting';
import { Nothing } from './nothing';
import { usePeriod } from './period';
import { Refreshed } from './tools';

const t = text.guardrails;
const FIELDS: readonly GuardrailSortField[] = ['NAME', 'CREDITS', 'TIME', 'LAST_DEPLOYED_ON', 'STATUS'];
const STATUSES: readonly GuardrailStatus[] = ['DEPLOYED', 'UNDEPLOYED'];
const USUAL = { field: 'CREDITS', direction: 'DESC' } as const;

type Row = NonNullable<GuardrailsTabQuery['account']>['guardrails']['edges'][number];

function columns(zone: string): Column<Row>[] {
  return [
    {
      key: 'name',
      title: t.name,
      sort: 'NAME',
      cell: ({ node }) => (
        <span className="name">
          {node.name}
          <small>{names.scanner[node.scanner]}</small>
        </span>
      ),
    },
    {
      key: 'credits',
      title: t.creditsColumn,
      sort: 'CREDITS',
      right: true,
      cell: ({ credits }) => <Exact value={credits} unit={text.units.credits} />,
    },
    {
      key: 'time',
      title: t.time,
      sort: 'TIME',
      right: true,
      cell: ({ time, node }) => (node.lastDeployedOn ? <Lasting span={time} /> : NONE),
    },
    {
      key: 'deployed',
      title: t.deployed,
      sort: 'LAST_DEPLOYED_ON',
      begins: 'DESC',
      cell: ({ node }) => <Instant at={node.lastDeployedOn} zone={zone} />,
    },
    {
      key: 'status',
      title: t.status,
      sort: 'STATUS',
      cell: ({ node }) => <StatusMark status={node.status} pending={node.pending} />,
    },
  ];
}

/** Guardrails and what they cost in the period. */
export default function Guardrails() {
  const { account } = usePlace();
  const { zone, range } = usePeriod();
  const [params] = useParameters();
  const { open, show, close } = useOpening();
  const order = readOrder(params, FIELDS, USUAL);
  const status = readChoices(params, 'status', STATUSES);
  const search = params.get('q');
  return (
    <>
      <List
        document={GuardrailsTabDocument}
        connection={(data) => data.account?.guardrails}
        caption={t.caption}
        columns={columns(zone)}
        keyOf={({ node }) => node.id}
        order={order}
        usualOrder={USUAL}
        empty={<Nothing of="guardrails" filtered={status.length > 0 || Boolean(search)} />}
        opened={open}
        onOpen={({ node }) => show(node.id)}
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
            <Sums totals={data?.account?.guardrails.totals} />
            <p className="hint">{text.usage.behaviour.guardrails}</p>
            <div className="filters">
              <Search />
              <Choices name="status" label={t.status} offered={STATUSES} titles={names.status} />
            </div>
          </>
        )}
      />
      <GuardrailPanel id={open} range={range} zone={zone} onClose={close} />
    </>
  );
}

function Sums({ totals }: { totals: NonNullable<GuardrailsTabQuery['account']>['guardrails']['totals'] | undefined }) {
  return (
    <Figures
      items={[
        { name: t.total, value: totals && <Count value={totals.totalGuardrails} />, main: true },
        {
          name: t.credits,
          value: totals && <Exact value={totals.totalCredits} unit={text.units.credits} />,
          main: true,
        },
        { name: t.time, value: totals && <Lasting span={totals.time} />, main: true },
      ]}
    />
  );
}

type Guardrail = Extract<NonNullable<GuardrailPanelQuery['node']>, { __typename: 'Guardrail' }>;
type Hardware = Guardrail['panel']['hardware'][number];

function GuardrailPanel({
  id,
  range,
  zone,
  onClose,
}: {
  id: string | null;
  range: RangeInput;
  zone: string;
  onClose: () => void;
}) {
  const { data, fault, again } = useAsk(GuardrailPanelDocument, { id: id ?? '', range }, id === null);
  const node = data?.node;
  const guardrail = id !== null && node?.__typename === 'Guardrail' && node.id === id ? node : null;
  return (
    <Panel opened={id !== null} onClose={onClose} title={guardrail?.panel.name ?? '…'}>
      {fault ? (
        <Failed fault={fault} again={again} />
      ) : guardrail ? (
        <Detail guardrail={guardrail} zone={zone} />
      ) : data && id !== null && !node ? (
        <Missing />
      ) : (
        <Waiting />
      )}
    </Panel>
  );
}

const HARDWARE: Column<Hardware>[] = [
  { key: 'cpu', title: t.cpuType, cell: (row) => names.cpu[row.cpuType] },
  { key: 'cpus', title: t.cpus, right: true, cell: (row) => <Count value={row.cpuCount} /> },
  { key: 'time', title: t.used, right: true, cell: (row) => <Lasting span={row.duration} /> },
  {
    key: 'credits',
    title: t.creditsUsed,
    right: true,
    cell: (row) => <Exact value={row.credits} unit={text.units.credits} />,
  },
];

function Detail({ guardrail, zone }: { guardrail: Guardrail; zone: string }) {
  const { choice } = usePeriod();
  const paths = usePaths();
  const free = guardrail.cpuCount === 0;
  return (
    <>
      <p className="hint">{text.panel.inRange(rangeName(choice))}</p>
      <Facts
        items={[
          [t.status, <StatusMark status={guardrail.status} pending={guardrail.pending} />],
          [t.scanner, names.scanner[guardrail.scanner]],
          [
            t.rate,
            free ? (
              t.free
            ) : (
              <>
                <Exact value={guardrail.ratePerHour} /> {text.panel.perHour}
              </>
            ),
          ],
          [t.deployed, <Instant at={guardrail.lastDeployedOn} zone={zone} timed />],
          ...(guardrail.reason ? [[text.panel.reason, guardrail.reason] as [string, string]] : []),
        ]}
      />
      <h3>{t.hardware}</h3>
      <Table
        caption={t.hardware}
        columns={HARDWARE}
        rows={guardrail.panel.hardware}
        keyOf={(row) => `${row.cpuType} ${row.cpuCount}`}
        empty={<Empty title={free ? t.free : t.nothing} help={free ? t.freeHelp : undefined} />}
      />
      <p className="total" data-figure={t.sum}>
        <span>{t.sum}</span>{' '}
        <b>
          <Exact value={guardrail.panel.total} unit={text.units.credits} />
        </b>
      </p>
      <p>
        <Link to={paths.billing('pricing')}>{text.scripts.priced}</Link>
      </p>
    </>
  );
}
