// Statements, one a cycle, and the plan.
import { StatementsViewDocument, type StatementsViewQuery } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { day, days } from '../ui/format';
import { List } from '../ui/list';
import { Denied, Empty, Part } from '../ui/states';
import type { Column } from '../ui/table';
import { text } from '../ui/text';
import { View } from '../ui/view';
import { MeterFigure } from './figure';

const t = text.statements;
type Account = NonNullable<StatementsViewQuery['account']>;
type Row = Account['statements']['edges'][number];
type Line = Row['node']['credits'];

// Both meters stand in one cell, one below the other, since a cycle is one statement.
function figure(key: Exclude<keyof Line, 'meter' | '__typename'>, title: string): Column<Row> {
  const lines = ({ node }: Row) => [node.credits, node.runs];
  return {
    key,
    title,
    right: true,
    cell: (row) =>
      lines(row).map((line) => (
        <span key={line.meter} className="line">
          <MeterFigure meter={line.meter} value={line[key]} />
        </span>
      )),
  };
}

// Cycles begin at 00:00 UTC, so their days are those of UTC (rules §3).
const COLUMNS: Column<Row>[] = [
  {
    key: 'cycle',
    title: t.cycle,
    cell: ({ node }) => (
      <span className="name">
        {days(node.cycleStart, node.cycleEnd, 'UTC')}
        {!node.closed && <em className="tag">{t.running}</em>}
      </span>
    ),
  },
  {
    key: 'meter',
    title: t.meter,
    cell: ({ node }) =>
      [node.credits, node.runs].map((line) => (
        <span key={line.meter} className="line">
          {text.meters[line.meter]}
        </span>
      )),
  },
  figure('opening', t.opening),
  figure('granted', t.granted),
  figure('charged', t.charged),
  figure('refunded', t.refunded),
  figure('expired', t.expired),
  figure('adjusted', t.adjusted),
  figure('closing', t.closing),
];

/** The view. */
export default function Statements() {
  const { account, can } = usePlace();
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
        document={StatementsViewDocument}
        connection={(data) => data.account?.statements}
        caption={t.caption}
        columns={COLUMNS}
        keyOf={({ node }) => node.id}
        empty={<Empty title={t.empty[0]} />}
        variables={(page) => ({ account: account.id, ...page })}
        head={(data, { failed, again }) => (
          <Part of={data?.account?.plan} fault={failed('plan')} again={again} card>
            {data?.account?.plan ? <Plan plan={data.account.plan} /> : <p className="hint">{'\u00a0'}</p>}
          </Part>
        )}
      />
    </View>
  );
}

/** The plan in words. */
export function Plan({ plan }: { plan: Account['plan'] }) {
  return (
    <p className="hint">
      <b>
        {t.plan}: {plan.name ?? t.noPlan}
      </b>{' '}
      · {t.renews(day(plan.cycleEnd, 'UTC'))}
      {plan.pending && <> · {t.pending(plan.pending.name ?? t.noPlan, day(plan.pending.at, 'UTC'))}</>}
    </p>
  );
}
