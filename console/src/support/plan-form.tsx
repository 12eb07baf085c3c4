// Changing the plan at the desk.
import { Button, NativeSelect } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useChange } from '../api/ask';
import { Plan } from '../billing/statements';
import { type AccountDeskQuery, ChangePlanDocument } from '../gql/graphql';
import { exact } from '../ui/format';
import { text } from '../ui/text';
import { Card, Question, useForm } from './card';
import type { Of } from './desk-account';
import { desk } from './text';

const t = text.support;

/** The form that changes the plan, with a question before it does. */
export function PlanForm({ account, plans }: { account: Of<'plan'>; plans: AccountDeskQuery['plans'] }) {
  const current = plans.find((plan) => plan.name === account.plan.name)?.id ?? '';
  const [chosen, setChosen] = useState<string | null>(null);
  const [change] = useChange(ChangePlanDocument, (d) => d.changePlan);
  const { key, busy, send: pass, clear, note } = useForm(t.planChanged);
  const planId = chosen ?? current;
  const [asking, setAsking] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    clear();
    setAsking(true);
  };
  const send = async () => {
    const taken = await pass(change({ input: { accountId: account.id, planId: planId || null, idempotencyKey: key } }));
    setAsking(false);
    if (taken) setChosen(null);
  };
  const wanted = plans.find((plan) => plan.id === planId);
  return (
    <Card title={t.plan}>
      <form onSubmit={submit} className="stack">
        <Plan plan={account.plan} />
        <NativeSelect
          label={t.plan}
          description={t.more}
          value={planId}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={[
            { value: '', label: t.noPlan },
            ...plans
              .filter((p) => p.active || p.id === current)
              .map((p) => ({
                value: p.id,
                label: `${p.name}: ${text.statements.month(exact(p.credits), exact(String(p.runs)))}`,
              })),
          ]}
        />
        {note}
        <div className="dialog-foot">
          <Button type="submit" variant="default" loading={busy} disabled={planId === current && !account.plan.pending}>
            {t.apply}
          </Button>
        </div>
      </form>
      {asking && (
        <Question
          title={desk.ask.plan(wanted?.name ?? t.noPlan, account.name)}
          yes={desk.ask.yes}
          busy={busy}
          onNo={() => setAsking(false)}
          onYes={() => void send()}
        >
          {wanted && <p>{text.statements.month(exact(wanted.credits), exact(String(wanted.runs)))}</p>}
          <p>{t.more}</p>
        </Question>
      )}
    </Card>
  );
}
