// The parts of a resource's page: when it ran, and what it was used for.
import { Actions } from '../deploy/actions';
import type { Task } from '../deploy/forms';
import { deploymentActs } from '../deploy/hosted';
import type { GatesFragment, ResourcePageQuery } from '../gql/graphql';
import type { Tab } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Count, Exact } from '../ui/exact';
import { count, exact, NONE } from '../ui/format';
import { More } from '../ui/more';
import { Empty } from '../ui/states';
import { StatusMark } from '../ui/status';
import { type Column, Table } from '../ui/table';
import { Take } from '../ui/take';
import { text } from '../ui/text';
import { told } from '../ui/told';
import { Delta } from './delta';
import { usePeriod, useSpanAbout } from './period';
import type { Account } from './resource';
import { Segments, Track } from './segments';
import { mostOf, type Segment, type Span, spanOf } from './timeline';

const t = text.answers.page;

type Node = NonNullable<ResourcePageQuery['node']>;
type Model = Extract<Node, { __typename: 'Model' }>;
type Deployment = Model['deployments']['edges'][number];

interface RanProps {
  tab: Tab;
  node: Node;
  segments: Account['segments'];
  gates: Partial<GatesFragment>;
  begin: (task: Task) => void;
}

/** When it ran and what that cost, a line for each deployment of a model. */
export function Ran({ tab, node, segments, gates, begin }: RanProps) {
  const rows = segments.edges.map((edge) => edge.node);
  const span = spanOf(segments);
  const model = node.__typename === 'Model' ? node : null;
  const about = useSpanAbout();
  return (
    <section className="card" aria-label={t.ran} data-card="ran">
      <div className="card-head">
        <div>
          <h2>{model ? text.models.deployments : t.ran}</h2>
          <p>{t.ranLead}</p>
        </div>
        {model && <Take name={text.models.deployments} about={about} />}
      </div>
      {model ? (
        <Deployments rows={model.deployments.edges} segments={rows} span={span} gates={gates} begin={begin} />
      ) : rows.length === 0 ? (
        <p className="hint">{t.never}</p>
      ) : (
        <Track segments={rows} span={span} most={mostOf(rows)} category={tab} />
      )}
      {rows.length > 0 && <Segments node={node} segments={segments} />}
      {model && <More shown={model.deployments.edges.length} total={model.deployments.totalCount} />}
      {segments.pageInfo.hasNextPage && <p className="hint">{t.cut}</p>}
    </section>
  );
}

interface DeploymentsProps {
  rows: Deployment[];
  segments: Segment[];
  span: Span;
  gates: Partial<GatesFragment>;
  begin: (task: Task) => void;
}

function Deployments({ rows, segments, span, gates, begin }: DeploymentsProps) {
  const { can } = usePlace();
  const { versus } = usePeriod();
  const most = mostOf(segments);
  const of = (id: string) => segments.filter(({ deploymentId }) => deploymentId === id);
  const columns: Column<Deployment>[] = [
    {
      key: 'name',
      title: text.models.deployment,
      cell: ({ node }) => (
        <span className="name">
          {node.name}
          <small>
            {node.hardware} · {text.models.replicas(node.replicas)}
          </small>
        </span>
      ),
    },
    {
      key: 'ran',
      title: t.ran,
      cell: ({ node }) => <Track segments={of(node.id)} span={span} most={most} category="models" />,
    },
    {
      key: 'rate',
      title: text.deploy.perHour,
      right: true,
      cell: ({ node }) => (
        <Exact value={node.ratePerHour} show={exact} unit={text.units.creditsAnHour(node.replicas)} />
      ),
    },
    {
      key: 'used',
      title: text.models.used,
      right: true,
      cell: ({ creditsUsed }) => <Exact value={creditsUsed} unit={text.units.credits} />,
    },
    ...(versus === null
      ? []
      : [
          {
            key: 'change',
            title: text.answers.compare.column,
            right: true,
            cell: ({ creditsUsedChange }: Deployment) => <Delta change={creditsUsedChange} unit={text.units.credits} />,
          },
        ]),
    {
      key: 'status',
      title: text.models.status,
      cell: ({ node }) => (
        <>
          <StatusMark status={node.status} pending={node.pending} />
          {node.reason && <small className="reason">{told.known(node.reason)}</small>}
        </>
      ),
    },
    {
      key: 'actions',
      title: text.deploy.actionsColumn,
      right: true,
      cell: ({ node }) => <Actions name={node.name} acts={deploymentActs(node)} gates={gates} begin={begin} />,
    },
  ];
  return (
    <Table
      caption={text.models.deployments}
      columns={can('RESOURCE_MANAGE') ? columns : columns.filter(({ key }) => key !== 'actions')}
      rows={rows}
      keyOf={({ node }) => node.id}
      empty={<Empty title={text.models.noDeployments} />}
    />
  );
}

type Kind = Account['kinds']['edges'][number]['node'];

/** What a model was used for, with its tokens by class. */
export function Kinds({ kinds }: { kinds: Account['kinds'] }) {
  const about = useSpanAbout();
  const tokens = (value: number) => (value > 0 ? <Count value={value} /> : NONE);
  const columns: Column<Kind>[] = [
    { key: 'kind', title: t.kind, cell: ({ kind }) => <span className="name">{kind ? t.kindNames[kind] : NONE}</span> },
    {
      key: 'used',
      title: text.models.used,
      right: true,
      cell: ({ credits }) => <Exact value={credits} unit={text.units.credits} />,
    },
    { key: 'events', title: t.events, right: true, cell: ({ events }) => (events > 0 ? count(events) : NONE) },
    { key: 'input', title: t.input, right: true, cell: ({ inputTokens }) => tokens(inputTokens) },
    { key: 'output', title: t.output, right: true, cell: ({ outputTokens }) => tokens(outputTokens) },
    { key: 'cache-read', title: t.cacheRead, right: true, cell: ({ cacheReadTokens }) => tokens(cacheReadTokens) },
    { key: 'cache-write', title: t.cacheWrite, right: true, cell: ({ cacheWriteTokens }) => tokens(cacheWriteTokens) },
    { key: 'reasoning', title: t.reasoning, right: true, cell: ({ reasoningTokens }) => tokens(reasoningTokens) },
  ];
  return (
    <section className="card" aria-label={t.kinds} data-card="kinds">
      <div className="card-head">
        <h2>{t.kinds}</h2>
        <Take name={t.kinds} about={about} />
      </div>
      <Table
        caption={t.kinds}
        columns={columns}
        rows={kinds.edges.map(({ node }) => node)}
        keyOf={({ kind }) => kind ?? ''}
        empty={<p className="hint">{text.overview.none}</p>}
      />
    </section>
  );
}
