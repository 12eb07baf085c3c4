// Deployments: what can be deployed, what runs, and what the balance allows.
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useParams } from 'react-router';
import type { DeployableStatus } from '../gql/graphql';
import { KINDS, type Kind, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Redirect } from '../shell/redirect';
import { useParameters } from '../ui/params';
import { Choices, readChoices } from '../ui/search';
import { Denied, Empty } from '../ui/states';
import { TabLinks } from '../ui/strip';
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
const GUARDRAIL: readonly DeployableStatus[] = ['DEPLOYED', 'UNDEPLOYED'];
const SCRIPT: readonly DeployableStatus[] = ['DRAFT', 'DEPLOYING', 'READY_TO_DEPLOY', 'DEPLOYED', 'DEPLOYMENT_FAILED'];

/** The kind of the URL. */
export default function Deployments() {
  const { kind } = useParams();
  const { can } = usePlace();
  const paths = usePaths();
  const known = KINDS.find((k) => k === kind);
  if (!known) return <Redirect to={paths.deployments('running')} />;
  return (
    <View title={t.title} lead={can('RESOURCE_MANAGE') ? t.lead : t.manage}>
      <TabLinks
        label={t.title}
        tabs={KINDS.map((k) => ({ to: paths.deployments(k), name: t.kinds[k], current: k === known }))}
      />
      {can('RESOURCE_VIEW') ? (
        <Listed key={known} kind={known} />
      ) : (
        <div className="card">
          <Denied needs="RESOURCE_VIEW" />
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
  const kinds = readChoices(params, 'kind', CATEGORIES);
  return (
    <>
      <HostedList
        kind="running"
        filter={{ running: true, categories: kinds.length > 0 ? kinds : null }}
        usual={IDLE_FIRST}
        empty={<Empty title={text.answers.running.none} help={text.answers.running.noneHelp} />}
        filters={<Choices name="kind" label={text.overview.category} offered={CATEGORIES} titles={names.category} />}
        begin={begin}
      />
      {can('USAGE_VIEW') && <Hints begin={can('RESOURCE_MANAGE') ? begin : undefined} />}
    </>
  );
}

function Models({ begin }: KindProps) {
  return <HostedList kind="models" filter={{ categories: ['MODELS'] }} usual={BY_NAME} empty={EMPTY} begin={begin} />;
}

function Guardrails({ begin }: KindProps) {
  const [params] = useParameters();
  const status = readChoices(params, 'status', GUARDRAIL);
  return (
    <HostedList
      kind="guardrails"
      filter={{ categories: ['GUARDRAILS'], status: status.length > 0 ? status : null }}
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
      filter={{ categories: ['SCRIPTS'], status: status.length > 0 ? status : null }}
      usual={BY_NAME}
      empty={EMPTY}
      filters={<Filters offered={SCRIPT} task={{ do: 'create-script' }} make={t.newScript} begin={begin} />}
      begin={begin}
    />
  );
}

interface FiltersProps extends KindProps {
  offered: readonly DeployableStatus[];
  /** What makes a new one, and the word on its button. */
  task: Task;
  make: string;
}

function Filters({ offered, task, make, begin }: FiltersProps) {
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
