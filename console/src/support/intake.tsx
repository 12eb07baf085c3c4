// How usage comes in: whether events may make tools and models, and what was taken back.
import { Button, Checkbox } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useChange, useParts } from '../api/ask';
import { MeterFigure } from '../billing/figure';
import { ProvisioningViewDocument, type ProvisioningViewQuery, SetProvisioningDocument } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Facts } from '../ui/figures';
import { count } from '../ui/format';
import { Instant } from '../ui/instant';
import { Empty, Failed, isStale, Missing, Part, Stale, Waiting } from '../ui/states';
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
  const { data, fault, again, failed } = useParts(ProvisioningViewDocument, { account: account.id });
  const found = data?.account;
  const stale = isStale({ data: found ?? undefined, fault });
  if ((fault && !stale) || !found)
    return (
      <div className="card">
        {fault ? <Failed fault={fault} again={again} /> : data ? <Missing /> : <Waiting lines={8} />}
      </div>
    );
  const { provisioning, ledger } = found;
  const voids = ledger?.edges.map(({ node }) => node).filter(({ cause }) => cause === 'VOID') ?? [];
  return (
    <div className="desk">
      {fault && <Stale fault={fault} again={again} />}
      <Part of={provisioning} fault={failed('provisioning')} again={again} card>
        {provisioning && <ProvisioningForm account={{ ...found, provisioning }} />}
      </Part>
      <section className="card table-card desk-wide" aria-label={t.voids}>
        <div className="card-head">
          <div>
            <h2>{t.voids}</h2>
            <p>{t.voidsHelp}</p>
          </div>
        </div>
        <Part of={ledger} fault={failed('ledger')} again={again}>
          <Table
            takes
            caption={t.voids}
            columns={COLUMNS}
            rows={voids}
            keyOf={({ id }) => id}
            empty={<Empty title={t.noVoids} />}
          />
          {ledger && ledger.totalCount > ledger.edges.length && (
            <p className="hint foot">{t.ofLatest(count(ledger.edges.length))}</p>
          )}
        </Part>
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

function ProvisioningForm({ account: { id, provisioning } }: { account: Pick<Account, 'id' | 'provisioning'> }) {
  const [tools, setTools] = useState(provisioning.tools);
  const [models, setModels] = useState(provisioning.models);
  const [change] = useChange(SetProvisioningDocument, (d) => d.setProvisioning);
  const { busy, send, clear, note } = useForm(t.saved);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    clear();
    void send(change({ input: { accountId: id, tools, models } }));
  };
  return (
    <Card title={t.provisioning}>
      <form onSubmit={submit} className="stack">
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
