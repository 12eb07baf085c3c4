// Deployments: what can be deployed, what runs, and what the balance allows.
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Link, useParams } from 'react-router';
import type { GuardrailStatus, ScriptStatus } from '../gql/graphql';
import { KINDS, type Kind, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Redirect } from '../shell/redirect';
import { useParameters } from '../ui/params';
import { Choices, readChoices } from '../ui/search';
import { Denied, Empty } from '../ui/states';
import { Strip } from '../ui/strip';
import { names, text } from '../ui/text';
import { View } from '../ui/view';
import Hints from '../usage/hints';
import { FineTuning } from './fine-tuning';
import { type Task, TaskDialog } from './forms';
import { HostedList } from './hosted-list';

const t = text.deploy;
const BY_NAME = { field: 'NAME', direction: 'ASC' } as const;
const IDLE_FIRST = { field: 'IDLE', direction: 'DESC' } as const;
const CATEGORIES = ['MODELS', 'GUARDRAILS', 'SCRIPTS'] as const;
const GUARDRAIL: readonly GuardrailStatus[] = ['DEPLOYED', 'UNDEPLOYED'];
const SCRIPT: readonly ScriptStatus[] = ['DRAFT', 'DEPLOYING', 'READY_TO_DEPLOY', 'DEPLOYED', 'DEPLOYMENT_FAILED'];
// Rows of a page, deployments of each model: within what one question may cost.
const SOME = { first: 50, each: 5 };
const MODELS = { first: 25, each: 10 };

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
    running: <Running begin={setTask} />,
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

interface KindProps {
  begin: (task: Task) => void;
}

const EMPTY = <Empty title={t.empty[0]} help={t.empty[1]} />;

// Everything that runs and costs something; idle ones first, the dearest of them on top.
function Running({ begin }: KindProps) {
  const { can } = usePlace();
  const [params] = useParameters();
  const search = params.get('q');
  const kinds = readChoices(params, 'kind', CATEGORIES);
  return (
    <HostedList
      kind="running"
      asks={{
        ...SOME,
        modelFilter: { deleted: false, search },
        deploymentStatus: ['DEPLOYED'],
        guardrailFilter: { status: ['DEPLOYED'], search },
        scriptFilter: { status: ['DEPLOYED'], search },
      }}
      usual={IDLE_FIRST}
      wanted={({ runs, category, acts }) => runs && !acts.free && (kinds.length === 0 || kinds.includes(category))}
      empty={<Empty title={text.answers.running.none} />}
      filters={<Choices name="kind" label={text.overview.category} offered={CATEGORIES} titles={names.category} />}
      begin={begin}
    >
      {(rows) =>
        can('USAGE_VIEW') && (
          <Hints
            begin={can('RESOURCE_MANAGE') ? begin : undefined}
            replicasOf={(id) => replicasOf(rows?.find((row) => row.id === id)?.acts.scale)}
          />
        )
      }
    </HostedList>
  );
}

const replicasOf = (scale: Task | undefined) => (scale?.do === 'scale' ? scale.replicas : undefined);

function Models({ begin }: KindProps) {
  const [params] = useParameters();
  return (
    <HostedList
      kind="models"
      asks={{
        ...MODELS,
        guardrails: false,
        scripts: false,
        modelFilter: { deleted: false, search: params.get('q') },
        deploymentStatus: ['DEPLOYED', 'UNDEPLOYED'],
      }}
      usual={BY_NAME}
      empty={EMPTY}
      begin={begin}
    />
  );
}

function Guardrails({ begin }: KindProps) {
  const [params] = useParameters();
  const status = readChoices(params, 'status', GUARDRAIL);
  return (
    <HostedList
      kind="guardrails"
      asks={{
        ...SOME,
        models: false,
        scripts: false,
        guardrailFilter: { search: params.get('q'), status: status.length > 0 ? status : null },
      }}
      usual={BY_NAME}
      empty={EMPTY}
      filters={<Filters offered={GUARDRAIL} task={{ do: 'deploy-guardrail' }} make={t.newGuardrail} begin={begin} />}
      begin={begin}
    />
  );
}

function Scripts({ begin }: KindProps) {
  const [params] = useParameters();
  const status = readChoices(params, 'status', SCRIPT);
  return (
    <HostedList
      kind="scripts"
      asks={{
        ...SOME,
        models: false,
        guardrails: false,
        scriptFilter: { search: params.get('q'), status: status.length > 0 ? status : [...SCRIPT] },
      }}
      usual={BY_NAME}
      empty={EMPTY}
      filters={<Filters offered={SCRIPT} task={{ do: 'create-script' }} make={t.newScript} begin={begin} />}
      begin={begin}
    />
  );
}

interface FiltersProps<S extends GuardrailStatus | ScriptStatus> extends KindProps {
  offered: readonly S[];
  /** What makes a new one, and the word on its button. */
  task: Task;
  make: string;
}

function Filters<S extends GuardrailStatus | ScriptStatus>({ offered, task, make, begin }: FiltersProps<S>) {
  const { can } = usePlace();
  return (
    <>
      <Choices name="status" label={t.status} offered={offered} titles={names.status} />
      {can('RESOURCE_MANAGE') && (
        <span className="filters-end">
          <Button onClick={() => begin(task)}>{make}</Button>
        </span>
      )}
    </>
  );
}
