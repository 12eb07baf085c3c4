// What can be deployed, as one list that can be sorted: by what it costs an hour, by what it used, by how long nobody
// used it. Models, guardrails and scripts alike.

import type { Parted } from '../api/parts';
import type {
  Category,
  DeploymentRowFragment,
  GuardrailRowFragment,
  HostedViewQuery,
  ModelType,
  ScriptRowFragment,
} from '../gql/graphql';
import { decimal, micro } from '../ui/decimal';
import type { StatusMark } from '../ui/status';
import type { Task } from './forms';

/** An answer's account; each of its lists may be absent: not asked for, or failed. */
export type Account = NonNullable<Parted<HostedViewQuery>['account']>;

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
  /** Credits in the last 30 days; null where that is not known. */
  used: string | null;
  /** For how many days at least nobody used what runs; null where that is not known. */
  idleDays: number | null;
  acts: Acts;
}

/** Names for what the API says by keys. */
export interface Words {
  model: (type: ModelType) => string;
  guardrail: (node: GuardrailRowFragment) => [of: string, hardware: string];
  script: (node: ScriptRowFragment) => string;
}

/** The columns that the list can be sorted by. */
export const ORDERS = ['IDLE', 'PRICE', 'USED', 'NAME'] as const;
export type HostedOrder = (typeof ORDERS)[number];

/** All rows of an account; `usage` is the answer that tells of use, the first of several pages. */
export function hosted(account: Account, usage: Account, words: Words): Hosted[] {
  const spent = spentOf(usage);
  const idle = idleOf(usage);
  const models = (account.models?.edges ?? []).flatMap(({ node: model }) => {
    const of = { id: model.id, name: model.name, type: words.model(model.type) };
    const rows = model.deployments.edges.map(({ node }, i) =>
      ofModel(of, node, i === 0, spent(node.id), idle(node.id)),
    );
    return rows.length > 0 ? rows : [withoutDeployment(of, spent(model.id))];
  });
  const guardrails = (account.guardrails?.edges ?? []).map(({ node }) =>
    ofGuardrail(node, words, spent(node.id), idleSince(node.lastUsedOn, account.guardrails!.asOf) ?? idle(null)),
  );
  const scripts = (account.scripts?.edges ?? []).map(({ node }) =>
    ofScript(node, words, spent(node.id), idleSince(node.lastUsedOn, account.scripts!.asOf) ?? idle(null)),
  );
  return [...models, ...guardrails, ...scripts];
}

interface Model {
  id: string;
  name: string;
  type: string;
}

function ofModel(
  model: Model,
  d: DeploymentRowFragment,
  first: boolean,
  used: string | null,
  idleDays: number | null,
): Hosted {
  const runs = d.status === 'DEPLOYED' && !d.pending;
  return {
    ...rowOf(d, runs, times(d.ratePerHour, d.replicas), used, idleDays),
    of: model.name,
    category: 'MODELS',
    resource: model.id,
    hardware: `${d.hardware} × ${d.replicas}`,
    acts: {
      gate: 'deployModel',
      free: false,
      deploy: first ? { do: 'deploy-model', id: model.id, name: model.name } : undefined,
      redeploy: !runs && !d.pending ? { do: 'redeploy-model', ...d } : undefined,
      scale: runs ? { do: 'scale', ...d } : undefined,
      undeploy: d.status === 'DEPLOYED' ? { do: 'undeploy-model', ...d } : undefined,
    },
  };
}

function withoutDeployment(model: Model, used: string | null): Hosted {
  return {
    id: model.id,
    name: model.name,
    of: model.type,
    category: 'MODELS',
    resource: model.id,
    hardware: '',
    status: null,
    pending: false,
    reason: null,
    runs: false,
    perHour: null,
    used,
    idleDays: null,
    acts: { gate: 'deployModel', free: false, deploy: { do: 'deploy-model', id: model.id, name: model.name } },
  };
}

function ofGuardrail(g: GuardrailRowFragment, words: Words, used: string | null, idleDays: number | null): Hosted {
  const runs = g.status === 'DEPLOYED' && !g.pending;
  const free = g.cpuCount === 0;
  const [of, hardware] = words.guardrail(g);
  return {
    ...rowOf(g, runs, times(g.ratePerHour, g.replicas), used, idleDays),
    of,
    category: 'GUARDRAILS',
    resource: g.id,
    hardware,
    acts: {
      gate: 'deployGuardrail',
      free,
      redeploy: !runs && !g.pending ? { do: 'redeploy-guardrail', ...g, cpu: g.cpu ?? null } : undefined,
      scale: runs && !free ? { do: 'scale', ...g } : undefined,
      undeploy: g.status === 'DEPLOYED' ? { do: 'undeploy-guardrail', ...g } : undefined,
    },
  };
}

function ofScript(s: ScriptRowFragment, words: Words, used: string | null, idleDays: number | null): Hosted {
  const runs = s.status === 'DEPLOYED';
  const again = s.status === 'READY_TO_DEPLOY' || s.status === 'DEPLOYMENT_FAILED';
  return {
    ...rowOf({ ...s, pending: false }, runs, times(s.ratePerHour ?? '0', s.replicas), used, idleDays),
    of: words.script(s),
    category: 'SCRIPTS',
    resource: s.id,
    hardware: s.hardware ? `${s.hardware} × ${s.replicas}` : '',
    acts: {
      gate: 'deployScript',
      free: false,
      deploy: s.status === 'DRAFT' ? { do: 'deploy-script', id: s.id, name: s.name } : undefined,
      redeploy: again
        ? { do: 'redeploy-script', ...s, hardware: s.hardware ?? '', replicas: Math.max(1, s.replicas) }
        : undefined,
      scale: runs ? { do: 'scale', ...s } : undefined,
      undeploy: runs ? { do: 'undeploy-script', ...s } : undefined,
    },
  };
}

interface Node {
  id: string;
  name: string;
  status: NonNullable<Hosted['status']>;
  pending: boolean;
  reason?: string | null;
}

function rowOf(node: Node, runs: boolean, price: string, used: string | null, idleDays: number | null) {
  return {
    id: node.id,
    name: node.name,
    status: node.status,
    pending: node.pending,
    reason: node.reason ?? null,
    runs,
    perHour: runs ? price : null,
    used,
    idleDays: runs && micro(price) > 0n ? idleDays : null,
  };
}

// What each deployment or resource used in 30 days; null where it may be among those that are not shown.
function spentOf({ spent }: Account): (id: string) => string | null {
  const used = new Map<string, bigint>();
  for (const { node } of spent?.edges ?? []) {
    for (const key of new Set([node.deploymentId ?? '', node.resourceId ?? '']))
      used.set(key, (used.get(key) ?? 0n) + micro(node.credits));
  }
  const whole = spent && !spent.pageInfo.hasNextPage;
  return (id) => (used.has(id) || whole ? decimal(used.get(id) ?? 0n) : null);
}

const DAY = 86_400_000;

// Whole days since a use that was reported; null where none was.
function idleSince(at: string | null | undefined, asOf: string): number | null {
  return at ? Math.max(0, Math.floor((Date.parse(asOf) - Date.parse(at)) / DAY)) : null;
}

// The longest of the three times in which a deployment had no inference, or, for null, the account no event at all.
function idleOf({ day, week, month }: Account): (id: string | null) => number | null {
  if (!day || !week || !month) return () => null;
  const steps = [
    { seen: day, before: 0 },
    { seen: week, before: 1 },
    { seen: month, before: 7 },
  ].map(({ seen, before }) => ({
    before,
    used: new Set(seen.edges.flatMap(({ node }) => (node.events > 0 && node.deploymentId ? [node.deploymentId] : []))),
    any: seen.edges.some(({ node }) => node.events > 0),
    cut: seen.pageInfo.hasNextPage,
  }));
  return (id) => {
    for (const { before, used, any, cut } of steps) {
      if (id === null && any) return before === 0 ? null : before;
      if (id !== null && used.has(id)) return before;
      if (id !== null && cut) return null; // it may be among those that are not shown
    }
    return 30;
  };
}

function times(amount: string, n: number): string {
  return decimal(micro(amount) * BigInt(n));
}

/** The rows in order: of equal ones, the dearer first. */
export function sorted(rows: Hosted[], order: HostedOrder, direction: 'ASC' | 'DESC'): Hosted[] {
  const sign = direction === 'DESC' ? -1 : 1;
  const big = (a: string | null, b: string | null) => {
    const [x, y] = [micro(a ?? '-1'), micro(b ?? '-1')];
    return x < y ? -1 : x > y ? 1 : 0;
  };
  const by: Record<HostedOrder, (a: Hosted, b: Hosted) => number> = {
    IDLE: (a, b) => (a.idleDays ?? -1) - (b.idleDays ?? -1),
    PRICE: (a, b) => big(a.perHour, b.perHour),
    USED: (a, b) => big(a.used, b.used),
    NAME: (a, b) => a.name.localeCompare(b.name),
  };
  return [...rows].sort((a, b) => sign * by[order](a, b) || -by.PRICE(a, b) || by.NAME(a, b));
}
