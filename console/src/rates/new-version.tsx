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
import { Dialog, useSend } from '../ui/form';
import { moment } from '../ui/format';
import { Answered } from '../ui/states';
import { useWhen, WhenField } from '../ui/when-field';
import { localZone } from '../ui/zone';
import { readCard, writeCard } from './draft';
import { Changes, PreviewTables } from './preview';
import { rates as t } from './text';

const RANGES = Object.entries(t.ranges).map(([value, label]) => ({ value, label }));

/** The form. */
export function NewVersion({ again }: { again: () => void }) {
  const answer = useAsk(RateCardToEditDocument, {});
  return (
    <section className="card" aria-label={t.draft}>
      <div className="card-head">
        <div>
          <h2>{t.draft}</h2>
          <p>{t.draftLead}</p>
        </div>
      </div>
      <Answered answer={answer} of={({ rateCard }) => rateCard ?? null} lines={8}>
        {(card) => <Draft begins={writeCard(card)} again={again} />}
      </Answered>
    </section>
  );
}

function Draft({ begins, again }: { begins: string; again: () => void }) {
  const [typed, setTyped] = useState(begins);
  const from = useWhen('minute', true);
  const [note, setNote] = useState('');
  const [preset, setPreset] = useState<Preset>('LAST_30_DAYS');
  const [asked, setAsked] = useState<{ card: RateCardInput; range: { preset: Preset } } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [sending, setSending] = useState<{ card: RateCardInput; from: string } | null>(null);
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
  const publish = (card: RateCardInput) => {
    const { value } = from.read();
    if (value) setSending({ card, from: value });
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
        <WhenField label={t.starts} description={t.startsHint(localZone())} when={from} />
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
        <Button onClick={() => read(publish)}>{t.publish}</Button>
      </div>
      {asked && <Previewed asked={asked} />}
      {sending && (
        <Publish
          {...sending}
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
  const answer = useAsk(RatePreviewDocument, asked);
  return (
    <Answered answer={answer} of={({ previewRateCard }) => previewRateCard} lines={6}>
      {(preview) => (
        <>
          <PreviewTables preview={preview} />
          <Changes changes={preview.changes} />
        </>
      )}
    </Answered>
  );
}

interface PublishProps {
  card: RateCardInput;
  from: string;
  note: string;
  onClose: (published: boolean) => void;
}

function Publish({ card, from, note, onClose }: PublishProps) {
  const [publish] = useChange(PublishRateCardDocument, (d) => d.publishRateCard);
  const { refused, busy, send } = useSend(() => onClose(true));
  const [key] = useState(newKey);
  const input = { card, effectiveFrom: from, note: note || null, idempotencyKey: key };
  return (
    <Dialog
      opened
      title={t.publishTitle}
      submit={t.publishNow}
      busy={busy}
      refused={refused}
      onClose={() => onClose(false)}
      onSubmit={() => void send(publish({ input }))}
    >
      <p>{t.publishHelp(`${moment(from, localZone())} (${localZone()})`)}</p>
    </Dialog>
  );
}
