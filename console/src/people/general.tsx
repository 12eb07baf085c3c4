// General: the account itself, and the limits that hold for it.
import { type PartedAnswer, useParts } from '../api/ask';
import type { Parted } from '../api/parts';
import { GeneralViewDocument, type GeneralViewQuery } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { ProfileForm } from '../support/account-form';
import { Card } from '../support/card';
import { contact } from '../ui/contact';
import { Copy } from '../ui/copy';
import { Exact } from '../ui/exact';
import { Facts } from '../ui/figures';
import { Instant } from '../ui/instant';
import { Answered, Part } from '../ui/states';
import { text } from '../ui/text';
import { View } from '../ui/view';
import { localZone } from '../ui/zone';
import { MailForm } from './mail-form';
import { people } from './text';

const t = people.general;

/** The view. Limits are shown to those who see billing. */
export default function General() {
  const place = usePlace();
  const settings = place.can('BILLING_VIEW');
  const answer = useParts(GeneralViewDocument, {
    account: place.account.id,
    settings,
    mails: place.can('BANNER_DISMISS'),
  });
  return (
    <View title={t.title} lead={t.lead}>
      <Answered answer={answer} of={({ account }) => account} card>
        {(account) => <Parts account={account} {...answer} />}
      </Answered>
    </View>
  );
}

type Answer = PartedAnswer<GeneralViewQuery>;

interface PartsProps extends Pick<Answer, 'again' | 'failed'> {
  account: NonNullable<Parted<GeneralViewQuery>['account']>;
}

function Parts({ account, again, failed }: PartsProps) {
  const { can } = usePlace();
  const limits = account.settings;
  return (
    <div className="desk">
      <Card title={t.account}>
        <Facts
          items={[
            [t.name, account.name],
            [
              t.id,
              <>
                <code>{account.id}</code> <Copy value={account.id} name={t.id} />
              </>,
            ],
            [t.created, <Instant at={account.createdAt} zone={localZone()} />],
            ...(limits ? [[t.zone, limits.timeZone] as [string, string]] : []),
          ]}
        />
      </Card>
      {(['settings', 'mailPreferences'] as const).map((part) => (
        <Part key={part} of={account[part]} fault={failed(part)} again={again} card>
          {null}
        </Part>
      ))}
      {limits && can('CONTACTS_MANAGE') && <ProfileForm account={account} zone={limits.timeZone} />}
      {account.mailPreferences && <MailForm saved={account.mailPreferences} />}
      {limits && (
        <Card title={t.limits}>
          <p className="hint">{t.change}</p>
          <Facts
            items={[
              [t.low, <Exact value={limits.lowCreditLimit} unit={text.units.credits} />],
              [t.negative, <Exact value={limits.negativeLimit} unit={text.units.credits} />],
              [t.fineTuning, <Exact value={limits.fineTuningLimit} unit={text.units.credits} />],
              [
                t.support,
                // Without an address it is no link, but can still be read.
                <a href={contact(limits.supportContact, text.banners.subject(account.id))}>
                  {limits.supportContact.replace(/^mailto:([^?]*).*$/s, '$1')}
                </a>,
              ],
            ]}
          />
        </Card>
      )}
    </div>
  );
}
