// Which e-mails of the account the person at the screen wants.
import { Button, Checkbox } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useChange } from '../api/ask';
import { type EmailKind, type MailPreferencesFieldsFragment, SetMailPreferencesDocument } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Card, useForm } from '../support/card';
import { names } from '../ui/text';
import { people } from './text';

const t = people.mails;

/** The form: a tick is a kind that is wanted. */
export function MailForm({ saved }: { saved: MailPreferencesFieldsFragment }) {
  const { account } = usePlace();
  const [muted, setMuted] = useState<EmailKind[] | null>(null);
  const [save] = useChange(SetMailPreferencesDocument, (d) => d.setMailPreferences);
  const { busy, send, clear, note } = useForm(t.saved);
  const shown = muted ?? saved.muted;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    clear();
    if (await send(save({ input: { accountId: account.id, muted: shown } }))) setMuted(null);
  };
  const wanted = saved.offered.filter((kind) => !shown.includes(kind));
  return (
    <Card title={t.title}>
      <form onSubmit={(event) => void submit(event)} className="stack">
        <p className="hint">{t.lead}</p>
        <Checkbox.Group
          label={t.kinds}
          value={wanted}
          onChange={(kinds) => setMuted(saved.offered.filter((kind) => !kinds.includes(kind)))}
        >
          <div className="scopes">
            {saved.offered.map((kind) => (
              <Checkbox key={kind} size="xs" value={kind} label={names.email[kind]} />
            ))}
          </div>
        </Checkbox.Group>
        {note}
        <div className="dialog-foot">
          <Button type="submit" variant="default" loading={busy} disabled={muted === null}>
            {t.save}
          </Button>
        </div>
      </form>
    </Card>
  );
}
