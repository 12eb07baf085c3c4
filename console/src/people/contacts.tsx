// Integrations: where the account's mails go, and the addresses that programs use.
import { Button, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useAsk, useChange } from '../api/ask';
import { ContactsViewDocument, SetBillingContactsDocument } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Card, useForm } from '../support/card';
import { Copy } from '../ui/copy';
import { Facts } from '../ui/figures';
import { Answered, Denied } from '../ui/states';
import { View } from '../ui/view';
import { people } from './text';

const t = people.contacts;
const MOST = 20;

/** The view. */
export default function Contacts() {
  const { account, can } = usePlace();
  const answer = useAsk(ContactsViewDocument, { account: account.id }, !can('BILLING_VIEW'));
  if (!can('BILLING_VIEW'))
    return (
      <View title={t.title}>
        <div className="card">
          <Denied needs="BILLING_VIEW" />
        </div>
      </View>
    );
  return (
    <View title={t.title} lead={t.lead}>
      <div className="desk">
        <Answered answer={answer} of={({ account: found }) => found?.settings ?? null} card>
          {(settings) => <ContactsForm saved={settings.billingContacts} support={settings.supportContact} />}
        </Answered>
        <Card title={t.api}>
          <Facts items={addresses(account.id)} />
        </Card>
      </div>
    </View>
  );
}

function addresses(account: string): [string, React.ReactNode][] {
  const row = (name: string, value: string): [string, React.ReactNode] => [
    name,
    <>
      <code>{value}</code> <Copy value={value} name={name} />
    </>,
  ];
  return [
    row(t.endpoint, `${location.origin}/graphql`),
    row(t.events, `${location.origin}/v1/events`),
    row(t.account, account),
  ];
}

/** The lines that a person wrote, or what is wrong with them. */
function readLines(typed: string): { emails: string[]; problem: string | null } {
  const emails = typed
    .split(/[\n,;]/)
    .map((line) => line.trim())
    .filter(Boolean);
  const bad = emails.find((email) => !/^[^\s@<>]+@[^\s@<>]+$/.test(email));
  return { emails, problem: bad !== undefined ? t.bad(bad) : emails.length > MOST ? t.tooMany : null };
}

function ContactsForm({ saved, support }: { saved: string[]; support: string }) {
  const { account, can } = usePlace();
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [save] = useChange(SetBillingContactsDocument, (d) => d.setBillingContacts);
  const { busy, send, clear, note } = useForm(t.saved);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    clear();
    const read = readLines(typed ?? '');
    setProblem(read.problem);
    if (!read.problem && (await send(save({ input: { accountId: account.id, emails: read.emails } })))) setTyped(null);
  };
  return (
    <Card title={t.contacts}>
      <form className="stack" noValidate onSubmit={(event) => void submit(event)}>
        <Textarea
          label={t.contacts}
          description={t.help}
          rows={5}
          value={typed ?? saved.join('\n')}
          error={problem}
          readOnly={!can('BILLING_MANAGE')}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Facts items={[[t.support, support]]} />
        {note}
        {can('BILLING_MANAGE') && (
          <div className="dialog-foot">
            <Button type="submit" loading={busy} disabled={typed === null}>
              {t.save}
            </Button>
          </div>
        )}
      </form>
    </Card>
  );
}
