// Every state of what an account shows on every page: the widget, its summary, banners, and how old figures are.
import type { ReactNode } from 'react';
import type { BannerFieldsFragment, Icon, MeterFieldsFragment, StatusFieldsFragment } from '../gql/graphql';
import { Banners } from '../live/banners';
import { Clock, ClockShape, Summary } from '../live/clock';
import { type Live, LiveContext } from '../live/live';
import { type Place, PlaceContext } from '../shell/place';
import { Freshness, Renewed } from '../ui/freshness';
import { Story } from './story';

const nothing = () => {};
const PLACE: Place = { account: { id: 'QWNjb3VudDox', name: 'Northwind' }, can: () => true };

const meter = (of: MeterFieldsFragment['meter'], used: string, share: string): MeterFieldsFragment => ({
  meter: of,
  allocation: '100',
  used,
  remaining: String(100 - Number(used)),
  usedPercent: used,
  remainingPercent: share,
  reserved: '0',
  available: String(100 - Number(used)),
  step: null,
  freeExpired: false,
  nextExpiry: { amount: '12.5', at: '2026-06-01T00:00:00Z' },
});

const status = (icon: Icon, used: string): StatusFieldsFragment => ({
  accountId: PLACE.account.id,
  asOf: '2026-05-03T12:00:00Z',
  revision: 1,
  icon,
  zone: icon === 'TRIANGLE' ? 'EXHAUSTED' : 'OPEN',
  credits: meter('MODEL_CREDITS', used, String(100 - Number(used))),
  runs: meter('TOOL_RUNS', '10', '90'),
  outlook: { ratePerHour: '1.509', lowAt: null, exhaustedAt: '2026-05-05T00:00:00Z', stopAt: null },
});

const banner = (percent: number, more: Partial<BannerFieldsFragment>): BannerFieldsFragment => ({
  id: String(percent),
  kind: 'THRESHOLD',
  meters: ['MODEL_CREDITS'],
  percent,
  text: `You have used ${percent}% of your credits.`,
  action: 'TOP_UP_OR_UPGRADE',
  link: 'mailto:support@example.com',
  removable: true,
  raisedAt: '2026-05-03T12:00:00Z',
  ...more,
});

const BANNERS = [
  banner(20, {}),
  banner(90, {}),
  banner(100, { kind: 'EXHAUSTED', removable: false, action: 'UPGRADE_OR_TOP_UP', text: 'All credits are used.' }),
  banner(101, { kind: 'FREE_CREDITS_EXPIRED', removable: false, action: 'UPGRADE', text: 'Free credits expired.' }),
];

// An account, and how its live connection is doing.
function Within({ live, children }: { live: Partial<Live>; children: ReactNode }) {
  const all: Live = { status: null, banners: null, unread: new Set(), wire: 'live', takeBanners: nothing, ...live };
  return (
    <PlaceContext.Provider value={PLACE}>
      <LiveContext.Provider value={all}>{children}</LiveContext.Provider>
    </PlaceContext.Provider>
  );
}

const UNREAD = new Set(['creditStatus', 'creditStatus.outlook', 'banners']);

/** The states. */
export function Lives() {
  const now = new Date().toISOString();
  const fresh = (asOf: string | undefined, fetching = false) => (
    <Freshness asOf={asOf} zone="Europe/Vienna" fetching={fetching} again={nothing} />
  );
  return (
    <>
      <Story name="Clock: shapes">
        {(['GREEN', 'YELLOW', 'RED', 'TRIANGLE', null] as const).map((icon) => (
          <ClockShape key={icon ?? 'none'} icon={icon} size={34} />
        ))}
      </Story>
      <Story name="Clock: known, to come, connection lost">
        <div className="filters">
          <Within live={{ status: status('YELLOW', '60') }}>
            <Clock />
          </Within>
          <Within live={{}}>
            <Clock />
          </Within>
          <Within live={{ status: status('RED', '80'), wire: 'lost' }}>
            <Clock />
          </Within>
        </div>
      </Story>
      <Story name="Summary">
        <Within live={{}}>
          <Summary status={status('GREEN', '10')} unread={new Set()} onLeave={nothing} />
        </Within>
      </Story>
      <Story name="Summary: exhausted, and parts unread">
        <Within live={{}}>
          <Summary status={status('TRIANGLE', '100')} unread={UNREAD} onLeave={nothing} />
        </Within>
      </Story>
      <Story name="Banners">
        <Within live={{ banners: { accountId: '1', asOf: now, revision: 1, banners: BANNERS } }}>
          <Banners />
        </Within>
      </Story>
      <Story name="Freshness: live, aged, to come, connecting, lost">
        <Within live={{}}>
          <Renewed asOf={now} zone="Europe/Vienna" fetching={false} again={nothing} />
          {fresh('2026-05-03T12:00:00Z')}
          {fresh(undefined, true)}
        </Within>
        <Within live={{ wire: 'connecting' }}>{fresh(now)}</Within>
        <Within live={{ wire: 'lost' }}>{fresh(now)}</Within>
      </Story>
    </>
  );
}
