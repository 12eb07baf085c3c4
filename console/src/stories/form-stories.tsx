// Every state of what people fill in, and of what is asked back.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Verdict } from '../deploy/estimate';
import type { DecisionFieldsFragment } from '../gql/graphql';
import { RemoveDialog } from '../people/row-forms';
import { people } from '../people/text';
import { Secret } from '../people/token-form';
import { Question } from '../support/card';
import Calendar from '../ui/calendar';
import { Dialog, Objections } from '../ui/form';
import { ModelChoice } from '../ui/model-choice';
import { Doubtful, NumberField } from '../ui/number-field';
import { Panel } from '../ui/panel';
import { Pick } from '../ui/pick';
import { text } from '../ui/text';
import { useWhen, WhenField } from '../ui/when-field';
import { ZoneChoice } from '../ui/zone-select';
import { Story } from './story';

const nothing = () => {};
const REFUSED = { objections: [{ code: 'INVALID', message: 'The amount is too large.' }], fault: null };
const OFFLINE = { objections: [], fault: { code: 'OFFLINE', message: '', requestId: null, retryAfter: null } };
const MODELS = { totalCount: 1, models: [{ id: '1', name: 'Mistral' }] };

/** The fields. */
export function Fields() {
  const [days, setDays] = useState<[string | null, string | null]>(['2026-05-01', '2026-05-03']);
  const [zone, setZone] = useState('Europe/Vienna');
  const empty = useWhen('day');
  const needed = useWhen('minute', true);
  const past = useWhen('day');
  const asked = [{ amount: '5000', usual: '100', unit: text.units.credits }];
  const doubt = { asked, passes: () => false, forget: nothing };
  return (
    <>
      <Story name="Numbers">
        <div className="stack">
          <NumberField label="Empty" typed="" onType={nothing} required />
          <NumberField label="Good" typed="12.5" onType={nothing} description="With a hint" />
          <NumberField label="Bad" typed="1,5" onType={nothing} problem={text.typed.notPlain} />
          <Doubtful doubt={doubt} />
        </div>
      </Story>
      <Story name="Days and instants">
        <div className="stack">
          <WhenField label="Empty" description="With a hint" when={empty} />
          <WhenField label="Needed" when={{ ...needed, problem: text.typed.noDate }} />
          <WhenField label="Past" when={{ ...past, typed: '2020-01-01', problem: text.typed.pastDate }} />
        </div>
      </Story>
      <Story name="Calendar">
        <Calendar value={days} onChange={setDays} first="2026-04-01" last="2026-05-20" />
      </Story>
      <Story name="Choices of one">
        <div className="stack">
          <Pick
            name="story-pick"
            label="Meter"
            all="Both"
            offered={['MODEL_CREDITS', 'TOOL_RUNS']}
            titles={text.meters}
          />
          <ZoneChoice label="Zone" zone={zone} onChoose={setZone} />
          <ModelChoice label="Model" found={MODELS} search="" onSearch={nothing} value="1" onChoose={nothing} />
          <ModelChoice
            label="Model of many"
            found={{ ...MODELS, totalCount: 1_200 }}
            besides={[{ id: '', name: 'The whole account' }]}
            search="mis"
            onSearch={nothing}
            value="1"
            onChoose={nothing}
          />
          <ModelChoice label="To come" found={null} search="" onSearch={nothing} value="" onChoose={nothing} />
        </div>
      </Story>
    </>
  );
}

const DECISION: DecisionFieldsFragment = {
  action: 'DEPLOY_MODEL',
  allowed: false,
  zone: 'LOW',
  meter: 'MODEL_CREDITS',
  balance: '3',
  available: '3',
  limit: '5',
  refusal: {
    code: 'INSUFFICIENT_CREDITS',
    meter: 'MODEL_CREDITS',
    balance: '3',
    limit: '5',
    missing: '2',
    sentence: 'Insufficient credits.',
  },
};

type Opened = 'question' | 'dialog' | 'busy' | 'refused' | 'remove' | 'panel' | 'wide';
const OPENED: Opened[] = ['question', 'dialog', 'busy', 'refused', 'remove', 'panel', 'wide'];

/** What opens above the page, and what it says. */
export function Dialogs() {
  const [open, setOpen] = useState<Opened | null>(null);
  const close = () => setOpen(null);
  const dialog = { title: 'A form', submit: 'Save', onClose: close, onSubmit: close };
  return (
    <>
      <Story name="Refused">
        <Objections refused={REFUSED} />
        <Objections refused={OFFLINE} />
        <Verdict decision={DECISION} />
      </Story>
      <Story name="Secret">
        <Secret secret="ug_example_0123456789abcdef" />
      </Story>
      <Story name="Dialogs">
        <div className="filters">
          {OPENED.map((name) => (
            <Button key={name} variant="default" onClick={() => setOpen(name)}>
              {name}
            </Button>
          ))}
        </div>
        {open === 'question' && (
          <Question title="Add 500 credits?" yes="Yes, add" busy={false} onNo={close} onYes={close}>
            <p>100 → 600</p>
          </Question>
        )}
        <Dialog {...dialog} opened={open === 'dialog'} busy={false} disabled refused={null}>
          <p>What is not filled in cannot be sent.</p>
        </Dialog>
        <Dialog {...dialog} opened={open === 'busy'} busy refused={null}>
          <p>It is on its way.</p>
        </Dialog>
        <Dialog {...dialog} opened={open === 'refused'} busy={false} refused={REFUSED}>
          <p>It was refused.</p>
        </Dialog>
        {open === 'remove' && (
          <RemoveDialog
            t={people.members}
            name="Nora"
            remove={() => Promise.resolve({ objections: REFUSED.objections, fault: null })}
            onClose={close}
          />
        )}
        <Panel title="A panel" opened={open === 'panel'} onClose={close}>
          <p>What a row tells.</p>
        </Panel>
        <Panel title="A wide panel" wide opened={open === 'wide'} onClose={close}>
          <p>What a row with a table tells.</p>
        </Panel>
      </Story>
    </>
  );
}
