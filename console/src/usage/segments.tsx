// When something ran, as a line of time and as a list: each segment on one hardware with one number of replicas.
import type { ResourcePageQuery } from '../gql/graphql';
import { geometry, sum } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { amount, exact, moment, moments, spanned } from '../ui/format';
import { Instant } from '../ui/instant';
import { cpuName } from '../ui/names';
import { type Column, Table } from '../ui/table';
import { Take } from '../ui/take';
import { text } from '../ui/text';
import { Lasting } from './lasting';
import { usePeriod, useSpanAbout } from './period';
import type { Account } from './resource';
import { hourly, placed, type Segment, type Span } from './timeline';

const t = text.answers.page;

interface TrackProps {
  segments: Segment[];
  span: Span;
  most: number;
  category: string;
}

/** The line of time; the darker, the more an hour cost. */
export function Track({ segments, span, most, category }: TrackProps) {
  const { zone } = usePeriod();
  return (
    <span className="track" role="img" aria-label={told(segments, zone)}>
      {segments.map((segment) => {
        const [at, length] = placed(segment, span);
        return (
          <i
            key={segment.start}
            className={`bar-${category}`}
            data-exact={[ranFrom(segment, zone), hardwareOf(segment), t.cost(exact(segment.credits))].join(' · ')}
            style={{ insetInlineStart: `${at}%`, width: `${length}%`, opacity: shade(geometry(hourly(segment)), most) }}
          />
        );
      })}
    </span>
  );
}

function shade(hour: number, most: number): number {
  return most > 0 ? 0.35 + (0.65 * hour) / most : 0.35;
}

function ranFrom({ start, end }: Segment, zone: string): string {
  return end ? moments(start, end, zone) : t.since(moment(start, zone));
}

function told(segments: Segment[], zone: string): string {
  const first = segments.at(-1);
  if (!first) return t.never;
  const last = segments[0]!;
  const cost = amount(sum(segments.map(({ credits }) => credits)));
  return t.toldSegments(segments.length, moment(first.start, zone), last.end ? moment(last.end, zone) : t.now, cost);
}

// What it ran on, replicas included; nothing to name where it costs nothing.
function hardwareOf({ category, hardware, cpuCount, replicas }: Segment): string {
  if (category === 'GUARDRAILS')
    return hardware ? text.units.cpus(cpuName(hardware), cpuCount, replicas) : text.guardrails.free;
  return `${hardware} × ${replicas}`;
}

interface SegmentsProps {
  node: NonNullable<ResourcePageQuery['node']>;
  segments: Account['segments'];
}

/** The same as a list, with what each cost within the period. */
export function Segments({ node, segments }: SegmentsProps) {
  const { zone } = usePeriod();
  const about = useSpanAbout();
  const names = new Map(
    node.__typename === 'Model' ? node.deployments.edges.map((edge) => [edge.node.id, edge.node.name]) : [],
  );
  const deployment: Column<Segment> = {
    key: 'deployment',
    title: text.models.deployment,
    cell: ({ deploymentId }) => <span className="name">{names.get(deploymentId ?? '') ?? deploymentId}</span>,
  };
  const columns: Column<Segment>[] = [
    ...(node.__typename === 'Model' ? [deployment] : []),
    { key: 'start', title: t.from, cell: ({ start }) => <Instant at={start} zone={zone} timed /> },
    {
      key: 'end',
      title: t.until,
      cell: ({ end, stopped }) => (
        <>
          {end ? <Instant at={end} zone={zone} timed /> : t.stillRuns}
          {stopped && <em className="tag">{t.stopped}</em>}
        </>
      ),
    },
    { key: 'hardware', title: text.deploy.hardware, cell: hardwareOf },
    {
      key: 'lasting',
      title: t.lasting,
      right: true,
      cell: ({ seconds }) => <Lasting span={spanned(seconds)} />,
    },
    {
      key: 'used',
      title: text.models.used,
      right: true,
      cell: ({ credits }) => <Exact value={credits} unit={text.units.credits} />,
    },
  ];
  return (
    <div className="segments view">
      <Take name={`${'name' in node ? node.name : ''}: ${t.ran}`} about={about} />
      <details open={segments.edges.length <= SHORT}>
        <summary>{t.segments(segments.edges.length)}</summary>
        <Table
          caption={t.ran}
          columns={columns}
          rows={segments.edges.map((edge) => edge.node)}
          keyOf={({ deploymentId, start }) => `${deploymentId} ${start}`}
          empty={null}
        />
      </details>
    </div>
  );
}

// So many are shown without being asked for.
const SHORT = 12;
