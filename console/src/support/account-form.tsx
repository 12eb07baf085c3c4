// Name and time zone of an account, as its people change them; and its own id too, as Support does.
import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type Outcome, useChange } from '../api/ask';
import { SetAccountProfileDocument, UpdateAccountDocument } from '../gql/graphql';
import { isZone, zones } from '../ui/zone';
import { Card, useForm } from './card';
import { desk } from './text';

const t = desk.account;

interface AccountFormProps {
  account: { id: string; name: string; externalId?: string | null };
  zone: string;
}

/** The form as Support sees it. */
export function AccountForm(props: AccountFormProps) {
  const [save, busy] = useChange(UpdateAccountDocument, (d) => d.updateAccount);
  return <Fields {...props} owned busy={busy} save={(input) => save({ input })} />;
}

/** The form as people of the account see it. */
export function ProfileForm(props: AccountFormProps) {
  const [save, busy] = useChange(SetAccountProfileDocument, (d) => d.setAccountProfile);
  return <Fields {...props} busy={busy} save={(input) => save({ input })} />;
}

interface FieldsProps extends AccountFormProps {
  /** With the own id. */
  owned?: boolean;
  busy: boolean;
  save: (input: { accountId: string }) => Promise<Outcome<unknown>>;
}

function Fields({ account, zone, owned, busy, save }: FieldsProps) {
  const [typed, setTyped] = useState<{ name?: string; zone?: string; own?: string }>({});
  const [problem, setProblem] = useState<{ name?: string; zone?: string }>({});
  const { take, clear, note } = useForm(t.saved);
  const now = { name: account.name, zone, own: account.externalId ?? '', ...typed };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    clear();
    const wrong = {
      ...(now.name.trim() ? {} : { name: t.needName }),
      ...(isZone(now.zone.trim()) ? {} : { zone: t.badZone }),
    };
    setProblem(wrong);
    if (wrong.name || wrong.zone) return;
    const input = {
      accountId: account.id,
      ...(typed.name !== undefined && { name: typed.name.trim() }),
      ...(typed.zone !== undefined && { timeZone: typed.zone.trim() }),
      ...(typed.own !== undefined && { externalId: typed.own.trim() || null }),
    };
    if (take(await save(input))) setTyped({});
  };
  const type = (name: 'name' | 'zone' | 'own', value: string) => setTyped((before) => ({ ...before, [name]: value }));
  return (
    <Card title={t.edit}>
      <form onSubmit={(event) => void submit(event)} className="stack" noValidate>
        <TextInput
          label={t.name}
          value={now.name}
          error={problem.name}
          maxLength={200}
          onChange={(event) => type('name', event.currentTarget.value)}
        />
        <TextInput
          label={t.zone}
          value={now.zone}
          error={problem.zone}
          list="zones-known"
          onChange={(event) => type('zone', event.currentTarget.value)}
        />
        <datalist id="zones-known">
          {zones().map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
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
