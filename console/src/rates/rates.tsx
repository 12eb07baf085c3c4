// Rate cards, for Support: versions, the differences between two, and a new one with its preview.
import { Button, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { useAsk, useChange } from '../api/ask';
import { useSession } from '../auth/session';
import {
  RateChangesDocument,
  RateReleasesDocument,
  type RateReleasesQuery,
  WithdrawRateCardDocument,
} from '../gql/graphql';
import { Dialog, useSend } from '../ui/form';
import { NONE } from '../ui/format';
import { Instant } from '../ui/instant';
import { Answered, Denied } from '../ui/states';
import { type Column, Table } from '../ui/table';
import { text } from '../ui/text';
import { View } from '../ui/view';
import { localZone } from '../ui/zone';
import { NewVersion } from './new-version';
import { Plans } from './plans';
import { Changes } from './preview';
import { rates as t } from './text';

type Release = RateReleasesQuery['rateCards'][number];

/** The page. */
export default function Rates() {
  const { viewer } = useSession();
  const allowed = viewer.permissions.includes('RATES_MANAGE');
  const answer = useAsk(RateReleasesDocument, {}, !allowed);
  return (
    <View title={t.title} lead={t.lead}>
      {allowed ? (
        <Answered answer={answer} of={({ rateCards }) => rateCards} card lines={8}>
          {(releases) => (
            <div className="stack">
              <Versions releases={releases} again={answer.again} />
              <Differences releases={releases} />
              <NewVersion again={answer.again} />
              {viewer.permissions.includes('PLAN_MANAGE') && <Plans />}
            </div>
          )}
        </Answered>
      ) : (
        <div className="card">
          <Denied needs="RATES_MANAGE" />
        </div>
      )}
    </View>
  );
}

const since = (at: string) => (Date.parse(at) <= 0 ? t.always : <Instant at={at} zone={localZone()} timed />);

function Versions({ releases, again }: { releases: Release[]; again: () => void }) {
  const [leaving, setLeaving] = useState<number | null>(null);
  const columns: Column<Release>[] = [
    { key: 'version', title: t.version, cell: (r) => <span className="name">{t.number(r.version)}</span> },
    { key: 'status', title: t.status, cell: (r) => <span data-status={r.status}>{t.states[r.status]}</span> },
    { key: 'from', title: t.from, cell: (r) => since(r.card.effectiveFrom) },
    { key: 'by', title: t.by, cell: (r) => (r.publishedAt ? r.publishedBy : t.program) },
    { key: 'note', title: t.note, cell: (r) => r.note ?? NONE },
    {
      key: 'withdraw',
      title: text.deploy.actionsColumn,
      right: true,
      cell: (r) =>
        r.status === 'PLANNED' && (
          <Button size="compact-sm" variant="default" onClick={() => setLeaving(r.version)}>
            {t.withdraw}
          </Button>
        ),
    },
  ];
  return (
    <section className="card table-card" aria-label={t.versions}>
      <div className="card-head">
        <h2>{t.versions}</h2>
      </div>
      <Table
        takes
        caption={t.versions}
        columns={columns}
        rows={releases}
        keyOf={(r) => String(r.version)}
        empty={null}
      />
      {leaving !== null && (
        <Withdraw
          version={leaving}
          onClose={() => {
            setLeaving(null);
            again();
          }}
        />
      )}
    </section>
  );
}

function Withdraw({ version, onClose }: { version: number; onClose: () => void }) {
  const [withdraw] = useChange(WithdrawRateCardDocument, (d) => d.withdrawRateCard);
  const { refused, busy, send } = useSend(onClose);
  return (
    <Dialog
      opened
      danger
      title={t.withdrawTitle(version)}
      submit={t.withdraw}
      busy={busy}
      refused={refused}
      onClose={onClose}
      onSubmit={() => void send(withdraw({ version }))}
    >
      <p>{t.withdrawHelp}</p>
    </Dialog>
  );
}

function Differences({ releases }: { releases: Release[] }) {
  const [chosen, setChosen] = useState<{ from?: number; to?: number }>({});
  if (releases.length < 2) return null;
  const to = chosen.to ?? releases[0]?.version ?? 1;
  const from = chosen.from ?? releases.find((r) => r.version < to && r.status !== 'WITHDRAWN')?.version ?? 1;
  return (
    <section className="card table-card" aria-label={t.differences}>
      <div className="card-head">
        <h2>{t.differences}</h2>
        <div className="filters">
          <Choice releases={releases} label={t.before} value={from} choose={(n) => setChosen({ ...chosen, from: n })} />
          <Choice releases={releases} label={t.after} value={to} choose={(n) => setChosen({ ...chosen, to: n })} />
        </div>
      </div>
      <Between from={from} to={to} />
    </section>
  );
}

interface ChoiceProps {
  releases: Release[];
  label: string;
  value: number;
  choose: (version: number) => void;
}

function Choice({ releases, label, value, choose }: ChoiceProps) {
  return (
    <NativeSelect
      aria-label={label}
      value={String(value)}
      onChange={(event) => choose(Number(event.currentTarget.value))}
      data={releases.map((r) => ({ value: String(r.version), label: `${label} ${r.version}` }))}
    />
  );
}

function Between({ from, to }: { from: number; to: number }) {
  const answer = useAsk(RateChangesDocument, { from, to });
  return (
    <Answered answer={answer} of={({ rateChanges }) => rateChanges ?? []} lines={4}>
      {(changes) => <Changes changes={changes} />}
    </Answered>
  );
}
