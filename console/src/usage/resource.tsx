// The page of one tool, model, guardrail or script: what it used, when it ran, what it costs an hour, and its entries.
import { Button } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useParts } from '../api/ask';
import type { Fault } from '../api/fault';
import type { Parted } from '../api/parts';
import { Actions } from '../deploy/actions';
import { type Task, TaskDialog } from '../deploy/forms';
import { type Acts, guardrailActs, scriptActs } from '../deploy/hosted';
import { type GatesFragment, ResourcePageDocument, type ResourcePageQuery } from '../gql/graphql';
import { type Tab, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Count, Exact } from '../ui/exact';
import { type Figure, Figures } from '../ui/figures';
import { exact, share } from '../ui/format';
import { Renewed } from '../ui/freshness';
import { Instant } from '../ui/instant';
import { scannerName } from '../ui/names';
import { useParameters } from '../ui/params';
import { Failed, isStale, Missing, Part, Stale, Waiting } from '../ui/states';
import { StatusMark } from '../ui/status';
import { names, text } from '../ui/text';
import { partOf, times } from './change';
import { Delta } from './delta';
import { usePeriod } from './period';
import { Entries } from './resource-entries';
import { Kinds, Ran } from './resource-parts';
import { Who } from './resource-who';
import { readStep } from './step';
import { periodOf } from './tabs';
import { TrendCard } from './trend';

const t = text.answers.page;

type Node = NonNullable<ResourcePageQuery['node']>;
export type Account = NonNullable<ResourcePageQuery['account']>;
type Answered = NonNullable<Parted<ResourcePageQuery>['account']>;

/** The page of the resource that the URL names. */
export function Resource({ tab }: { tab: Exclude<Tab, 'overview'> }) {
  const { resource = '' } = useParams();
  const { account, can } = usePlace();
  const { zone, range, compare } = usePeriod();
  const [params] = useParameters();
  const { data, fault, again, failed, fetching } = useParts(ResourcePageDocument, {
    account: account.id,
    id: resource,
    range,
    compare,
    granularity: readStep(params),
    zone,
    billing: can('BALANCES_VIEW'),
    gates: can('ACCESS_CHECK') && can('RESOURCE_MANAGE'),
  });
  const node = data?.node;
  if (fault && !isStale({ data, fault }))
    return (
      <div className="card">
        <Failed fault={fault} again={again} />
      </div>
    );
  if (!data) return <Waiting />;
  if (!node || !data.account || !('name' in node))
    return (
      <div className="card">
        <Missing />
      </div>
    );
  return (
    <>
      <Renewed asOf={data.account.overview?.asOf} zone={zone} fetching={fetching} again={again} />
      {fault && <Stale fault={fault} again={again} />}
      <Found tab={tab} node={node} account={data.account} again={again} failed={failed} />
    </>
  );
}

type Named = Extract<Node, { name: string }>;
type Gates = Partial<GatesFragment>;

interface FoundProps {
  tab: Exclude<Tab, 'overview'>;
  node: Named;
  account: Answered;
  again: () => void;
  failed: (part: string) => Fault | null;
}

function Found({ tab, node, account, again, failed }: FoundProps) {
  const { called, zone } = usePeriod();
  const before = called(account.use?.comparedRange);
  const [task, setTask] = useState<Task | null>(null);
  const meter = tab === 'tools' ? 'runs' : 'credits';
  return (
    <article aria-label={node.name} data-resource={node.id}>
      <title>{`${node.name} · ${text.usage.title} · ${text.product}`}</title>
      <Head tab={tab} node={node} gates={account as Gates} begin={setTask} />
      <Part of={account.use} fault={failed('use')} again={again} card>
        <Figures items={figuresOf(tab, node, account, meter, zone)} />
      </Part>
      {before && <p className="hint compared">{text.answers.compare.with(before)}</p>}
      <Part of={account.usageTrend} fault={failed('usageTrend')} again={again} card>
        <TrendCard trend={account.usageTrend ?? undefined} only={meter} />
      </Part>
      {tab !== 'tools' && (
        <Part of={account.segments} fault={failed('segments')} again={again} card>
          {account.segments && (
            <Ran tab={tab} node={node} segments={account.segments} gates={account as Gates} begin={setTask} />
          )}
        </Part>
      )}
      {tab === 'models' && (
        <Part of={account.kinds} fault={failed('kinds')} again={again} card>
          {account.kinds && <Kinds kinds={account.kinds} />}
        </Part>
      )}
      {(tab === 'models' || tab === 'tools') && <Who id={node.id} meter={meter} />}
      <Part of={account.ledger} fault={failed('ledger')} again={again} card>
        {account.ledger && <Entries id={node.id} entries={account.ledger.edges.map((edge) => edge.node)} />}
      </Part>
      {task && (
        <TaskDialog
          task={task}
          onClose={() => {
            setTask(null);
            again();
          }}
        />
      )}
    </article>
  );
}

interface HeadProps {
  tab: Tab;
  node: Named;
  gates: Gates;
  begin: (task: Task) => void;
}

function Head({ tab, node, gates, begin }: HeadProps) {
  const paths = usePaths();
  const { can } = usePlace();
  const [params] = useParameters();
  const acts = actsOf(node);
  return (
    <div className="resource-head">
      <Link className="back" to={{ pathname: paths.usage(tab), search: periodOf(params) }}>
        <IconArrowLeft size={15} aria-hidden />
        {t.back(text.usage.tabs[tab])}
      </Link>
      <div className="resource-title">
        <h2>{node.name}</h2>
        <State node={node} />
        <span className="resource-actions">
          {tab !== 'tools' && can('RESOURCE_VIEW') && (
            <Button
              size="xs"
              variant="default"
              component={Link}
              to={`${paths.deployments(tab as 'models')}?q=${encodeURIComponent(node.name)}`}
            >
              {t.deployments}
            </Button>
          )}
          {acts && <Actions name={node.name} acts={acts} gates={gates} begin={begin} />}
        </span>
      </div>
    </div>
  );
}

// What can be done with the resource itself; with deployments of a model, their rows say.
function actsOf(node: Named): Acts | null {
  switch (node.__typename) {
    case 'Model':
      return node.deletedAt
        ? null
        : { gate: 'deployModel', free: false, deploy: { do: 'deploy-model', id: node.id, name: node.name } };
    case 'Guardrail':
      return guardrailActs(node);
    case 'Script':
      return scriptActs({ ...node, status: node.scriptStatus });
    default:
      return null;
  }
}

function State({ node }: { node: Named }) {
  switch (node.__typename) {
    case 'Tool':
      return <StatusMark status={node.toolStatus} />;
    case 'Model':
      return node.deletedAt ? <StatusMark status="DELETED" /> : <em className="tag">{names.modelType[node.type]}</em>;
    case 'Guardrail':
      return <StatusMark status={node.status} pending={node.pending} />;
    case 'Script':
      return <StatusMark status={node.scriptStatus} />;
    default:
      return null;
  }
}

function figuresOf(tab: Tab, node: Named, account: Answered, meter: 'credits' | 'runs', zone: string): Figure[] {
  const totals = account.use?.totals;
  if (!totals) return facts(node, zone);
  const used = String(totals[meter]);
  const all = account.overview && String(account.overview.inRange[meter]);
  const figures: Figure[] = [
    {
      name: meter === 'runs' ? text.tools.runsColumn : text.models.used,
      value: meter === 'runs' ? <Count value={Number(used)} /> : <Exact value={used} unit={text.units.credits} />,
      change: <Delta change={totals[`${meter}Change`]} />,
      main: true,
    },
    {
      name: t.share,
      value: all ? <b data-share>{share(partOf(used, all), used, all)}</b> : <small>{text.states.unread}</small>,
      main: true,
    },
  ];
  if (tab !== 'tools') figures.push({ name: t.anHour, value: hourly(node), main: true });
  return [...figures, ...facts(node, zone)];
}

// What it costs an hour as it runs now.
function hourly(node: Named): ReactNode {
  const rates: [string, number][] =
    node.__typename === 'Model'
      ? node.deployments.edges.flatMap(({ node: d }) =>
          d.status === 'DEPLOYED' && !d.pending ? [[d.ratePerHour, d.replicas] as [string, number]] : [],
        )
      : node.__typename === 'Guardrail' && node.status === 'DEPLOYED'
        ? [[node.ratePerHour, node.replicas]]
        : node.__typename === 'Script' && node.scriptStatus === 'DEPLOYED' && node.scriptRate
          ? [[node.scriptRate, node.replicas]]
          : [];
  return <Exact value={times(rates)} show={exact} unit={text.units.credits} />;
}

function facts(node: Named, zone: string): Figure[] {
  switch (node.__typename) {
    case 'Tool':
      return [
        { name: text.tools.owner, value: <span className="words">{node.ownerName}</span> },
        { name: text.tools.active, value: <Instant at={node.lastActiveOn} zone={zone} /> },
      ];
    case 'Model':
      return [
        {
          name: t.rates,
          value: (
            <>
              <Exact value={node.inputRate} show={exact} /> / <Exact value={node.outputRate} show={exact} />
            </>
          ),
        },
        { name: text.models.deployed, value: <Instant at={node.lastDeployedOn} zone={zone} /> },
      ];
    case 'Guardrail':
      return [
        { name: text.guardrails.scanner, value: scannerName(node.scannerKey) },
        { name: text.guardrails.deployed, value: <Instant at={node.lastDeployedOn} zone={zone} /> },
      ];
    case 'Script':
      return [
        { name: text.scripts.language, value: `${names.language[node.language]} (${node.languageVersion})` },
        { name: text.scripts.active, value: <Instant at={node.lastActiveOn} zone={zone} /> },
      ];
    default:
      return [];
  }
}
