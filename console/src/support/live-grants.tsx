// The live grants at the desk, and taking something back of one.
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useChange } from '../api/ask';
import { newKey } from '../api/key';
import { grantColumns } from '../billing/grants';
import { AdjustCreditsDocument, type GrantFieldsFragment } from '../gql/graphql';
import { Dialog, useSend } from '../ui/form';
import { exact } from '../ui/format';
import { lower } from '../ui/language';
import { More } from '../ui/more';
import { NumberField } from '../ui/number-field';
import { Empty } from '../ui/states';
import { type Column, Table } from '../ui/table';
import { names, text } from '../ui/text';
import { readTyped } from '../ui/typed';
import { localZone } from '../ui/zone';

import { amountOf, Balances, type Of } from './desk-account';

const t = text.support;

interface LiveGrantsProps {
  grants: { node: GrantFieldsFragment }[];
  /** How many there are in all. */
  total: number;
  account: Of<'creditStatus'>;
}

/** The table of live grants. */
export function LiveGrants({ grants, total, account }: LiveGrantsProps) {
  const [open, setOpen] = useState<GrantFieldsFragment | null>(null);
  const take: Column<{ node: GrantFieldsFragment }> = {
    key: 'take',
    title: text.deploy.actionsColumn,
    right: true,
    cell: ({ node }) => (
      <Button
        size="xs"
        variant="default"
        aria-label={`${t.takeFrom(names.grant[node.kind])} ${exact(node.amount)}`}
        onClick={() => setOpen(node)}
      >
        {t.take}
      </Button>
    ),
  };
  return (
    <section className="card table-card desk-wide" aria-label={t.liveGrants}>
      <div className="card-head">
        <h2>{t.liveGrants}</h2>
      </div>
      <Table
        takes
        caption={t.liveGrants}
        columns={[...grantColumns(localZone()), take]}
        rows={grants}
        keyOf={({ node }) => node.id}
        empty={<Empty title={text.grants.empty[0]} />}
      />
      <More shown={grants.length} total={total} />
      {open && <TakeBack grant={open} account={account} onClose={() => setOpen(null)} />}
    </section>
  );
}

function TakeBack({
  grant,
  account,
  onClose,
}: {
  grant: GrantFieldsFragment;
  account: Of<'creditStatus'>;
  onClose: () => void;
}) {
  const [typed, setTyped] = useState('');
  const [reference, setReference] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [asking, setAsking] = useState<string | null>(null);
  const { refused, busy, send } = useSend(onClose);
  const [key] = useState(newKey);
  const [adjust] = useChange(AdjustCreditsDocument, (d) => d.adjustCredits);
  const submit = () => {
    if (asking) return void take(asking);
    const { value, problem: wrong } = readTyped(typed, amountOf(grant.meter));
    setProblem(wrong);
    setAsking(value);
  };
  const take = async (amount: string) => {
    const of = { accountId: account.id, meter: grant.meter, grantId: grant.id };
    const input = { ...of, amount: `-${amount}`, reference: reference.trim(), idempotencyKey: key };
    if (!(await send(adjust({ input })))) setAsking(null);
  };
  const retype = (text: string) => {
    setTyped(text);
    setProblem(null);
  };
  return (
    <Dialog
      opened
      title={t.takeFrom(lower(names.grant[grant.kind]))}
      onClose={onClose}
      onSubmit={submit}
      submit={asking ? t.yesTake : t.review}
      busy={busy}
      danger
      disabled={!reference.trim()}
      refused={refused}
    >
      {asking ? (
        <>
          <p>{t.takeAsk(text.units.amount[grant.meter](exact(asking)), account.name)}</p>
          <Balances account={account} meter={grant.meter} amount={`-${asking}`} />
          <p>
            {names.grant[grant.kind]} {exact(grant.amount)} · {t.reference}: {reference.trim()}
          </p>
        </>
      ) : (
        <>
          <p className="hint">{t.takeHelp}</p>
          <NumberField
            label={t.amount}
            required
            typed={typed}
            bounds={amountOf(grant.meter)}
            problem={problem}
            onType={retype}
          />
          <TextInput
            label={t.reference}
            required
            maxLength={200}
            value={reference}
            onChange={(event) => setReference(event.currentTarget.value)}
          />
        </>
      )}
    </Dialog>
  );
}
