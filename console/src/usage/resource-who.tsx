// Who and what a resource was used for: the users, API keys or values of a tag that its events named.
import { NativeSelect } from '@mantine/core';
import { Link } from 'react-router';
import { useParts } from '../api/ask';
import { ResourceWhoDocument, type ResourceWhoQuery, type UsageDimension } from '../gql/graphql';
import { usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Count, Exact } from '../ui/exact';
import { share } from '../ui/format';
import { useParameters } from '../ui/params';
import { Failed, isStale, Stale } from '../ui/states';
import { type Column, Table } from '../ui/table';
import { Take } from '../ui/take';
import { text } from '../ui/text';
import { visible } from '../ui/visible';
import { Delta } from './delta';
import { useAbout, usePeriod } from './period';
import { periodOf } from './tabs';

const t = text.answers.page;
const e = text.answers.explorer;
const TAG = 'tag:';

type Row = NonNullable<ResourceWhoQuery['account']>['usage']['edges'][number]['node'];

interface WhoProps {
  id: string;
  meter: 'credits' | 'runs';
}

/** The card; what it is grouped by stands in the URL. */
export function Who({ id, meter }: WhoProps) {
  const { account } = usePlace();
  const { range, compare } = usePeriod();
  const [params, set] = useParameters();
  const asked = params.get('who') ?? 'user';
  const tag = asked.startsWith(TAG) ? asked.slice(TAG.length) : null;
  const by: UsageDimension = tag !== null ? 'TAG' : asked === 'api-key' ? 'API_KEY' : 'USER';
  const answer = useParts(ResourceWhoDocument, {
    account: account.id,
    range,
    compare,
    ids: [id],
    groupBy: [by],
    tagKeys: tag === null ? null : [tag],
    order: meter === 'runs' ? 'RUNS' : 'CREDITS',
  });
  const { data, again } = answer;
  const fault = answer.fault ?? answer.failed('usage');
  const stale = isStale({ data: data?.account?.usage ?? undefined, fault });
  const about = useAbout([]);
  const keys = data?.account?.tagKeys ?? [];
  return (
    <section className="card" aria-label={t.who} data-card="who">
      <div className="card-head">
        <div>
          <h2>{t.who}</h2>
          <p>{t.whoLead}</p>
        </div>
        <div className="card-tools">
          <NativeSelect
            size="xs"
            aria-label={e.by}
            value={asked}
            data={[
              { value: 'user', label: e.dimensions.USER },
              { value: 'api-key', label: e.dimensions.API_KEY },
              ...[...new Set(tag === null ? keys : [tag, ...keys])].map((key) => ({
                value: TAG + key,
                label: `${e.tagKey}: ${key}`,
              })),
            ]}
            onChange={(event) => set({ who: event.currentTarget.value === 'user' ? null : event.currentTarget.value })}
          />
          <Explore by={by} tag={tag} meter={meter} />
          <Take name={t.who} about={about} />
        </div>
      </div>
      {fault && stale && <Stale fault={fault} again={again} />}
      {fault && !stale ? (
        <Failed fault={fault} again={again} />
      ) : (
        <Table
          caption={t.who}
          columns={columnsFor(by, tag, meter, compare !== null)}
          rows={data?.account?.usage?.edges.map(({ node }) => node)}
          keyOf={(row) => nameOf(row, by) + String(row.other)}
          empty={<p className="hint">{t.nobody}</p>}
          waiting={3}
        />
      )}
    </section>
  );
}

// The same question of the whole account.
function Explore({ by, tag, meter }: { by: UsageDimension; tag: string | null; meter: WhoProps['meter'] }) {
  const paths = usePaths();
  const [params] = useParameters();
  const search = new URLSearchParams(periodOf(params));
  search.set('by', by.toLowerCase().replaceAll('_', '-'));
  if (tag !== null) search.set('tag', tag);
  if (meter === 'runs') search.set('measure', 'runs');
  return <Link to={`${paths.billing('explore')}?${search}`}>{e.title}</Link>;
}

function nameOf(row: Row, by: UsageDimension): string {
  if (row.other) return e.other;
  if (row.beyond.length > 0) return e.beyond;
  const value = by === 'USER' ? row.user : by === 'API_KEY' ? row.apiKey : row.tags[0]?.value;
  return value === null || value === undefined ? e.without : visible(value);
}

function columnsFor(
  by: UsageDimension,
  tag: string | null,
  meter: WhoProps['meter'],
  compared: boolean,
): Column<Row>[] {
  const runs = meter === 'runs';
  const change: Column<Row> = {
    key: 'change',
    title: text.answers.compare.column,
    right: true,
    cell: (row) => <Delta change={runs ? row.runsChange : row.creditsChange} />,
  };
  return [
    {
      key: 'who',
      title: tag ?? e.dimensions[by as 'USER' | 'API_KEY'],
      cell: (row) => <span className="name">{nameOf(row, by)}</span>,
    },
    {
      key: 'used',
      title: runs ? text.tools.runsColumn : text.models.used,
      right: true,
      cell: (row) => (runs ? <Count value={row.runs} /> : <Exact value={row.credits} unit={text.units.credits} />),
    },
    {
      key: 'share',
      title: text.answers.share,
      right: true,
      cell: ({ share: part, ...row }) => part && share(part[meter], String(row[meter]), String(row[meter])),
    },
    ...(compared ? [change] : []),
    { key: 'events', title: t.events, right: true, cell: ({ events }) => <Count value={events} /> },
    ...(runs
      ? []
      : [
          {
            key: 'tokens',
            title: e.tokens,
            right: true,
            cell: (row: Row) => <Count value={row.inputTokens + row.outputTokens} />,
          },
        ]),
  ];
}
