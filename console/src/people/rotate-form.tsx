// Rotating a token: a new secret with the same rights, and for how long the old one stays good beside it.
import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useChange } from '../api/ask';
import { RotateApiTokenDocument } from '../gql/graphql';
import { Dialog, type Refused } from '../ui/form';
import { localZone, startOfDay } from '../ui/zone';
import { people } from './text';
import { Secret } from './token-form';

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
  const [ends, setEnds] = useState('');
  const [secret, setSecret] = useState<string | null>(null);
  const [refused, setRefused] = useState<Refused | null>(null);
  const [rotate, busy] = useChange(RotateApiTokenDocument, (d) => d.rotateApiToken);
  const submit = async () => {
    if (secret) return onClose();
    const expiresAt = ends ? startOfDay(ends, localZone()).toISOString() : null;
    const outcome = await rotate({ input: { apiTokenId: token.id, overlapSeconds: Number(overlap), expiresAt } });
    if (outcome.objections) setRefused({ objections: outcome.objections, fault: outcome.fault });
    else setSecret(outcome.done.secret ?? '');
  };
  return (
    <Dialog
      opened
      title={t.rotateOf(token.name)}
      submit={secret ? t.done : t.rotate}
      busy={busy}
      refused={refused}
      onClose={onClose}
      onSubmit={() => void submit()}
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
          <TextInput
            label={t.endsOn}
            description={t.rotateEnds}
            type="date"
            value={ends}
            onChange={(event) => setEnds(event.currentTarget.value)}
          />
        </>
      )}
    </Dialog>
  );
}
