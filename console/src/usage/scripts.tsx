// The Custom Scripts tab; a row opens the hosting infrastructure.
import { IconHelpCircle } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useAsk } from '../api/ask';
import {
  type RangeInput,
  ScriptPanelDocument,
  type ScriptPanelQuery,
  type ScriptSortField,
  type ScriptStatus,
  ScriptsTabDocument,
  type ScriptsTabQuery,
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

const t = text.scripts;
const FIELDS: readonly ScriptSortField[] = ['NAME', 'LANGUAGE', 'CREDITS_USED', 'LAST_ACTIVE_ON', 'STATUS'];
const STATUSES: readonly ScriptStatus[] = [
  'DEPLOYED',
  'DEPLOYING',
  'READY_TO_DEPLOY',
  'DRAFT',
  'DEPLOYMENT_FAILED',
  'DELETED',
];
const USUAL = { field: 'CREDITS_USED', direction: 'DESC' } as const;

type Row = NonNullable<ScriptsTabQuery['account']>['scripts']['edges'][number];

function columns(zone: string, explained: string): Column<Row>[] {
  return [
    { key: 'name', title: t.name, sort: 'NAME', cell: ({ node }) => <span className="name">{node.name}</span> },
    {
      key: 'language',
      title: t.language,
      sort: 'LANGUAGE',
      cell: ({ node }) => `${names.language[node.language]} (${node.languageVersion})`,
    },
    {
      key: 'used',
      title: t.used,
      sort: 'CREDITS_USED',
      right: true,
      cell: ({ creditsUsed }) => <Exact value={creditsUsed} unit={text.units.credits} />,
    },
    {
      key: 'active',
      title: t.active,
      sort: 'LAST_ACTIVE_ON',
      begins: 'DESC',
      cell: ({ node }) => <Instant at={node.lastActiveOn} zone={zone} />,
    },
    {
      key: 'status',
      title: t.status,
      sort: 'STATUS',
      cell: ({ node }) => (
        <span className="explained">
          <StatusMark status={node.status} />
          <Link
            to={`${explained}#${node.status}`}
            aria-label={`${t.learn}: ${names.status[node.status]}`}
            title={t.learn}
          >
            <IconHelpCircle size={15} aria-hidden />
          </Link>
        </span>
      ),
    },
  ];
}

/** Custom scripts and what they cost in the period. */
export default function Scripts() {
  const { account } = usePlace();
  const paths = usePaths();
  const { zone, range } = usePeriod();
  const [params] = useParameters();
  const { open, show, close } = useOpening();
  const order = readOrder(params, FIELDS, USUAL);
  const status = readChoices(params, 'status', STATUSES);
  const search = params.get('q');
  return (
    <>
      <List
        document={ScriptsTabDocument}
        connection={(data) => data.account?.scripts}
        caption={t.caption}
        columns={columns(zone, paths.billing('script-statuses'))}
        keyOf={({ node }) => node.id}
        order={order}
        usualOrder={USUAL}
        empty={<Nothing of="scripts" filtered={status.length > 0 || Boolean(search)} />}
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
            <Figures
              items={[
                {
                  name: t.total,
                  value: data?.account && <Count value={data.account.scripts.totals.totalScripts} />,
                  main: true,
                },
                {
                  name: t.credits,
                  value: data?.account && (
                    <Exact value={data.account.scripts.totals.hostingCredits} unit={text.units.credits} />
                  ),
                  main: true,
                },
              ]}
            />
            <p className="hint">
              {text.usage.behaviour.scripts} <Link to={paths.billing('pricing')}>{t.priced}</Link>
            </p>
            <div className="filters">
              <Search />
              <Choices name="status" label={t.status} offered={STATUSES} titles={names.status} />
            </div>
          </>
        )}
      />
      <ScriptPanel id={open} range={range} zone={zone} onClose={close} />
    </>
  );
}

type Script = Extract<NonNullable<ScriptPanelQuery['node']>, { __typename: 'Script' }>;
type Component = Script['panel']['components'][number];

function ScriptPanel({
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
  const { data, fault, again } = useAsk(ScriptPanelDocument, { id: id ?? '', range }, id === null);
  const node = data?.node;
  const script = id !== null && node?.__typename === 'Script' && node.id === id ? node : null;
  return (
    <Panel opened={id !== null} onClose={onClose} title={script?.panel.name ?? '…'}>
      {fault ? (
        <Failed fault={fault} again={again} />
      ) : script ? (
        <Detail script={script} zone={zone} />
      ) : data && id !== null && !node ? (
        <Missing />
      ) : (
        <Waiting />
      )}
    </Panel>
  );
}

const COMPONENTS: Column<Component>[] = [
  { key: 'vcpus', title: t.vcpus, cell: (row) => <Count value={row.vcpus} /> },
  { key: 'memory', title: t.memory, cell: (row) => t.gb(row.memoryGb) },
  { key: 'time', title: t.time, right: true, cell: (row) => <Lasting span={row.hostingTime} /> },
  {
    key: 'credits',
    title: t.used,
    right: true,
    cell: (row) => <Exact value={row.credits} unit={text.units.credits} />,
  },
];

function Detail({ script, zone }: { script: Script; zone: string }) {
  const { choice } = usePeriod();
  const paths = usePaths();
  return (
    <>
      <p className="hint">{text.panel.inRange(rangeName(choice))}</p>
      <Facts
        items={[
          [
            t.status,
            <span className="explained">
              <StatusMark status={script.status} />
              <Link to={`${paths.billing('script-statuses')}#${script.status}`}>{t.learn}</Link>
            </span>,
          ],
          [t.language, `${names.language[script.language]} (${script.languageVersion})`],
          [
            t.rate,
            script.ratePerHour ? (
              <>
                <Exact value={script.ratePerHour} /> {text.panel.perHour}
              </>
            ) : (
              NONE
            ),
          ],
          [t.active, <Instant at={script.lastActiveOn} zone={zone} timed />],
          ...(script.endpoint ? [[t.endpoint, <code>{script.endpoint}</code>] as [string, React.ReactNode]] : []),
          ...(script.reason ? [[text.panel.reason, script.reason] as [string, string]] : []),
        ]}
      />
      <h3>{t.infrastructure}</h3>
      <Table
        caption={t.infrastructure}
        columns={COMPONENTS}
        rows={script.panel.components}
        keyOf={(row) => row.hardware}
        empty={<Empty title={t.nothing} />}
      />
      <p className="total">
        <span>{t.time}</span>{' '}
        <b>
          <Lasting span={script.panel.hostingTime} />
        </b>
      </p>
      <p className="total" data-figure={t.sum}>
        <span>{t.sum}</span>{' '}
        <b>
          <Exact value={script.panel.total} unit={text.units.credits} />
        </b>
      </p>
      <p>
        <Link to={paths.billing('pricing')}>{t.priced}</Link>
      </p>
    </>
  );
}
