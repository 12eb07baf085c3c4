// Name and time zone of an account, as its people change them; and its own id too, as Support does.
import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type Outcome, useChange } from '../api/ask';
import { SetAccountProfileDocument, UpdateAccountDocument } from '../gql/graphql';
import { ZoneChoice } from '../ui/zone-select';
import { Card, useForm } from './card';
import { desk } from './text';

const t = desk.account;

interface AccountFormProps {
  account: { id: string; name: string; externalId?: string | null };
  zone: string;
}

/** The form as Support sees it. */
export function AccountForm(props: AccountFormProps) {
  const [save] = useChange(UpdateAccountDocument, (d) => d.updateAccount);
  return <Fields {...props} owned save={(input) => save({ input })} />;
}

/** The form as people of the account see it. */
export function ProfileForm(props: AccountFormProps) {
  const [save] = useChange(SetAccountProfileDocument, (d) => d.setAccountProfile);
  return <Fields {...props} save={(input) => save({ input })} />;
}

interface FieldsProps extends AccountFormProps {
  /** With the own id. */
  owned?: boolean;
  save: (input: { accountId: string }) => Promise<Outcome<unknown>>;
}

function Fields({ account, zone, owned, save }: FieldsProps) {
  const [typed, setTyped] = useState<{ name?: string; zone?: string; own?: string }>({});
  const [problem, setProblem] = useState<string | null>(null);
  const { busy, send, clear, note } = useForm(t.saved);
  const now = { name: account.name, zone, own: account.externalId ?? '', ...typed };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    clear();
    const wrong = now.name.trim() ? null : t.needName;
    setProblem(wrong);
    if (wrong) return;
    const input = {
      accountId: account.id,
      ...(typed.name !== undefined && { name: typed.name.trim() }),
      ...(typed.zone !== undefined && { timeZone: typed.zone }),
      ...(typed.own !== undefined && { externalId: typed.own.trim() || null }),
    };
    if (await send(save(input))) setTyped({});
  };
  const type = (name: 'name' | 'zone' | 'own', value: string) => setTyped((before) => ({ ...before, [name]: value }));
  return (
    <Card title={t.edit}>
      <form onSubmit={(event) => void submit(event)} className="stack" noValidate>
        <TextInput
          label={t.name}
          value={now.name}
          error={problem}
          maxLength={200}
          onChange={(event) => type('name', event.currentTarget.value)}
        />
        <ZoneChoice label={t.zone} zone={now.zone} onChoose={(chosen) => type('zone', chosen)} />
        {owned && (
          <TextInput
            label={t.own}
            value={now.own}
            maxLength={200}
            onChange={(event) => type('own', event.currentTarget.value)}
          />
        )}
        {note}
        <div className="dialog-foot">
          <Button type="submit" variant="default" loading={busy} disabled={Object.keys(typed).length === 0}>
            {t.save}
          </Button>
        </div>
      </form>
    </Card>
  );
}
