// The limits of an account.
import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useChange } from '../api/ask';
import { type AccountDeskQuery, SetAccountLimitsDocument } from '../gql/graphql';
import { people } from '../people/text';
import { micro } from '../ui/decimal';
import { exact } from '../ui/format';
import { Doubtful, NumberField, useDoubt } from '../ui/number-field';
import { text } from '../ui/text';
import { type Bounds, largest, readTyped } from '../ui/typed';
import { Card, Question, useForm } from './card';
import { desk } from './text';

const t = text.support;
type Account = NonNullable<AccountDeskQuery['account']>;
type Limit = 'fineTuningLimit' | 'lowCreditLimit' | 'negativeLimit';
const LIMITS: { name: Limit; label: string; bounds: Bounds }[] = [
  { name: 'fineTuningLimit', label: t.fineTuning, bounds: { most: '999999999999' } },
  { name: 'lowCreditLimit', label: t.low, bounds: { most: '999999999999' } },
  { name: 'negativeLimit', label: t.negative, bounds: { most: '0' } },
];

/** The form. */
export function LimitsForm({ account }: { account: Pick<Account, 'id' | 'settings'> }) {
  const { settings } = account;
  const [typed, setTyped] = useState<Partial<Record<Limit, string>>>({});
  const [problems, setProblems] = useState<Partial<Record<Limit, string | null>>>({});
  const [save] = useChange(SetAccountLimitsDocument, (d) => d.setAccountLimits);
  const doubt = useDoubt();
  const { busy, send: pass, clear, note } = useForm(t.limitsSaved);
  const [asking, setAsking] = useState<[Limit, string][] | null>(null);
  const changed = LIMITS.filter(({ name }) => typed[name] !== undefined);
  // What a limit is now is usual for it; for one of 0, the largest of the others.
  const all = largest(LIMITS.map(({ name }) => settings[name]));
  const usualOf = (name: Limit) => (micro(settings[name]) === 0n ? all : settings[name]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    clear();
    const read = changed.map(({ name, bounds }) => [name, readTyped(typed[name] ?? '', bounds)] as const);
    setProblems(Object.fromEntries(read.map(([name, { problem }]) => [name, problem])));
    const values = read.flatMap(([name, { value }]) => (value === null ? [] : [[name, value] as const]));
    if (values.length < read.length) return;
    const unit = text.units.credits;
    if (!doubt.passes(...values.map(([name, amount]) => ({ amount, usual: usualOf(name), unit })))) return;
    setAsking(values.map(([name, value]) => [name, value]));
  };
  const send = async (values: [Limit, string][]) => {
    const taken = await pass(save({ input: { accountId: account.id, ...Object.fromEntries(values) } }));
    setAsking(null);
    if (!taken) return;
    setTyped({});
    doubt.forget();
  };
  const type = (name: Limit, text: string) => {
    setTyped((before) => ({ ...before, [name]: text }));
    setProblems((before) => ({ ...before, [name]: null }));
    doubt.forget();
  };
  return (
    <Card title={t.limits}>
      <form onSubmit={submit} className="stack" noValidate>
        {LIMITS.map(({ name, label, bounds }) => (
          <NumberField
            key={name}
            label={label}
            bounds={bounds}
            problem={problems[name]}
            typed={typed[name] ?? settings[name]}
            onType={(text) => type(name, text)}
          />
        ))}
        <Doubtful doubt={doubt} />
        {note}
        <div className="dialog-foot">
          <Button type="submit" variant="default" loading={busy} disabled={changed.length === 0}>
            {doubt.asked.length > 0 ? t.saveAnyway : t.save}
          </Button>
        </div>
      </form>
      {asking && (
        <Question
          title={desk.ask.limits}
          yes={desk.ask.yes}
          busy={busy}
          onNo={() => setAsking(null)}
          onYes={() => void send(asking)}
        >
          {asking.map(([name, value]) => (
            <p key={name}>{people.words.limit(people.words.limits[name], exact(settings[name]), exact(value))}</p>
          ))}
        </Question>
      )}
    </Card>
  );
}
