// A new version: the whole card as JSON, its preview, and publishing it.
import { Alert, Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useAsk, useChange } from '../api/ask';
import { newKey } from '../api/key';
import {
  type Preset,
  PublishRateCardDocument,
  type RateCardInput,
  RateCardToEditDocument,
  RatePreviewDocument,
} from '../gql/graphql';
import { Dialog, type Refused } from '../ui/form';
import { Failed, Waiting } from '../ui/states';
import { readCard, writeCard } from './draft';
import { Changes, PreviewTables } from './preview';
import { rates as t } from './text';

const RANGES = Object.entries(t.ranges).map(([value, label]) => ({ value, label }));

/** The form. */
export function NewVersion({ again }: { again: () => void }) {
  const { data, fault, again: repeat } = useAsk(RateCardToEditDocument, {});
  return (
    <section className="card" aria-label={t.draft}>
      <div className="card-head">
        <div>
          <h2>{t.draft}</h2>
          <p>{t.draftLead}</p>
        </div>
      </div>
      {fault ? (
        <Failed fault={fault} again={repeat} />
      ) : data?.rateCard ? (
        <Draft begins={writeCard(data.rateCard)} again={again} />
      ) : (
        <Waiting lines={8} />
      )}
    </section>
  );
}

function Draft({ begins, again }: { begins: string; again: () => void }) {
  const [typed, setTyped] = useState(begins);
  const [from, setFrom] = useState('');
  const [note, setNote] = useState('');
  const [preset, setPreset] = useState<Preset>('LAST_30_DAYS');
  const [asked, setAsked] = useState<{ card: RateCardInput; range: { preset: Preset } } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [sending, setSending] = useState<RateCardInput | null>(null);
  const [done, setDone] = useState(false);
  const read = (then: (card: RateCardInput) => void) => {
    setDone(false);
    try {
      setProblem(null);
      then(readCard(typed));
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <div className="stack">
      <Textarea
        label={t.card}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        error={problem !== null && <NotJSON why={problem} />}
        rows={16}
        spellCheck={false}
        styles={{ input: { fontFamily: 'monospace', fontSize: 12, whiteSpace: 'pre' } }}
      />
      <div className="two-fields">
        <TextInput label={t.starts} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
        <TextInput
          label={t.note}
          maxLength={500}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <NativeSelect
          label={t.range}
          data={RANGES}
          value={preset}
          onChange={(event) => setPreset(event.currentTarget.value as Preset)}
        />
      </div>
      {done && (
        <Alert color="green" role="status" p="sm">
          {t.published}
        </Alert>
      )}
      <div className="dialog-foot">
        <Button variant="default" onClick={() => read((card) => setAsked({ card, range: { preset } }))}>
          {t.preview}
        </Button>
        <Button disabled={!from.trim()} onClick={() => read(setSending)}>
          {t.publish}
        </Button>
      </div>
      {asked && <Previewed asked={asked} />}
      {sending && (
        <Publish
          card={sending}
          from={from.trim()}
          note={note.trim()}
          onClose={(published) => {
            setSending(null);
            setDone(published);
            if (published) again();
          }}
        />
      )}
    </div>
  );
}

// The browser says in English what is wrong with it.
function NotJSON({ why }: { why: string }) {
  return (
    <>
      {t.notJSON}
      <span lang="en">{why}</span>
    </>
  );
}

function Previewed({ asked }: { asked: { card: RateCardInput; range: { preset: Preset } } }) {
  const { data, fault, again } = useAsk(RatePreviewDocument, asked);
  if (fault) return <Failed fault={fault} again={again} />;
  if (!data) return <Waiting lines={6} />;
  return (
    <>
      <PreviewTables preview={data.previewRateCard} />
      <Changes changes={data.previewRateCard.changes} />
    </>
  );
}

interface PublishProps {
  card: RateCardInput;
  from: string;
  note: string;
  onClose: (published: boolean) => void;
}

function Publish({ card, from, note, onClose }: PublishProps) {
  const [publish, busy] = useChange(PublishRateCardDocument, (d) => d.publishRateCard);
  const [refused, setRefused] = useState<Refused | null>(null);
  const [key] = useState(newKey);
  const submit = async () => {
    const outcome = await publish({ input: { card, effectiveFrom: from, note: note || null, idempotencyKey: key } });
    if (outcome.objections) setRefused({ objections: outcome.objections, fault: outcome.fault });
    else onClose(true);
  };
  return (
    <Dialog
      opened
      title={t.publishTitle}
      submit={t.publishNow}
      busy={busy}
      refused={refused}
      onClose={() => onClose(false)}
      onSubmit={() => void submit()}
    >
      <p>{t.publishHelp(from)}</p>
    </Dialog>
  );
}
