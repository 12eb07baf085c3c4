// How usage comes in: whether events may make tools and models, and what was taken back.
import { Button, Checkbox } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useAsk, useChange } from '../api/ask';
import { MeterFigure } from '../billing/figure';
import { ProvisioningViewDocument, type ProvisioningViewQuery, SetProvisioningDocument } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Facts } from '../ui/figures';
import { count } from '../ui/format';
import { Instant } from '../ui/instant';
import { Empty, Failed, Missing, Waiting } from '../ui/states';
import { type Column, Table } from '../ui/table';
import { names } from '../ui/text';
import { localZone } from '../ui/zone';
import { Card, useForm } from './card';
import { Refusals } from './refusals';
import { desk } from './text';

const t = desk.usage;
type Account = NonNullable<ProvisioningViewQuery['account']>;
type Refund = Account['ledger']['edges'][number]['node'];

/** The page. */
export function Intake() {
  const { account } = usePlace();
  const { data, fault, again } = useAsk(ProvisioningViewDocument, { account: account.id });
  const found = data?.account;
  if (fault || !found)
    return (
      <div className="card">
        {fault ? <Failed fault={fault} again={again} /> : data ? <Missing /> : <Waiting lines={8} />}
      </div>
    );
  const voids = found.ledger.edges.map(({ node }) => node).filter(({ cause }) => cause === 'VOID');
  return (
    <div className="desk">
      <ProvisioningForm account={found} />
      <section className="card table-card desk-wide" aria-label={t.voids}>
        <div className="card-head">
          <div>
            <h2>{t.voids}</h2>
            <p>{t.voidsHelp}</p>
          </div>
        </div>
        <Table
          takes
          caption={t.voids}
          columns={COLUMNS}
          rows={voids}
          keyOf={({ id }) => id}
          empty={<Empty title={t.noVoids} />}
        />
      </section>
      <Refusals />
    </div>
  );
}

const COLUMNS: Column<Refund>[] = [
  { key: 'at', title: t.at, cell: ({ postedAt }) => <Instant at={postedAt} zone={localZone()} timed /> },
  {
    key: 'what',
    title: t.what,
    cell: ({ resourceName, lines, cause, note }) => (
      <span className="name">
        {resourceName ?? (lines.map((line) => line.resourceName).join(', ') || names.cause[cause])}
        {note && <small>{note}</small>}
      </span>
    ),
  },
  {
    key: 'amount',
    title: t.amount,
    right: true,
    cell: ({ meter, amount }) => <MeterFigure meter={meter} value={amount} />,
  },
];

function ProvisioningForm({ account: { id, provisioning } }: { account: Account }) {
  const [tools, setTools] = useState(provisioning.tools);
  const [models, setModels] = useState(provisioning.models);
  const [change, busy] = useChange(SetProvisioningDocument, (d) => d.setProvisioning);
  const { take, clear, note } = useForm(t.saved);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    clear();
    take(await change({ input: { accountId: id, tools, models } }));
  };
  return (
    <Card title={t.provisioning}>
      <form onSubmit={(event) => void submit(event)} className="stack">
        <p className="hint">{t.help}</p>
        <Checkbox label={t.tools} checked={tools} onChange={(event) => setTools(event.currentTarget.checked)} />
        <Checkbox label={t.models} checked={models} onChange={(event) => setModels(event.currentTarget.checked)} />
        <Facts items={[[t.made, t.of(count(provisioning.made), count(provisioning.limit))]]} />
        {note}
        <div className="dialog-foot">
          <Button
            type="submit"
            variant="default"
            loading={busy}
            disabled={tools === provisioning.tools && models === provisioning.models}
          >
            {t.save}
          </Button>
        </div>
      </form>
    </Card>
  );
}
