// What can be deployed, as rows that are alike: models, guardrails and scripts.
import type {
  Category,
  DeploymentStatus,
  GuardrailStatus,
  HostedRowFragment,
  ModelType,
  ScriptStatus,
} from '../gql/graphql';
import type { StatusMark } from '../ui/status';
import type { Task } from './forms';

/** What can be done with a row. */
export interface Acts {
  gate: 'deployModel' | 'deployGuardrail' | 'deployScript';
  /** Whether it costs nothing, so that no balance forbids it. */
  free: boolean;
  deploy?: Task;
  redeploy?: Task;
  scale?: Task;
  undeploy?: Task;
}

/** Something that is deployed, or could be. */
export interface Hosted {
  id: string;
  name: string;
  /** The model of a deployment; what it is, for others. */
  of: string;
  category: Exclude<Category, 'TOOLS'>;
  /** The resource whose page tells more. */
  resource: string;
  hardware: string;
  /** Null: a model that has no deployment. */
  status: Parameters<typeof StatusMark>[0]['status'] | null;
  pending: boolean;
  reason: string | null;
  runs: boolean;
  /** Credits an hour of all replicas together while it runs; null while it does not. */
  perHour: string | null;
  /** Credits in the last 30 days; null for those who may not see them. */
  used: string | null;
  /** For how many days at least nobody used what runs; null where that is not known. */
  idleDays: number | null;
  acts: Acts;
}

type Node = NonNullable<HostedRowFragment['deployable']>;
type Deployment = Extract<Node, { __typename?: 'Deployment' }>;
type Guardrail = Extract<Node, { __typename?: 'Guardrail' }>;
type Script = Extract<Node, { __typename?: 'Script' }>;

/** Names for what the API says by keys. */
export interface Words {
  model: (type: ModelType) => string;
  guardrail: (node: Guardrail) => [of: string, hardware: string];
  script: (node: Script) => string;
}

// As many characters as a name may have, less those of the number behind it.
const SUGGESTED = 190;

/** A name for the first deployment of something, whatever script its own name is in. */
export function suggested(name: string): string {
  const words = name.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const first = [...words.join('-')].slice(0, SUGGESTED).join('').replace(/-$/, '');
  return first ? `${first}-1` : '';
}

/** The columns that the list can be sorted by. */
export const ORDERS = ['IDLE', 'PRICE', 'USED', 'NAME'] as const;
export type HostedOrder = (typeof ORDERS)[number];

/** The rows of a page. A model can be deployed once more beside the first of its rows. */
export function hosted(items: HostedRowFragment[], words: Words): Hosted[] {
  const seen = new Set<string>();
  return items.map((item) => {
    const first = !seen.has(item.resourceId);
    seen.add(item.resourceId);
    const { deployable: node } = item;
    if (!node) return withoutDeployment(item, words);
    if ('deploymentStatus' in node) return ofModel(item, node, first);
    return 'guardrailStatus' in node ? ofGuardrail(item, node, words) : ofScript(item, node, words);
  });
}

/** What can be done with a deployment of a model. */
export function deploymentActs(d: {
  id: string;
  name: string;
  hardware: string;
  replicas: number;
  status: DeploymentStatus;
  pending: boolean;
}): Acts {
  const runs = d.status === 'DEPLOYED' && !d.pending;
  const deployment = { id: d.id, name: d.name, hardware: d.hardware, replicas: d.replicas };
  return {
    gate: 'deployModel',
    free: false,
    redeploy: d.status !== 'DELETED' && !runs && !d.pending ? { do: 'redeploy-model', ...deployment } : undefined,
    scale: runs ? { do: 'scale', ...deployment } : undefined,
    undeploy: d.status === 'DEPLOYED' ? { do: 'undeploy-model', ...deployment } : undefined,
  };
}

/** What can be done with a guardrail. */
export function guardrailActs(g: {
  id: string;
  name: string;
  scannerKey: string;
  cpu?: string | null;
  cpuCount: number;
  replicas: number;
  status: GuardrailStatus;
  pending: boolean;
}): Acts {
  const runs = g.status === 'DEPLOYED' && !g.pending;
  const free = g.cpuCount === 0;
  return {
    gate: 'deployGuardrail',
    free,
    redeploy: !runs && !g.pending ? { do: 'redeploy-guardrail', ...g, cpu: g.cpu ?? null } : undefined,
    scale: runs && !free ? { do: 'scale', ...g } : undefined,
    undeploy: g.status === 'DEPLOYED' ? { do: 'undeploy-guardrail', ...g } : undefined,
  };
}

/** What can be done with a script. */
export function scriptActs(s: {
  id: string;
  name: string;
  hardware?: string | null;
  replicas: number;
  status: ScriptStatus;
}): Acts {
  const { id, name, replicas, status } = s;
  const runs = status === 'DEPLOYED';
  const again = status === 'READY_TO_DEPLOY' || status === 'DEPLOYMENT_FAILED';
  return {
    gate: 'deployScript',
    free: false,
    deploy: status === 'DRAFT' ? { do: 'deploy-script', id, name } : undefined,
    redeploy: again
      ? { do: 'redeploy-script', id, name, hardware: s.hardware ?? '', replicas: Math.max(1, replicas) }
      : undefined,
    scale: runs ? { do: 'scale', id, name, replicas } : undefined,
    undeploy: runs ? { do: 'undeploy-script', id, name } : undefined,
  };
}

function ofModel(item: HostedRowFragment, d: Deployment, first: boolean): Hosted {
  const status = d.deploymentStatus;
  return {
    ...rowOf(item, d, d.pending),
    of: item.resourceName,
    status,
    runs: status === 'DEPLOYED' && !d.pending,
    category: 'MODELS',
    hardware: `${d.profile} × ${d.replicas}`,
    acts: {
      ...deploymentActs({ ...d, hardware: d.profile, status }),
      deploy: first ? { do: 'deploy-model', id: item.resourceId, name: item.resourceName } : undefined,
    },
  };
}

function withoutDeployment(item: HostedRowFragment, words: Words): Hosted {
  const model = { id: item.resourceId, name: item.resourceName };
  return {
    ...rowOf(item, model, false),
    of: item.modelType ? words.model(item.modelType) : '',
    category: 'MODELS',
    hardware: '',
    status: null,
    runs: false,
    acts: { gate: 'deployModel', free: false, deploy: { do: 'deploy-model', ...model } },
  };
}

function ofGuardrail(item: HostedRowFragment, g: Guardrail, words: Words): Hosted {
  const status = g.guardrailStatus;
  const [of, hardware] = words.guardrail(g);
  return {
    ...rowOf(item, g, g.pending),
    of,
    status,
    runs: status === 'DEPLOYED' && !g.pending,
    category: 'GUARDRAILS',
    hardware,
    acts: guardrailActs({ ...g, status }),
  };
}

function ofScript(item: HostedRowFragment, s: Script, words: Words): Hosted {
  const status = s.scriptStatus;
  return {
    ...rowOf(item, s, false),
    of: words.script(s),
    status,
    runs: status === 'DEPLOYED',
    category: 'SCRIPTS',
    hardware: s.hardware ? `${s.hardware} × ${s.replicas}` : '',
    acts: scriptActs({ ...s, status }),
  };
}

interface Named {
  id: string;
  name: string;
  reason?: string | null;
}

// What rows of every kind have.
function rowOf(item: HostedRowFragment, { id, name, reason }: Named, pending: boolean) {
  return {
    id,
    name,
    pending,
    reason: reason ?? null,
    resource: item.resourceId,
    perHour: item.ratePerHour ?? null,
    used: item.creditsUsed ?? null,
    idleDays: item.idleDays ?? null,
  };
}
