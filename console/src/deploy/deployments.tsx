// Deployments: what can be deployed, what runs, and what the balance allows.
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Link, useParams } from 'react-router';
import {
  DeployableGuardrailsDocument,
  type DeployableGuardrailsQuery,
  DeployableModelsDocument,
  type DeployableModelsQuery,
  DeployableScriptsDocument,
  type DeployableScriptsQuery,
  type GatesFragment,
  type GuardrailStatus,
  type ScriptStatus,
} from '../gql/graphql';
import { KINDS, type Kind, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Redirect } from '../shell/redirect';
import { Exact } from '../ui/exact';
import { exact, NONE } from '../ui/format';
import { List } from '../ui/list';
import { cpuName, scannerName } from '../ui/names';
import { useParameters } from '../ui/params';
import { Choices, readChoices, Search } from '../ui/search';
import { Denied, Empty } from '../ui/states';
import { StatusMark } from '../ui/status';
import { Strip } from '../ui/strip';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { View } from '../ui/view';
import { FineTuning } from './fine-tuning';
import { type Task, TaskDialog } from './forms';
import { Gated, Gates } from './gate';
import { RunningView } from './running-view';
import { Watched } from './watched';

const t = text.deploy;
type Begin = (task: Task) => void;
type GatesOrNone = GatesFragment | undefined;

/** The kind of the URL. */
export default function Deployments() {
  const { kind } = useParams();
  const { can } = usePlace();
  const paths = usePaths();
  const known = KINDS.find((k) => k === kind);
  if (!known) return <Redirect to={paths.deployments('running')} />;
  return (
    <View title={t.title} lead={can('RESOURCE_MANAGE') ? t.lead : t.manage}>
      <Strip className="tabs" label={t.title}>
        {KINDS.map((k) => (
          <Link key={k} to={paths.deployments(k)} aria-current={k === known ? 'page' : undefined}>
            {t.kinds[k]}
          </Link>
        ))}
      </Strip>
      {can('RESOURCE_VIEW') ? (
        <Listed key={known} kind={known} />
      ) : (
        <div className="card">
          <Denied />
        </div>
      )}
    </View>
  );
}

function Listed({ kind }: { kind: Kind }) {
  const [task, setTask] = useState<Task | null>(null);
  const views: Record<Kind, ReactNode> = {
    running: <RunningView begin={setTask} />,
    models: <Models begin={setTask} />,
    guardrails: <Guardrails begin={setTask} />,
    scripts: <Scripts begin={setTask} />,
    'fine-tuning': <FineTuning />,
  };
  return (
    <>
      {views[kind]}
      {task && <TaskDialog task={task} onClose={() => setTask(null)} />}
    </>
  );
}

// The gates stand above each list; they come with the same operation.
function Head({ gates, again, children }: { gates: GatesOrNone; again: () => void; children: ReactNode }) {
  return (
    <>
      <Watched again={again} />
      <Gates gates={gates} />
      <div className="filters">
        <Search />
        {children}
      </div>
    </>
  );
}

interface ActionsProps {
  gates: GatesOrNone;
  gate: 'deployModel' | 'deployGuardrail' | 'deployScript';
  name: string;
  running: boolean;
  free?: boolean;
  redeploy?: () => void;
  deploy?: () => void;
  undeploy?: () => void;
  scale?: () => void;
}

function Actions({ gates, gate, name, running, free, redeploy, deploy, undeploy, scale }: ActionsProps) {
  const { can } = usePlace();
  if (!can('RESOURCE_MANAGE')) return null;
  const button = { size: 'xs', variant: 'default' } as const;
  const open = gates && free ? { ...gates[gate], allowed: true } : gates?.[gate];
  return (
    <span className="row-actions">
      {deploy && (
        <Gated {...button} decision={open} label={`${t.deploy} ${name}`} onClick={deploy}>
          {t.deploy}
        </Gated>
      )}
      {!running && redeploy && (
        <Gated {...button} decision={open} label={`${t.redeploy} ${name}`} onClick={redeploy}>
          {t.redeploy}
        </Gated>
      )}
      {running && scale && (
        <Button {...button} aria-label={`${t.scale} ${name}`} onClick={scale}>
          {t.scale}
        </Button>
      )}
      {running && undeploy && (
        <Button {...button} aria-label={`${t.undeploy} ${name}`} onClick={undeploy}>
          {t.undeploy}
        </Button>
      )}
    </span>
  );
}

// Whoever may not deploy has no column of actions.
function usePermitted() {
  const { can } = usePlace();
  return <R,>(columns: Column<R>[]) =>
    can('RESOURCE_MANAGE') ? columns : columns.filter((column) => column.key !== 'actions');
}

const rate = (value: string | null | undefined, replicas: number) =>
  value ? <Exact value={value} show={exact} unit={text.units.creditsAnHour(replicas)} /> : NONE;
const why = (reason: string | null | undefined) => reason && <small className="reason">{reason}</small>;

type ModelRow = NonNullable<DeployableModelsQuery['account']>['models']['edges'][number];
type DeploymentRow = ModelRow['node']['deployments']['edges'][number]['node'];
type FlatRow = { model: ModelRow['node']; deployment: DeploymentRow | null; first: boolean };

// A row for each deployment, or one for a model that has none.
function flat({ node: model }: ModelRow): FlatRow[] {
  const rows = model.deployments.edges.map(({ node }, i) => ({ model, deployment: node, first: i === 0 }));
  return rows.length > 0 ? rows : [{ model, deployment: null, first: true }];
}

// The pages count models, of which one may have several rows.
function counted(models: NonNullable<DeployableModelsQuery['account']>['models']) {
  return { ...models, shown: models.edges.length, edges: models.edges.flatMap(flat) };
}

function Models({ begin }: { begin: Begin }) {
  const { account, can } = usePlace();
  const permitted = usePermitted();
  const [params] = useParameters();
  const columns = (gates: GatesOrNone): Column<FlatRow>[] => [
    {
      key: 'name',
      title: t.name,
      cell: ({ model, deployment }) => (
        <span className="name">
          {deployment?.name ?? model.name}
          <small>{deployment ? model.name : names.modelType[model.type]}</small>
        </span>
      ),
    },
    { key: 'hardware', title: t.hardware, cell: ({ deployment: d }) => (d ? `${d.hardware} × ${d.replicas}` : NONE) },
    { key: 'rate', title: t.perHour, right: true, cell: ({ deployment: d }) => rate(d?.ratePerHour, d?.replicas ?? 0) },
    {
      key: 'status',
      title: t.status,
      cell: ({ deployment: d }) =>
        d ? (
          <>
            <StatusMark status={d.status} pending={d.pending} />
            {why(d.reason)}
          </>
        ) : (
          <span className="none">{t.noDeployment}</span>
        ),
    },
    {
      key: 'actions',
      title: t.actionsColumn,
      right: true,
      cell: ({ model, deployment: d, first }) => (
        <Actions
          gates={gates}
          gate="deployModel"
          name={d?.name ?? model.name}
          running={d?.status === 'DEPLOYED'}
          deploy={first ? () => begin({ do: 'deploy-model', id: model.id, name: model.name }) : undefined}
          redeploy={d && !d.pending ? () => begin({ do: 'redeploy-model', ...d }) : undefined}
          scale={d ? () => begin({ do: 'scale', ...d }) : undefined}
          undeploy={d ? () => begin({ do: 'undeploy-model', ...d }) : undefined}
        />
      ),
    },
  ];
  return (
    <List
      document={DeployableModelsDocument}
      caption={t.kinds.models}
      columns={(data) => permitted(columns(data?.account ?? undefined))}
      keyOf={({ model, deployment }) => deployment?.id ?? model.id}
      connection={(data) => data.account && counted(data.account.models)}
      empty={<Empty title={t.empty[0]} help={t.empty[1]} />}
      variables={(page) => ({
        account: account.id,
        gates: can('ACCESS_CHECK'),
        filter: { deleted: false, search: params.get('q') },
        ...page,
      })}
      head={(data, answer) => (
        <Head gates={data?.account ?? undefined} again={answer.again}>
          {null}
        </Head>
      )}
    />
  );
}

type GuardrailRow = NonNullable<DeployableGuardrailsQuery['account']>['guardrails']['edges'][number];
const GUARDRAIL: readonly GuardrailStatus[] = ['DEPLOYED', 'UNDEPLOYED'];

function Guardrails({ begin }: { begin: Begin }) {
  const { account, can } = usePlace();
  const permitted = usePermitted();
  const [params] = useParameters();
  const status = readChoices(params, 'status', GUARDRAIL);
  const columns = (gates: GatesOrNone): Column<GuardrailRow>[] => [
    {
      key: 'name',
      title: t.name,
      cell: ({ node }) => (
        <span className="name">
          {node.name}
          <small>{scannerName(node.scannerKey)}</small>
        </span>
      ),
    },
    {
      key: 'hardware',
      title: t.hardware,
      cell: ({ node }) =>
        node.cpu ? text.units.cpus(cpuName(node.cpu), node.cpuCount, node.replicas) : text.guardrails.free,
    },
    { key: 'rate', title: t.perHour, right: true, cell: ({ node }) => rate(node.ratePerHour, node.replicas) },
    {
      key: 'status',
      title: t.status,
      cell: ({ node }) => (
        <>
          <StatusMark status={node.status} pending={node.pending} />
          {why(node.reason)}
        </>
      ),
    },
    {
      key: 'actions',
      title: t.actionsColumn,
      right: true,
      cell: ({ node }) => (
        <Actions
          gates={gates}
          gate="deployGuardrail"
          name={node.name}
          running={node.status === 'DEPLOYED'}
          free={node.cpuCount === 0}
          redeploy={
            node.pending ? undefined : () => begin({ do: 'redeploy-guardrail', ...node, cpu: node.cpu ?? null })
          }
          scale={node.cpuCount > 0 ? () => begin({ do: 'scale', ...node }) : undefined}
          undeploy={() => begin({ do: 'undeploy-guardrail', ...node })}
        />
      ),
    },
  ];
  return (
    <List
      document={DeployableGuardrailsDocument}
      connection={(data) => data.account?.guardrails}
      caption={t.kinds.guardrails}
      columns={(data) => permitted(columns(data?.account ?? undefined))}
      keyOf={({ node }) => node.id}
      empty={<Empty title={t.empty[0]} help={t.empty[1]} />}
      variables={(page) => ({
        account: account.id,
        gates: can('ACCESS_CHECK'),
        filter: { search: params.get('q'), status: status.length ? status : null },
        ...page,
      })}
      head={(data, answer) => (
        <Head gates={data?.account ?? undefined} again={answer.again}>
          <Choices name="status" label={t.status} offered={GUARDRAIL} titles={names.status} />
          {can('RESOURCE_MANAGE') && (
            <span className="filters-end">
              <Button onClick={() => begin({ do: 'deploy-guardrail' })}>{t.newGuardrail}</Button>
            </span>
          )}
        </Head>
      )}
    />
  );
}

type ScriptRow = NonNullable<DeployableScriptsQuery['account']>['scripts']['edges'][number];
const SCRIPT: readonly ScriptStatus[] = ['DRAFT', 'DEPLOYING', 'READY_TO_DEPLOY', 'DEPLOYED', 'DEPLOYMENT_FAILED'];

function Scripts({ begin }: { begin: Begin }) {
  const { account, can } = usePlace();
  const permitted = usePermitted();
  const [params] = useParameters();
  const status = readChoices(params, 'status', SCRIPT);
  const columns = (gates: GatesOrNone): Column<ScriptRow>[] => [
    {
      key: 'name',
      title: t.name,
      cell: ({ node }) => (
        <span className="name">
          {node.name}
          <small>
            {names.language[node.language]} ({node.languageVersion})
          </small>
        </span>
      ),
    },
    {
      key: 'hardware',
      title: t.hardware,
      cell: ({ node }) => (node.hardware ? `${node.hardware} × ${node.replicas}` : NONE),
    },
    { key: 'rate', title: t.perHour, right: true, cell: ({ node }) => rate(node.ratePerHour, node.replicas) },
    {
      key: 'status',
      title: t.status,
      cell: ({ node }) => (
        <>
          <StatusMark status={node.status} />
          {why(node.reason)}
        </>
      ),
    },
    {
      key: 'actions',
      title: t.actionsColumn,
      right: true,
      cell: ({ node }) => (
        <Actions
          gates={gates}
          gate="deployScript"
          name={node.name}
          running={node.status === 'DEPLOYED'}
          deploy={
            node.status === 'DRAFT' ? () => begin({ do: 'deploy-script', id: node.id, name: node.name }) : undefined
          }
          redeploy={
            node.status === 'READY_TO_DEPLOY' || node.status === 'DEPLOYMENT_FAILED'
              ? () =>
                  begin({
                    do: 'redeploy-script',
                    ...node,
                    hardware: node.hardware ?? '',
                    replicas: Math.max(1, node.replicas),
                  })
              : undefined
          }
          scale={() => begin({ do: 'scale', ...node })}
          undeploy={() => begin({ do: 'undeploy-script', ...node })}
        />
      ),
    },
  ];
  return (
    <List
      document={DeployableScriptsDocument}
      connection={(data) => data.account?.scripts}
      caption={t.kinds.scripts}
      columns={(data) => permitted(columns(data?.account ?? undefined))}
      keyOf={({ node }) => node.id}
      empty={<Empty title={t.empty[0]} help={t.empty[1]} />}
      variables={(page) => ({
        account: account.id,
        gates: can('ACCESS_CHECK'),
        filter: { search: params.get('q'), status: status.length ? status : [...SCRIPT] },
        ...page,
      })}
      head={(data, answer) => (
        <Head gates={data?.account ?? undefined} again={answer.again}>
          <Choices name="status" label={t.status} offered={SCRIPT} titles={names.status} />
          {can('RESOURCE_MANAGE') && (
            <span className="filters-end">
              <Button onClick={() => begin({ do: 'create-script' })}>{t.newScript}</Button>
            </span>
          )}
        </Head>
      )}
    />
  );
}
