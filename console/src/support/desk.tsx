// The desk: balance, grants, corrections, limits and plan of one account.
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useChange, useParts } from '../api/ask';
import { newKey } from '../api/key';
import { MeterFigure } from '../billing/figure';
import { grantColumns } from '../billing/grants';
import { Plan } from '../billing/statements';
import {
  AccountDeskDocument,
  type AccountDeskQuery,
  AdjustCreditsDocument,
  ChangePlanDocument,
  GrantCreditsDocument,
  type GrantFieldsFragment,
  type GrantKind,
  type Meter,
  type MeterFieldsFragment,
} from '../gql/graphql';
import { useOnChange } from '../live/live';
import { usePlace } from '../shell/place';
import { sum } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { Facts } from '../ui/figures';
import { Dialog, useSend } from '../ui/form';
import { exact, share } from '../ui/format';
import { lower } from '../ui/language';
import { More } from '../ui/more';
import { Doubtful, NumberField, useDoubt } from '../ui/number-field';
import { Empty, Failed, Missing, Part, Waiting } from '../ui/states';
import { type Column, Table } from '../ui/table';
import { names, text } from '../ui/text';
import { type Bounds, largest, readTyped } from '../ui/typed';
import { localZone, startOfDay } from '../ui/zone';
import { AccountForm } from './account-form';
import { Card, Question, useForm } from './card';
import { LimitsForm } from './limits';
import { desk } from './text';

const t = text.support;
type Account = NonNullable<AccountDeskQuery['account']>;

/** The desk: one operation. */
export function Desk() {
  const { account } = usePlace();
  const { data, fault, again, failed } = useParts(AccountDeskDocument, { account: account.id });
  useOnChange(again, 1_500);
  if (fault)
    return (
      <div className="card">
        <Failed fault={fault} again={again} />
      </div>
    );
  if (!data)
    return (
      <div className="card">
        <Waiting lines={10} />
      </div>
    );
  if (!data.account)
    return (
      <div className="card">
        <Missing />
      </div>
    );
  const { creditStatus, settings, plan, grants, ...own } = data.account;
  const part = (names: string[], of: unknown, children: ReactNode) => {
    const broken = names.map(failed).find(Boolean) ?? null;
    return (
      <Part of={of} fault={broken} again={again} card>
        {children}
      </Part>
    );
  };
  return (
    <div className="desk">
      {part(
        ['creditStatus', 'settings'],
        creditStatus && settings,
        creditStatus && settings && <Balance account={{ creditStatus, settings }} />,
      )}
      {creditStatus && <GrantForm account={{ ...own, creditStatus }} usual={usualGrant(grants)} />}
      {part(['plan'], plan, plan && <PlanForm account={{ ...own, plan }} plans={data.plans} />)}
      {settings && <LimitsForm account={{ ...own, settings }} />}
      {settings && <AccountForm account={own} zone={settings.timeZone} />}
      {part(
        ['grants'],
        grants,
        grants && creditStatus && (
          <LiveGrants
            grants={grants.edges.map(({ node }) => ({ node }))}
            total={grants.totalCount}
            account={{ ...own, creditStatus }}
          />
        ),
      )}
    </div>
  );
}

type Of<K extends keyof Account> = Pick<Account, 'id' | 'name' | K>;

function Balance({ account }: { account: Pick<Account, 'creditStatus' | 'settings'> }) {
  const { credits, runs, icon, zone, outlook } = account.creditStatus;
  return (
    <Card title={t.balance}>
      <Facts
        items={[
          [t.state, `${text.widget.states[icon]}. ${names.zone[zone]}`],
          ...[credits, runs].map((meter) => [text.meters[meter.meter], <Left meter={meter} />] as [string, ReactNode]),
          ...(outlook
            ? [
                [
                  text.widget.rate,
                  <>
                    <Exact value={outlook.ratePerHour} show={exact} /> {text.widget.anHour}
                  </>,
                ] as [string, ReactNode],
              ]
            : []),
          [t.contact, account.settings.billingContacts.join(', ') || t.noContacts],
        ]}
      />
    </Card>
  );
}

// What is left of a meter.
function Left({ meter }: { meter: MeterFieldsFragment }) {
  const figure = (value: string) => <MeterFigure meter={meter.meter} value={value} />;
  return (
    <>
      {figure(meter.remaining)} {text.widget.remaining} {text.widget.of} {figure(meter.allocation)} (
      {share(meter.usedPercent, meter.used, meter.allocation)} {text.overview.used})
      {meter.reserved !== '0' && (
        <>
          {' · '}
          {figure(meter.reserved)} {t.holds}
        </>
      )}
    </>
  );
}

const METERS = (['MODEL_CREDITS', 'TOOL_RUNS'] as const).map((value) => ({ value, label: text.meters[value] }));
const KINDS = (['TOP_UP', 'FREE'] as const).map((value) => ({ value, label: names.grant[value] }));

// What can be granted or taken back: above 0, and runs are whole.
const amountOf = (meter: Meter): Bounds => ({
  places: meter === 'TOOL_RUNS' ? 0 : 6,
  above: '0',
  most: '999999999999',
});

// The largest live grant of a meter is what is usual for the account.
function usualGrant(grants: Account['grants'] | null): Record<Meter, string | null> {
  const of = (meter: Meter) =>
    (grants?.edges ?? []).filter(({ node }) => node.meter === meter).map(({ node }) => node.amount);
  return { MODEL_CREDITS: largest(of('MODEL_CREDITS')), TOOL_RUNS: largest(of('TOOL_RUNS')) };
}

function GrantForm({ account, usual }: { account: Of<'creditStatus'>; usual: Record<Meter, string | null> }) {
  const [asking, setAsking] = useState<string | null>(null);
  const [meter, setMeter] = useState<Meter>('MODEL_CREDITS');
  const [kind, setKind] = useState<GrantKind>('TOP_UP');
  const [typed, setTyped] = useState('');
  const [reference, setReference] = useState('');
  const [expires, setExpires] = useState('');
  const [problems, setProblems] = useState<{ amount: string | null; reference: string | null }>({
    amount: null,
    reference: null,
  });
  const [granted, setGranted] = useState('');
  const [grant, busy] = useChange(GrantCreditsDocument, (d) => d.grantCredits);
  const doubt = useDoubt();
  const { key, take, clear, note } = useForm(granted);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    clear();
    const { value: amount, problem } = readTyped(typed, amountOf(meter));
    const wrong = { amount: problem, reference: reference.trim() ? null : t.needReference };
    setProblems(wrong);
    if (wrong.amount || wrong.reference || !amount || !doubt.passes(amount, usual[meter])) return;
    setAsking(amount);
  };
  const send = async (amount: string) => {
    setGranted(t.granted(exact(amount), lower(text.meters[meter])));
    const expiresAt = expires ? startOfDay(expires, localZone()).toISOString() : null;
    const input = {
      accountId: account.id,
      meter,
      amount,
      kind,
      reference: reference.trim(),
      expiresAt,
      idempotencyKey: key,
    };
    const taken = take(await grant({ input }));
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
      <form onSubmit={(event) => void submit(event)} className="stack" noValidate>
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
            onChange={(event) => setKind(event.currentTarget.value as GrantKind)}
          />
          <NumberField
            label={t.amount}
            required
            typed={typed}
            onType={retype}
            bounds={amountOf(meter)}
            problem={problems.amount}
          />
          <TextInput
            label={t.expires}
            type="date"
            description={t.expiresHint}
            value={expires}
            onChange={(event) => setExpires(event.currentTarget.value)}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
          />
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
        <Doubtful doubt={doubt} usual={usual[meter]} unit={lower(text.meters[meter])} />
        {note}
        <div className="dialog-foot">
          <Button type="submit" loading={busy}>
            {doubt.asked ? t.grantAnyway : t.grant}
          </Button>
        </div>
      </form>
      {asking && (
        <Question
          title={t.askGrant(exact(asking), lower(text.meters[meter]), account.name)}
          yes={t.yesGrant}
          busy={busy}
          onNo={() => setAsking(null)}
          onYes={() => void send(asking)}
        >
          <Balances account={account} meter={meter} amount={asking} />
          <p>
            {names.grant[kind]} · {t.reference}: {reference.trim()}
          </p>
        </Question>
      )}
    </Card>
  );
}

// What the balance is, and what it would be.
function Balances({ account, meter, amount }: { account: Of<'creditStatus'>; meter: Meter; amount: string }) {
  const { credits, runs } = account.creditStatus;
  const now = (meter === 'TOOL_RUNS' ? runs : credits).remaining;
  return (
    <p>
      {t.balance}: <MeterFigure meter={meter} value={now} /> → <MeterFigure meter={meter} value={sum([now, amount])} />
    </p>
  );
}

function PlanForm({ account, plans }: { account: Of<'plan'>; plans: AccountDeskQuery['plans'] }) {
  const current = plans.find((plan) => plan.name === account.plan.name)?.id ?? '';
  const [chosen, setChosen] = useState<string | null>(null);
  const [change, busy] = useChange(ChangePlanDocument, (d) => d.changePlan);
  const { key, take, clear, note } = useForm(t.planChanged);
  const planId = chosen ?? current;
  const [asking, setAsking] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    clear();
    setAsking(true);
  };
  const send = async () => {
    const taken = take(await change({ input: { accountId: account.id, planId: planId || null, idempotencyKey: key } }));
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

interface LiveGrantsProps {
  grants: { node: GrantFieldsFragment }[];
  /** How many there are in all. */
  total: number;
  account: Of<'creditStatus'>;
}

function LiveGrants({ grants, total, account }: LiveGrantsProps) {
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
  const { refused, send } = useSend(onClose);
  const [key] = useState(newKey);
  const [adjust, busy] = useChange(AdjustCreditsDocument, (d) => d.adjustCredits);
  const { value: amount, problem: wrong } = readTyped(typed, amountOf(grant.meter));
  const submit = () => {
    setProblem(wrong);
    if (!amount) return;
    const of = { accountId: account.id, meter: grant.meter, grantId: grant.id };
    void send(adjust({ input: { ...of, amount: `-${amount}`, reference: reference.trim(), idempotencyKey: key } }));
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
      submit={t.take}
      busy={busy}
      danger
      disabled={!reference.trim()}
      refused={refused}
    >
      <p className="hint">{t.takeHelp}</p>
      <NumberField
        label={t.amount}
        required
        typed={typed}
        bounds={amountOf(grant.meter)}
        problem={problem}
        onType={retype}
      />
      {amount && <Balances account={account} meter={grant.meter} amount={`-${amount}`} />}
      <TextInput
        label={t.reference}
        required
        maxLength={200}
        value={reference}
        onChange={(event) => setReference(event.currentTarget.value)}
      />
    </Dialog>
  );
}
