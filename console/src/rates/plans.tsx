// The plans on offer: what they bring each month. What a change means is asked back before it counts.
import { Button, Checkbox, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useAsk, useChange } from '../api/ask';
import { CreatePlanDocument, type PlanFieldsFragment, PlansViewDocument, UpdatePlanDocument } from '../gql/graphql';
import { micro } from '../ui/decimal';
import { Count, Exact } from '../ui/exact';
import { Dialog, useSend } from '../ui/form';
import { count, exact } from '../ui/format';
import { lower } from '../ui/language';
import { Doubtful, NumberField, useDoubt, useNumber, type Weighed } from '../ui/number-field';
import { afterPaint } from '../ui/soon';
import { Empty, Failed, isStale, Stale } from '../ui/states';
import { type Column, Table } from '../ui/table';
import { text } from '../ui/text';
import { largest } from '../ui/typed';
import { rates } from './text';

const t = rates.plans;
const CREDITS = { least: '0' };
const RUNS = { least: '0', places: 0 };

type Plan = PlanFieldsFragment;

/** The card. */
export function Plans() {
  const { data, fault, again } = useAsk(PlansViewDocument, {});
  const [edited, setEdited] = useState<Plan | 'new' | null>(null);
  const stale = isStale({ data, fault });
  const columns: Column<Plan>[] = [
    { key: 'name', title: t.name, cell: ({ name }) => <span className="name">{name}</span> },
    { key: 'credits', title: t.credits, right: true, cell: ({ credits }) => <Exact value={credits} show={exact} /> },
    { key: 'runs', title: t.runs, right: true, cell: ({ runs }) => <Count value={runs} /> },
    { key: 'active', title: t.state, cell: ({ active }) => (active ? t.active : t.inactive) },
    {
      key: 'actions',
      title: t.actions,
      right: true,
      cell: (plan) => (
        <Button size="xs" variant="default" aria-label={t.changeOf(plan.name)} onClick={() => setEdited(plan)}>
          {t.change}
        </Button>
      ),
    },
  ];
  return (
    <section className="card table-card" aria-label={t.title}>
      <div className="card-head">
        <div>
          <h2>{t.title}</h2>
          <p>{t.lead}</p>
        </div>
        <Button size="xs" onClick={() => afterPaint(() => setEdited('new'))}>
          {t.create}
        </Button>
      </div>
      {fault && stale && <Stale fault={fault} again={again} />}
      {fault && !stale ? (
        <Failed fault={fault} again={again} />
      ) : (
        <Table
          takes
          caption={t.title}
          columns={columns}
          rows={data?.plans}
          keyOf={({ id }) => id}
          empty={<Empty title={t.none} />}
          waiting={2}
        />
      )}
      {edited && (
        <PlanForm
          plan={edited === 'new' ? null : edited}
          offered={data?.plans ?? []}
          onClose={() => setEdited(null)}
          onDone={() => {
            setEdited(null);
            again();
          }}
        />
      )}
    </section>
  );
}

interface PlanFormProps {
  /** What is changed; null: a new plan. */
  plan: Plan | null;
  offered: readonly Plan[];
  onClose: () => void;
  onDone: () => void;
}

// What a plan brings now is usual for it; for what it does not bring, and for a new plan, the most that any plan
// brings.
function weighed(plan: Plan | null, offered: readonly Plan[], credits: string, runs: string): Weighed[] {
  const usual = (of: (plan: Plan) => string) => (plan && micro(of(plan)) > 0n ? of(plan) : largest(offered.map(of)));
  return [
    { amount: credits, usual: usual((p) => p.credits), unit: lower(text.meters.MODEL_CREDITS) },
    { amount: runs, usual: usual((p) => String(p.runs)), unit: lower(text.meters.TOOL_RUNS) },
  ];
}

function PlanForm({ plan, offered, onClose, onDone }: PlanFormProps) {
  const [name, setName] = useState(plan?.name ?? '');
  const credits = useNumber(plan?.credits ?? '', CREDITS);
  const runs = useNumber(plan ? String(plan.runs) : '', RUNS);
  const [active, setActive] = useState(plan?.active ?? true);
  const [asking, setAsking] = useState(false);
  const [create] = useChange(CreatePlanDocument, (d) => d.createPlan);
  const [update] = useChange(UpdatePlanDocument, (d) => d.updatePlan);
  const { refused, busy, send } = useSend(onDone);
  const doubt = useDoubt();
  const wrong = !name.trim() || credits.read.problem !== null || runs.read.problem !== null;
  const submit = () => {
    if (wrong) return;
    if (!asking) {
      if (doubt.passes(...weighed(plan, offered, credits.read.value!, runs.read.value!))) setAsking(true);
      return;
    }
    const input = { name: name.trim(), credits: credits.read.value!, runs: Number(runs.read.value) };
    void send(plan ? update({ input: { planId: plan.id, active, ...input } }) : create({ input }));
  };
  return (
    <Dialog
      opened
      title={plan ? t.changeOf(plan.name) : t.create}
      submit={asking ? t.yes : t.review}
      busy={busy}
      disabled={wrong}
      refused={refused}
      onClose={onClose}
      onSubmit={submit}
    >
      {asking ? (
        <p>{told(plan, name.trim(), credits.read.value!, Number(runs.read.value), active)}</p>
      ) : (
        <>
          <TextInput
            label={t.name}
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <NumberField label={t.credits} typed={credits.typed} onType={credits.type} bounds={CREDITS} required />
          <NumberField label={t.runs} typed={runs.typed} onType={runs.type} bounds={RUNS} required />
          <Doubtful doubt={doubt} />
          {plan && (
            <Checkbox label={t.active} checked={active} onChange={(event) => setActive(event.currentTarget.checked)} />
          )}
        </>
      )}
    </Dialog>
  );
}

// What the change means, in a sentence.
function told(plan: Plan | null, name: string, credits: string, runs: number, active: boolean): string {
  const is = t.brings(name, exact(credits), count(runs), active ? t.active : t.inactive);
  if (!plan) return t.willBe(is);
  return t.becomes(t.brings(plan.name, exact(plan.credits), count(plan.runs), plan.active ? t.active : t.inactive), is);
}
