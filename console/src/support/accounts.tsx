// The list of accounts, for those who reach all.
import { Link } from 'react-router';
import { useSession } from '../auth/session';
import { AccountSearchDocument, type AccountSearchQuery } from '../gql/graphql';
import { ClockShape } from '../live/clock';
import { rates } from '../rates/text';
import { pathsOf, RATES } from '../shell/paths';
import { Count, Exact } from '../ui/exact';
import { share, whole } from '../ui/format';
import { Instant } from '../ui/instant';
import { List } from '../ui/list';
import { useParameters } from '../ui/params';
import { Search } from '../ui/search';
import { Denied, Empty } from '../ui/states';
import type { Column } from '../ui/table';
import { text } from '../ui/text';
import { View } from '../ui/view';
import { localZone } from '../ui/zone';

const t = text.support;
type Row = AccountSearchQuery['accounts']['edges'][number];

function columns(desk: boolean): Column<Row>[] {
  return [
    {
      key: 'name',
      title: t.name,
      cell: ({ node }) => (
        <Link className="name" to={desk ? pathsOf(node.id).desk : pathsOf(node.id).usage('overview')}>
          {node.name}
        </Link>
      ),
    },
    {
      key: 'id',
      title: t.id,
      cell: ({ node }) => (
        <span className="name plain">
          <code>{node.id}</code>
          {node.externalId && <small>{node.externalId}</small>}
        </span>
      ),
    },
    ...(desk ? status : []),
    { key: 'since', title: t.since, cell: ({ node }) => <Instant at={node.createdAt} zone={localZone()} /> },
  ];
}

const usedOf = (m: { usedPercent: string; used: string; allocation: string }) =>
  share(m.usedPercent, m.used, m.allocation);

const status: Column<Row>[] = [
  {
    key: 'state',
    title: t.state,
    cell: ({ node: { creditStatus: s } }) =>
      s === null ? (
        <small role="alert">{text.states.unread}</small>
      ) : (
        s && (
          <span className="account-state" data-icon={s.icon}>
            <ClockShape icon={s.icon} size={18} />
            {text.widget.states[s.icon]}
          </span>
        )
      ),
  },
  {
    key: 'credits',
    title: t.credits,
    right: true,
    cell: ({ node: { creditStatus: s } }) =>
      s && (
        <span className="line">
          <Exact value={s.credits.used} show={whole} unit={text.units.credits} /> /{' '}
          <Exact value={s.credits.allocation} show={whole} /> <small>{usedOf(s.credits)}</small>
        </span>
      ),
  },
  {
    key: 'runs',
    title: t.runs,
    right: true,
    cell: ({ node: { creditStatus: s } }) =>
      s && (
        <span className="line">
          <Count value={Number(s.runs.used)} /> / <Count value={Number(s.runs.allocation)} />{' '}
          <small>{usedOf(s.runs)}</small>
        </span>
      ),
  },
];

/** What is looked for: what has an @ in it is the e-mail of a member; else a name, an id or an own id. */
export function sought(text: string | null, members: boolean) {
  return text?.includes('@') && members ? { filter: { memberEmail: text.trim() } } : { search: text };
}

/** The view. */
export default function Accounts() {
  const { viewer } = useSession();
  const [params] = useParameters();
  const desk = viewer.permissions.includes('GRANT_CREDITS');
  const members = viewer.permissions.includes('MEMBERS_VIEW');
  if (!viewer.permissions.includes('ACCOUNT_LIST'))
    return (
      <View title={t.title}>
        <div className="card">
          <Denied needs="ACCOUNT_LIST" />
        </div>
      </View>
    );
  return (
    <View
      title={t.title}
      lead={members ? t.leadMembers : t.lead}
      tools={viewer.permissions.includes('RATES_MANAGE') && <Link to={RATES}>{rates.title}</Link>}
    >
      <List
        file={{ name: t.title }}
        document={AccountSearchDocument}
        connection={(data) => data.accounts}
        caption={t.caption}
        columns={columns(desk)}
        keyOf={({ node }) => node.id}
        empty={<Empty title={t.empty[0]} help={text.table.noneHelp} />}
        variables={(page) => ({
          ...sought(params.get('q'), members),
          widget: viewer.permissions.includes('WIDGET'),
          ...page,
        })}
        head={() => (
          <div className="filters">
            <Search label={members ? t.searchMembers : t.search} />
          </div>
        )}
      />
    </View>
  );
}
