// What can be deployed, as rows that are alike: models, guardrails and scripts.
import type { Category, HostedRowFragment, ModelType } from '../gql/graphql';
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

type Node = NonNullable<HostedRowFragment['node']>;
type Deployment = Extract<Node, { __typename?: 'Deployment' }>;
type Guardrail = Extract<Node, { __typename?: 'Guardrail' }>;
type Script = Extract<Node, { __typename?: 'Script' }>;

/** Names for what the API says by keys. */
export interface Words {
  model: (type: ModelType) => string;
  guardrail: (node: Guardrail) => [of: string, hardware: string];
  script: (node: Script) => string;
}

/** The columns that the list can be sorted by. */
export const ORDERS = ['IDLE', 'PRICE', 'USED', 'NAME'] as const;
export type HostedOrder = (typeof ORDERS)[number];

/** The rows of a page. A model can be deployed once more beside the first of its rows. */
export function hosted(edges: HostedRowFragment[], words: Words): Hosted[] {
  const seen = new Set<string>();
  return edges.map((edge) => {
    const first = !seen.has(edge.resourceId);
    seen.add(edge.resourceId);
    const { node } = edge;
    if (!node) return withoutDeployment(edge, words);
    if ('deploymentStatus' in node) return ofModel(edge, node, first);
    return 'guardrailStatus' in node ? ofGuardrail(edge, node, words) : ofScript(edge, node, words);
  });
}

function ofModel(edge: HostedRowFragment, d: Deployment, first: boolean): Hosted {
  const status = d.deploymentStatus;
  const runs = status === 'DEPLOYED' && !d.pending;
  const deployment = { id: d.id, name: d.name, hardware: d.profile, replicas: d.replicas };
  return {
    ...rowOf(edge, d, d.pending),
    of: edge.resourceName,
    status,
    runs,
    category: 'MODELS',
    hardware: `${d.profile} × ${d.replicas}`,
    acts: {
      gate: 'deployModel',
      free: false,
      deploy: first ? { do: 'deploy-model', id: edge.resourceId, name: edge.resourceName } : undefined,
      redeploy: !runs && !d.pending ? { do: 'redeploy-model', ...deployment } : undefined,
      scale: runs ? { do: 'scale', ...deployment } : undefined,
      undeploy: status === 'DEPLOYED' ? { do: 'undeploy-model', ...deployment } : undefined,
    },
  };
}

function withoutDeployment(edge: HostedRowFragment, words: Words): Hosted {
  const model = { id: edge.resourceId, name: edge.resourceName };
  return {
    ...rowOf(edge, model, false),
    of: edge.modelType ? words.model(edge.modelType) : '',
    category: 'MODELS',
    hardware: '',
    status: null,
    runs: false,
    acts: { gate: 'deployModel', free: false, deploy: { do: 'deploy-model', ...model } },
  };
}

function ofGuardrail(edge: HostedRowFragment, g: Guardrail, words: Words): Hosted {
  const status = g.guardrailStatus;
  const runs = status === 'DEPLOYED' && !g.pending;
  const free = g.cpuCount === 0;
  const [of, hardware] = words.guardrail(g);
  return {
    ...rowOf(edge, g, g.pending),
    of,
    status,
    runs,
    category: 'GUARDRAILS',
    hardware,
    acts: {
      gate: 'deployGuardrail',
      free,
      redeploy: !runs && !g.pending ? { do: 'redeploy-guardrail', ...g, cpu: g.cpu ?? null } : undefined,
      scale: runs && !free ? { do: 'scale', ...g } : undefined,
      undeploy: status === 'DEPLOYED' ? { do: 'undeploy-guardrail', ...g } : undefined,
    },
  };
}

function ofScript(edge: HostedRowFragment, s: Script, words: Words): Hosted {
  const status = s.scriptStatus;
  const runs = status === 'DEPLOYED';
  const again = status === 'READY_TO_DEPLOY' || status === 'DEPLOYMENT_FAILED';
  const { id, name, replicas } = s;
  return {
    ...rowOf(edge, s, false),
    of: words.script(s),
    status,
    runs,
    category: 'SCRIPTS',
    hardware: s.hardware ? `${s.hardware} × ${replicas}` : '',
    acts: {
      gate: 'deployScript',
      free: false,
      deploy: status === 'DRAFT' ? { do: 'deploy-script', id, name } : undefined,
      redeploy: again
        ? { do: 'redeploy-script', id, name, hardware: s.hardware ?? '', replicas: Math.max(1, replicas) }
        : undefined,
      scale: runs ? { do: 'scale', id, name, replicas } : undefined,
      undeploy: runs ? { do: 'undeploy-script', id, name } : undefined,
    },
  };
}

interface Named {
  id: string;
  name: string;
  reason?: string | null;
}

// What rows of every kind have.
function rowOf(edge: HostedRowFragment, { id, name, reason }: Named, pending: boolean) {
  return {
    id,
    name,
    pending,
    reason: reason ?? null,
    resource: edge.resourceId,
    perHour: edge.ratePerHour ?? null,
    used: edge.creditsUsed ?? null,
    idleDays: edge.idleDays ?? null,
  };
}
