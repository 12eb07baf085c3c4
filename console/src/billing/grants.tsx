// Grants.
import { type GrantFieldsFragment, GrantsViewDocument, type GrantsViewQuery, type Meter } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { micro } from '../ui/decimal';
import { Instant } from '../ui/instant';
import { List } from '../ui/list';
import { useParameters } from '../ui/params';
import { Pick, readPick } from '../ui/pick';
import { Denied, Empty } from '../ui/states';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { View } from '../ui/view';
import { localZone } from '../ui/zone';
import { MeterFigure } from './figure';

const t = text.grants;
const METERS: readonly Meter[] = ['MODEL_CREDITS', 'TOOL_RUNS'];
const STATES = ['LIVE', 'RETIRED'] as const;

type Row = NonNullable<GrantsViewQuery['account']>['grants']['edges'][number];

const figure =
  (value: (g: GrantFieldsFragment) => string) =>
  ({ node }: { node: GrantFieldsFragment }) => <MeterFigure meter={node.meter} value={value(node)} />;

/** The columns of a grant. */
export function grantColumns(zone: string): Column<{ node: GrantFieldsFragment }>[] {
  return [
    {
      key: 'kind',
      title: t.kind,
      cell: ({ node }) => (
        <span className="name line">
          {names.grant[node.kind]}
          <small>{text.meters[node.meter]}</small>
        </span>
      ),
    },
    { key: 'amount', title: t.amount, right: true, cell: figure((g) => g.amount) },
    { key: 'used', title: t.used, right: true, cell: figure((g) => g.used) },
    {
      key: 'remaining',
      title: t.remaining,
      right: true,
      cell: ({ node }) => (
        <>
          <MeterFigure meter={node.meter} value={node.remaining} />
          <Lost grant={node} />
        </>
      ),
    },
    { key: 'granted', title: t.granted, cell: ({ node }) => <Instant at={node.grantedAt} zone={zone} /> },
    {
      key: 'expires',
      title: t.expires,
      cell: ({ node }) => (node.expiresAt ? <Instant at={node.expiresAt} zone={zone} /> : t.never),
    },
    {
      key: 'by',
      title: t.by,
      cell: ({ node }) => (
        <span>
          {node.grantedBy.name}
          {node.reference && <small className="reason">{node.reference}</small>}
        </span>
      ),
    },
  ];
}

function Lost({ grant }: { grant: GrantFieldsFragment }) {
  return (
    <>
      {micro(grant.expired) > 0n && (
        <small className="reason">
          <MeterFigure meter={grant.meter} value={grant.expired} /> {t.lapsed}
        </small>
      )}
      {micro(grant.takenBack) > 0n && (
        <small className="reason">
          <MeterFigure meter={grant.meter} value={grant.takenBack} /> {t.taken}
        </small>
      )}
    </>
  );
}

const state: Column<Row> = {
  key: 'state',
  title: t.state,
  cell: ({ node }) => (
    <span className="status" data-tone={node.retiredAt ? 'off' : 'good'}>
      {node.retiredAt ? t.retired : t.live}
    </span>
  ),
};

/** The view. */
export default function Grants() {
  const { account, can } = usePlace();
  const [params] = useParameters();
  const meter = readPick(params, 'meter', METERS);
  const which = readPick(params, 'state', STATES);
  if (!can('BALANCES_VIEW'))
    return (
      <View title={t.title}>
        <div className="card">
          <Denied needs="BALANCES_VIEW" />
        </div>
      </View>
    );
  return (
    <View title={t.title} lead={t.lead}>
      <List
        file={{ name: t.title }}
        document={GrantsViewDocument}
        connection={(data) => data.account?.grants}
        caption={t.caption}
        columns={[...grantColumns(localZone()), state]}
        keyOf={({ node }) => node.id}
        empty={<Empty title={t.empty[0]} help={t.empty[1]} />}
        variables={(page) => ({ account: account.id, filter: { meter, live: which && which === 'LIVE' }, ...page })}
        head={() => (
          <div className="filters">
            <Pick name="meter" label={t.meter} all={text.ledger.allMeters} offered={METERS} titles={text.meters} />
            <Pick
              name="state"
              label={t.state}
              all={t.all}
              offered={STATES}
              titles={{ LIVE: t.live, RETIRED: t.retired }}
            />
          </div>
        )}
      />
    </View>
  );
}
