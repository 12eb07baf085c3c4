// The ledger.
import { Button, Switch } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { type LedgerFold, type LedgerKind, LedgerViewDocument, type LedgerViewQuery, type Meter } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { DateFilter } from '../ui/date-filter';
import { count, moment } from '../ui/format';
import { Instant } from '../ui/instant';
import { List } from '../ui/list';
import { refilter } from '../ui/paging';
import { useParameters } from '../ui/params';
import { Pick, readPick } from '../ui/pick';
import { Choices, readChoices } from '../ui/search';
import { Denied, Empty } from '../ui/states';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { told } from '../ui/told';
import { View } from '../ui/view';
import { usePeriod, useSpanAbout } from '../usage/period';
import { Printed } from '../usage/printed';
import { MeterFigure } from './figure';

const t = text.ledger;
const KINDS: readonly LedgerKind[] = ['GRANT', 'CHARGE', 'EXPIRY', 'ADJUSTMENT', 'REFUND'];
const NAMED = 3;
const METERS: readonly Meter[] = ['MODEL_CREDITS', 'TOOL_RUNS'];

type Row = NonNullable<LedgerViewQuery['account']>['ledger']['edges'][number];

function columns(zone: string): Column<Row>[] {
  return [
    {
      key: 'at',
      title: t.at,
      cell: ({ node }) => (
        <span title={t.posted(moment(node.postedAt, zone))}>
          <Instant at={node.effectiveAt} zone={zone} timed />
        </span>
      ),
    },
    {
      key: 'kind',
      title: t.kind,
      cell: ({ node }) => (
        <span className="name line">
          {names.ledger[node.kind]}
          <small>{text.meters[node.meter]}</small>
        </span>
      ),
    },
    { key: 'what', title: t.what, cell: ({ node }) => <What entry={node} /> },
    {
      key: 'amount',
      title: t.amount,
      right: true,
      cell: ({ node }) => <MeterFigure meter={node.meter} value={node.amount} signed />,
    },
    {
      key: 'balance',
      title: t.balance,
      right: true,
      cell: ({ node }) => <MeterFigure meter={node.meter} value={node.balanceAfter} />,
    },
  ];
}

// Names in every line: of the one resource, or of the first that an entry for several stands for.
function namesOf({ resourceName, lines }: Row['node']): string | null {
  if (resourceName) return resourceName;
  if (lines.length === 0) return null;
  const shown = lines.slice(0, NAMED).map((line) => line.resourceName);
  return shown.join(', ') + (lines.length > NAMED ? ` +${lines.length - NAMED}` : '');
}

function What({ entry }: { entry: Row['node'] }) {
  const named = namesOf(entry);
  const more = [
    entry.category && names.category[entry.category],
    entry.note && told.known(entry.note),
    entry.count > 1 && t.parts(count(entry.count)),
  ]
    .filter(Boolean)
    .join(' · ');
  return (
    <span className="name">
      {named ?? (entry.grant ? names.grant[entry.grant.kind] : names.cause[entry.cause])}
      <small>
        {named || entry.grant ? `${names.cause[entry.cause]}${more ? ' · ' : ''}` : ''}
        {more}
      </small>
    </span>
  );
}

// Brings the entry that a link led to into sight, once its rows are there.
function revealed(): void {
  requestAnimationFrame(() => document.querySelector('tr[data-opened]')?.scrollIntoView({ block: 'center' }));
}

/** The view. */
export default function Ledger() {
  const { account, can } = usePlace();
  const { choice, zone, range } = usePeriod();
  const [params, set] = useParameters();
  const meter = readPick(params, 'meter', METERS);
  const kinds = readChoices(params, 'kind', KINDS);
  const fold: LedgerFold = params.get('fold') === 'none' ? 'NONE' : 'DAY';
  const about = useSpanAbout();
  if (!can('BALANCES_VIEW'))
    return (
      <View title={t.title}>
        <div className="card">
          <Denied needs="BALANCES_VIEW" />
        </div>
      </View>
    );
  return (
    <View
      title={t.title}
      lead={t.lead}
      below={<Printed about={about} />}
      tools={<DateFilter choice={choice} zone={zone} />}
    >
      <List
        file={{ name: t.title, about }}
        document={LedgerViewDocument}
        connection={(data) => data.account?.ledger}
        caption={t.caption}
        columns={columns(zone)}
        keyOf={({ node }) => node.id}
        opened={params.get('entry')}
        onRows={revealed}
        empty={<Empty title={t.empty[0]} help={t.empty[1]} />}
        variables={(page) => ({
          account: account.id,
          fold,
          filter: { range, meter, kinds: kinds.length ? kinds : null, resourceId: params.get('resource') },
          ...page,
        })}
        fresh={{ asOf: (data) => data.account?.ledger?.unposted.asOf, zone }}
        head={() => (
          <div className="filters">
            <Pick name="meter" label={t.meter} all={t.allMeters} offered={METERS} titles={text.meters} />
            <Choices name="kind" label={t.kind} offered={KINDS} titles={names.ledger} />
            {params.get('resource') && (
              <Button
                variant="default"
                data-about={`${t.oneResource}: ${params.get('resource')}`}
                rightSection={<IconX size={14} aria-hidden />}
                onClick={() => refilter(set, { resource: null })}
              >
                {t.oneResource}
              </Button>
            )}
            <Switch
              label={t.fold}
              title={t.foldHelp}
              data-about={fold === 'DAY' ? t.fold : undefined}
              checked={fold === 'DAY'}
              onChange={(event) => refilter(set, { fold: event.currentTarget.checked ? null : 'none' })}
            />
          </div>
        )}
      />
    </View>
  );
}
