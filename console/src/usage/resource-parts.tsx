// The parts of a resource's page: when it ran, what it was used for, its ledger entries.
import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { MeterFigure } from '../billing/figure';
import type { Task } from '../deploy/forms';
import type { ResourcePageQuery } from '../gql/graphql';
import { type Tab, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { geometry, sum } from '../ui/decimal';
import { Count, Exact } from '../ui/exact';
import { amount, count, exact, fullBucket, NONE } from '../ui/format';
import { Instant } from '../ui/instant';
import { useParameters } from '../ui/params';
import { Empty } from '../ui/states';
import { StatusMark } from '../ui/status';
import { type Column, Table } from '../ui/table';
import { names, text } from '../ui/text';
import { usePeriod } from './period';
import { spanOf } from './range';
import type { Account } from './resource';
import { stripStep } from './strips';
import { periodOf } from './tabs';

const t = text.answers.page;

type Node = NonNullable<ResourcePageQuery['node']>;
type Model = Extract<Node, { __typename: 'Model' }>;
type Deployment = Model['deployments']['edges'][number];

interface RanProps {
  tab: Tab;
  node: Node;
  account: Account;
  begin: (task: Task) => void;
}

interface Place {
  start: string;
  credits: string;
}

/** The time in which it was hosted, a row for each deployment of a model. */
export function Ran({ tab, node, account, begin }: RanProps) {
  const rows = new Map<string, Place[]>();
  for (const { node: row } of account.hosted.edges) {
    const key = row.deploymentId ?? '';
    if (row.start) rows.set(key, [...(rows.get(key) ?? []), { start: row.start, credits: row.credits }]);
  }
  const most = Math.max(0, ...[...rows.values()].flat().map(({ credits }) => geometry(credits)));
  const model = node.__typename === 'Model' ? node : null;
  const none = [...rows.values()].flat().every(({ credits }) => geometry(credits) === 0);
  return (
    <section className="card" aria-label={t.ran} data-card="ran">
      <div className="card-head">
        <div>
          <h2>{model ? text.models.deployments : t.ran}</h2>
          <p>{t.ranLead}</p>
        </div>
      </div>
      {model ? (
        <Deployments rows={model.deployments.edges} places={rows} most={most} begin={begin} />
      ) : none ? (
        <p className="hint">{t.never}</p>
      ) : (
        <Places places={rows.values().next().value ?? []} most={most} category={tab} />
      )}
      {account.hosted.pageInfo.hasNextPage && <p className="hint">{t.cut}</p>}
    </section>
  );
}

function Places({ places, most, category }: { places: Place[]; most: number; category: string }) {
  const { choice, zone, now } = usePeriod();
  const { from, to } = spanOf(choice, zone, now);
  const step = stripStep(from, to);
  const told = `${t.ran}: ${amount(sum(places.map(({ credits }) => credits)))} ${text.units.credits}`;
  return (
    <span className="places" role="img" aria-label={told}>
      {places.map(({ start, credits }) => (
        <i
          key={start}
          className={`bar-${category}`}
          data-exact={t.cell(fullBucket(start, step, zone), exact(credits))}
          style={{ opacity: most > 0 && geometry(credits) > 0 ? 0.25 + (0.75 * geometry(credits)) / most : 0.06 }}
        />
      ))}
    </span>
  );
}

interface DeploymentsProps {
  rows: Deployment[];
  places: Map<string, Place[]>;
  most: number;
  begin: (task: Task) => void;
}

function Deployments({ rows, places, most, begin }: DeploymentsProps) {
  const { can } = usePlace();
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
      cell: ({ node }) => <Places places={places.get(node.id) ?? []} most={most} category="models" />,
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
    {
      key: 'status',
      title: text.models.status,
      cell: ({ node }) => (
        <>
          <StatusMark status={node.status} pending={node.pending} />
          {node.reason && <small className="reason">{node.reason}</small>}
        </>
      ),
    },
    {
      key: 'actions',
      title: text.deploy.actionsColumn,
      right: true,
      cell: ({ node }) =>
        node.status === 'DEPLOYED' && (
          <Button
            size="xs"
            variant="default"
            aria-label={`${text.deploy.undeploy} ${node.name}`}
            onClick={() => begin({ do: 'undeploy-model', ...node })}
          >
            {text.deploy.undeploy}
          </Button>
        ),
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

/** What a model was used for, with its tokens. */
export function Kinds({ account }: { account: Account }) {
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
  ];
  return (
    <section className="card" aria-label={t.kinds} data-card="kinds">
      <div className="card-head">
        <h2>{t.kinds}</h2>
      </div>
      <Table
        caption={t.kinds}
        columns={columns}
        rows={account.kinds.edges.map(({ node }) => node)}
        keyOf={({ kind }) => kind ?? ''}
        empty={<p className="hint">{text.overview.none}</p>}
      />
    </section>
  );
}

type Entry = NonNullable<Account['ledger']>['edges'][number]['node'];

// What an entry charged the resource, where it stands for several.
function ownPart({ amount: all, lines }: Entry, id: string): string {
  const line = lines.find(({ resourceId }) => resourceId === id);
  if (!line) return all;
  return all.startsWith('-') ? `-${line.amount}` : line.amount;
}

/** The latest entries of the ledger that concern the resource. */
export function Entries({ id, entries }: { id: string; entries: Entry[] }) {
  const { zone } = usePeriod();
  const paths = usePaths();
  const [params] = useParameters();
  const columns: Column<Entry>[] = [
    { key: 'at', title: text.ledger.at, cell: ({ effectiveAt }) => <Instant at={effectiveAt} zone={zone} timed /> },
    { key: 'kind', title: text.ledger.kind, cell: ({ kind }) => names.ledger[kind] },
    {
      key: 'what',
      title: text.ledger.what,
      cell: ({ cause, count: parts, note }) => (
        <span className="name plain">
          {names.cause[cause]}
          <small>{[note, parts > 1 && text.ledger.parts(count(parts))].filter(Boolean).join(' · ')}</small>
        </span>
      ),
    },
    {
      key: 'amount',
      title: text.ledger.amount,
      right: true,
      cell: (entry) => <MeterFigure meter={entry.meter} value={ownPart(entry, id)} signed />,
    },
  ];
  return (
    <section className="card" aria-label={t.entries} data-card="entries">
      <div className="card-head">
        <div>
          <h2>{t.entries}</h2>
          <p>{t.entriesLead}</p>
        </div>
        <Link to={`${paths.billing('ledger')}?${periodOf(params)}&resource=${encodeURIComponent(id)}`}>
          {t.allEntries}
        </Link>
      </div>
      <Table
        caption={t.entries}
        columns={columns}
        rows={entries}
        keyOf={({ id: entry }) => entry}
        empty={<p className="hint">{t.noEntries}</p>}
      />
    </section>
  );
}
