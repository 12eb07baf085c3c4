// Granting credits or runs at the desk.
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useChange } from '../api/ask';
import { GrantCreditsDocument, type GrantKind, type Meter } from '../gql/graphql';
import { exact, moment } from '../ui/format';
import { lower } from '../ui/language';
import { Doubtful, NumberField, useDoubt } from '../ui/number-field';
import { names, text } from '../ui/text';
import { largest, readTyped } from '../ui/typed';
import { useWhen, WhenField } from '../ui/when-field';
import { localZone } from '../ui/zone';
import { Card, Question, useForm } from './card';

import { type Account, amountOf, Balances, type Of } from './desk-account';

const t = text.support;

const METERS = (['MODEL_CREDITS', 'TOOL_RUNS'] as const).map((value) => ({ value, label: text.meters[value] }));
type Kind = Extract<GrantKind, 'TOP_UP' | 'FREE'>;
const KINDS = (['TOP_UP', 'FREE'] as const).map((value) => ({ value, label: names.grant[value] }));

/** The largest live grant of a meter is what is usual for the account. */
export function usualGrant(grants: Account['grants'] | null): Record<Meter, string | null> {
  const of = (meter: Meter) =>
    (grants?.edges ?? []).filter(({ node }) => node.meter === meter).map(({ node }) => node.amount);
  return { MODEL_CREDITS: largest(of('MODEL_CREDITS')), TOOL_RUNS: largest(of('TOOL_RUNS')) };
}

/** The form that grants, with a question before it does. */
export function GrantForm({ account, usual }: { account: Of<'creditStatus'>; usual: Record<Meter, string | null> }) {
  const [asking, setAsking] = useState<{ amount: string; expiresAt: string | null } | null>(null);
  const [meter, setMeter] = useState<Meter>('MODEL_CREDITS');
  const [kind, setKind] = useState<Kind>('TOP_UP');
  const [typed, setTyped] = useState('');
  const [reference, setReference] = useState('');
  const expires = useWhen('day');
  const [problems, setProblems] = useState<{ amount: string | null; reference: string | null }>({
    amount: null,
    reference: null,
  });
  const [granted, setGranted] = useState('');
  const [grant] = useChange(GrantCreditsDocument, (d) => d.grantCredits);
  const doubt = useDoubt();
  const { key, busy, send: pass, clear, note } = useForm(granted);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    clear();
    const { value: amount, problem } = readTyped(typed, amountOf(meter));
    const wrong = { amount: problem, reference: reference.trim() ? null : t.needReference };
    setProblems(wrong);
    const { value: expiresAt, problem: unfit } = expires.read();
    if (wrong.amount || wrong.reference || unfit || !amount) return;
    if (!doubt.passes({ amount, usual: usual[meter], unit: lower(text.meters[meter]) })) return;
    setAsking({ amount, expiresAt });
  };
  const send = async ({ amount, expiresAt }: NonNullable<typeof asking>) => {
    setGranted(t.granted(text.units.amount[meter](exact(amount))));
    const input = {
      accountId: account.id,
      meter,
      amount,
      kind,
      reference: reference.trim(),
      expiresAt,
      idempotencyKey: key,
    };
    const taken = await pass(grant({ input }));
    setAsking(null);
    if (!taken) return;
    setTyped('');
    doubt.forget();
  };
  const retype = (text: string) => {
    setTyped(text);
    setProblems((before) => ({ ...before, amount: null }));
    doubt.forget();
  };
  const remeter = (chosen: string) => {
    setMeter(chosen as Meter);
    doubt.forget();
  };
  return (
    <Card title={t.grant}>
      <form onSubmit={submit} className="stack" noValidate>
        <div className="two-fields">
          <NativeSelect
            label={t.meter}
            value={meter}
            data={METERS}
            onChange={(event) => remeter(event.currentTarget.value)}
          />
          <NativeSelect
            label={t.kind}
            value={kind}
            data={KINDS}
            onChange={(event) => setKind(event.currentTarget.value as Kind)}
          />
          <NumberField
            label={t.amount}
            required
            typed={typed}
            onType={retype}
            bounds={amountOf(meter)}
            problem={problems.amount}
          />
          <WhenField label={t.expires} description={t.expiresHint} when={expires} />
        </div>
        <TextInput
          label={t.reference}
          description={t.referenceHint}
          required
          maxLength={200}
          value={reference}
          error={problems.reference}
          onChange={(event) => setReference(event.currentTarget.value)}
        />
        <Doubtful doubt={doubt} />
        {note}
        <div className="dialog-foot">
          <Button type="submit" loading={busy}>
            {doubt.asked.length > 0 ? t.grantAnyway : t.grant}
          </Button>
        </div>
      </form>
      {asking && (
        <Question
          title={t.askGrant(text.units.amount[meter](exact(asking.amount)), account.name)}
          yes={t.yesGrant}
          busy={busy}
          onNo={() => setAsking(null)}
          onYes={() => void send(asking)}
        >
          <Balances account={account} meter={meter} amount={asking.amount} />
          <p>
            {names.grant[kind]} · {t.reference}: {reference.trim()}
          </p>
          <p>{asking.expiresAt ? t.expiry(moment(asking.expiresAt, localZone())) : t.usualExpiry[kind]}</p>
        </Question>
      )}
    </Card>
  );
}
