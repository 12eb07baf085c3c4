// What runs, as one list that can be sorted: by what it costs an hour, by what it used, by how long nobody used it.
import type { Category, RunningViewQuery } from '../gql/graphql';
import { decimal, micro } from '../ui/decimal';

type Account = NonNullable<RunningViewQuery['account']>;

/** Something that is deployed. */
export interface Running {
  id: string;
  name: string;
  /** The model of a deployment; what it is, for others. */
  of: string;
  category: Exclude<Category, 'TOOLS'>;
  /** The resource whose page tells more. */
  resource: string;
  hardware: string;
  replicas: number;
  /** Credits an hour of all replicas together. */
  perHour: string;
  /** Credits in the last 30 days. */
  used: string;
  /** For how many days at least nobody used it; null where that is not known, as of guardrails and scripts. */
  idleDays: number | null;
}

/** The columns that the list can be sorted by. */
export const ORDERS = ['IDLE', 'PRICE', 'USED', 'NAME'] as const;
export type RunningOrder = (typeof ORDERS)[number];

/** Everything that runs. `scanner` and `cpus` name what a guardrail is and runs on. */
export function running(account: Account, words: { guardrail: (g: Guardrail) => [string, string]; script: string }) {
  const used = new Map<string, bigint>();
  for (const { node } of account.spent?.edges ?? []) {
    for (const key of new Set([node.deploymentId ?? '', node.resourceId ?? '']))
      used.set(key, (used.get(key) ?? 0n) + micro(node.credits));
  }
  const spent = (id: string) => decimal(used.get(id) ?? 0n);
  const idle = idleOf(account);
  const models = account.models.edges.flatMap(({ node: model }) =>
    model.deployments.edges
      .filter(({ node }) => !node.pending)
      .map(({ node }): Running => {
        return {
          id: node.id,
          name: node.name,
          of: model.name,
          category: 'MODELS',
          resource: model.id,
          hardware: node.hardware,
          replicas: node.replicas,
          perHour: times(node.ratePerHour, node.replicas),
          used: spent(node.id),
          idleDays: idle(node.id),
        };
      }),
  );
  const guardrails = account.guardrails.edges
    .filter(({ node }) => node.cpuCount > 0 && !node.pending)
    .map(({ node }): Running => {
      const [of, hardware] = words.guardrail(node);
      return {
        ...node,
        of,
        category: 'GUARDRAILS',
        resource: node.id,
        hardware,
        perHour: times(node.ratePerHour, node.replicas),
        used: spent(node.id),
        idleDays: null,
      };
    });
  const scripts = account.scripts.edges.map(
    ({ node }): Running => ({
      ...node,
      of: words.script,
      category: 'SCRIPTS',
      resource: node.id,
      hardware: node.hardware ?? '',
      perHour: times(node.ratePerHour ?? '0', node.replicas),
      used: spent(node.id),
      idleDays: null,
    }),
  );
  return [...models, ...guardrails, ...scripts];
}

type Guardrail = Account['guardrails']['edges'][number]['node'];

// The longest of the three times in which a deployment had no event.
function idleOf(account: Account): (id: string) => number | null {
  if (!account.day || !account.week || !account.month) return () => null;
  const seen = (connection: NonNullable<Account['day']>) =>
    new Set(connection.edges.flatMap(({ node }) => (node.events > 0 && node.deploymentId ? [node.deploymentId] : [])));
  const [day, week, month] = [seen(account.day), seen(account.week), seen(account.month)];
  return (id) => (day.has(id) ? 0 : week.has(id) ? 1 : month.has(id) ? 7 : 30);
}

function times(amount: string, n: number): string {
  return decimal(micro(amount) * BigInt(n));
}

/** The rows in order: of equal ones, the dearer first. */
export function sorted(rows: Running[], order: RunningOrder, direction: 'ASC' | 'DESC'): Running[] {
  const sign = direction === 'DESC' ? -1 : 1;
  const big = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
  const by: Record<RunningOrder, (a: Running, b: Running) => number> = {
    IDLE: (a, b) => (a.idleDays ?? -1) - (b.idleDays ?? -1),
    PRICE: (a, b) => big(micro(a.perHour), micro(b.perHour)),
    USED: (a, b) => big(micro(a.used), micro(b.used)),
    NAME: (a, b) => a.name.localeCompare(b.name),
  };
  return [...rows].sort((a, b) => sign * by[order](a, b) || -by.PRICE(a, b) || by.NAME(a, b));
}
