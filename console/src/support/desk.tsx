import type { ReactNode } from 'react';
import { type PartedAnswer, useParts } from '../api/ask';
import type { Parted } from '../api/parts';
import { MeterFigure } from '../billing/figure';
import { AccountDeskDocument, type AccountDeskQuery, type MeterFieldsFragment } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Exact } from '../ui/exact';
import { Facts } from '../ui/figures';
import { exact, share } from '../ui/format';
import { Renewed } from '../ui/freshness';
import { Answered, Part } from '../ui/states';
import { names, text } from '../ui/text';
import { localZone } from '../ui/zone';
import { AccountForm } from './account-form';
import { Card } from './card';
import type { Account } from './desk-account';
import { GrantForm, usualGrant } from './grant-form';
import { LimitsForm } from './limits';
import { LiveGrants } from './live-grants';
import { PlanForm } from './plan-form';

const t = text.support;

/** The desk: one operation. */
export function Desk() {
  const { account } = usePlace();
  const answer = useParts(AccountDeskDocument, { account: account.id });
  return (
    <Answered answer={answer} of={({ account: found, plans }) => found && { found, plans }} card lines={10}>
      {({ found, plans }) => <Parts found={found} plans={plans} {...answer} />}
    </Answered>
  );
}

type Answer = PartedAnswer<AccountDeskQuery>;
type Found = NonNullable<Parted<AccountDeskQuery>['account']>;

interface PartsProps extends Pick<Answer, 'again' | 'failed' | 'fetching'> {
  found: Found;
  plans: AccountDeskQuery['plans'];
}

function Parts({ found, plans, again, failed, fetching }: PartsProps) {
  const { creditStatus, settings, plan, grants, ...own } = found;
  const part = (names: string[], of: unknown, children: ReactNode) => {
    const broken = names.map(failed).find(Boolean) ?? null;
    return (
      <Part of={of} fault={broken} again={again} card>
        {children}
      </Part>
    );
  };
  return (
    <>
      <Renewed asOf={creditStatus?.asOf} zone={localZone()} fetching={fetching} again={again} every={1_500} />
      <div className="desk">
        {part(
          ['creditStatus', 'settings'],
          creditStatus && settings,
          creditStatus && settings && <Balance account={{ creditStatus, settings }} />,
        )}
        {creditStatus && <GrantForm account={{ ...own, creditStatus }} usual={usualGrant(grants)} />}
        {part(['plan'], plan, plan && <PlanForm account={{ ...own, plan }} plans={plans} />)}
        {settings && <LimitsForm account={{ ...own, settings }} />}
        {settings && <AccountForm account={own} zone={settings.timeZone} />}
        {part(
          ['grants'],
          grants,
          grants && creditStatus && (
            <LiveGrants
              grants={grants.edges.map(({ node }) => ({ node }))}
              total={grants.totalCount}
              account={{ ...own, creditStatus }}
            />
          ),
        )}
      </div>
    </>
  );
}

function Balance({ account }: { account: Pick<Account, 'creditStatus' | 'settings'> }) {
  const { credits, runs, icon, zone, outlook } = account.creditStatus;
  return (
    <Card title={t.balance}>
      <Facts
        items={[
          [t.state, `${text.widget.states[icon]}. ${names.zone[zone]}`],
          ...[credits, runs].map((meter) => [text.meters[meter.meter], <Left meter={meter} />] as [string, ReactNode]),
          ...(outlook
            ? [
                [
                  text.widget.rate,
                  <>
                    <Exact value={outlook.ratePerHour} show={exact} /> {text.widget.anHour}
                  </>,
                ] as [string, ReactNode],
              ]
            : []),
          [t.contact, account.settings.billingContacts.join(', ') || t.noContacts],
        ]}
      />
    </Card>
  );
}

// What is left of a meter.
function Left({ meter }: { meter: MeterFieldsFragment }) {
  const figure = (value: string) => <MeterFigure meter={meter.meter} value={value} />;
  return (
    <>
      {figure(meter.remaining)} {text.widget.remaining} {text.widget.of} {figure(meter.allocation)} (
      {share(meter.usedPercent, meter.used, meter.allocation)} {text.overview.used})
      {meter.reserved !== '0' && (
        <>
          {' · '}
          {figure(meter.reserved)} {t.holds}
        </>
      )}
    </>
  );
}
