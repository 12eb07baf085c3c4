// Rotating a token: a new secret with the same rights, and for how long the old one stays good beside it.
import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { useChange } from '../api/ask';
import { RotateApiTokenDocument } from '../gql/graphql';
import { Dialog, useSend } from '../ui/form';
import { useWhen, WhenField } from '../ui/when-field';
import { people } from './text';
import { type Made, Secret } from './token-form';

const t = people.tokens;
// How long the old secret may stay good, in seconds; the API takes 7 days at most.
const OVERLAPS = [0, 3600, 86_400, 259_200, 604_800] as const;

interface RotateFormProps {
  token: { id: string; name: string };
  onClose: () => void;
}

/** The form. */
export function RotateForm({ token, onClose }: RotateFormProps) {
  const [overlap, setOverlap] = useState(String(86_400));
  const ends = useWhen('day');
  const [secret, setSecret] = useState<string | null>(null);
  const { refused, busy, send } = useSend<Made>((made) => setSecret(made.secret ?? ''));
  const [rotate] = useChange(RotateApiTokenDocument, (d) => d.rotateApiToken);
  const submit = () => {
    if (secret) return onClose();
    const { value: expiresAt, problem } = ends.read();
    if (problem === null)
      void send(rotate({ input: { apiTokenId: token.id, overlapSeconds: Number(overlap), expiresAt } }));
  };
  return (
    <Dialog
      opened
      title={t.rotateOf(token.name)}
      submit={secret ? t.done : t.rotate}
      busy={busy}
      refused={refused}
      onClose={onClose}
      onSubmit={submit}
    >
      {secret ? (
        <Secret secret={secret} />
      ) : (
        <>
          <p>{t.rotateHelp}</p>
          <NativeSelect
            label={t.overlap}
            value={overlap}
            data={OVERLAPS.map((seconds) => ({ value: String(seconds), label: t.overlaps[seconds] }))}
            onChange={(event) => setOverlap(event.currentTarget.value)}
          />
          <WhenField label={t.endsOn} description={t.rotateEnds} when={ends} />
        </>
      )}
    </Dialog>
  );
}
