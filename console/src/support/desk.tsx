import type { ReactNode } from 'react';
import { useParts } from '../api/ask';
import { MeterFigure } from '../billing/figure';
import { AccountDeskDocument, type MeterFieldsFragment } from '../gql/graphql';
import { useOnChange } from '../live/live';
import { usePlace } from '../shell/place';
import { Exact } from '../ui/exact';
import { Facts } from '../ui/figures';
import { exact, share } from '../ui/format';
import { Failed, Missing, Part, Waiting } from '../ui/states';
import { names, text } from '../ui/text';
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
  const { data, fault, again, failed } = useParts(AccountDeskDocument, { account: account.id });
  useOnChange(again, 1_500);
  if (fault)
    return (
      <div className="card">
        <Failed fault={fault} again={again} />
      </div>
    );
  if (!data)
    return (
      <div className="card">
        <Waiting lines={10} />
      </div>
    );
  if (!data.account)
    return (
      <div className="card">
        <Missing />
      </div>
    );
  const { creditStatus, settings, plan, grants, ...own } = data.account;
  const part = (names: string[], of: unknown, children: ReactNode) => {
    const broken = names.map(failed).find(Boolean) ?? null;
    return (
      <Part of={of} fault={broken} again={again} card>
        {children}
      </Part>
    );
  };
  return (
    <div className="desk">
      {part(
        ['creditStatus', 'settings'],
        creditStatus && settings,
        creditStatus && settings && <Balance account={{ creditStatus, settings }} />,
      )}
      {creditStatus && <GrantForm account={{ ...own, creditStatus }} usual={usualGrant(grants)} />}
      {part(['plan'], plan, plan && <PlanForm account={{ ...own, plan }} plans={data.plans} />)}
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
