// Fine-tuning: the jobs, and the form with its estimate.
import { NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useAsk, useChange } from '../api/ask';
import { newKey } from '../api/key';
import {
  FineTuningChoicesDocument,
  FineTuningEstimateDocument,
  type FineTuningMethod,
  type FineTuningState,
  FineTuningViewDocument,
  type FineTuningViewQuery,
  StartFineTuningDocument,
} from '../gql/graphql';
import { useOnChange } from '../live/live';
import { usePlace } from '../shell/place';
import { micro } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { Dialog, useSend } from '../ui/form';
import { count } from '../ui/format';
import { Instant } from '../ui/instant';
import { List } from '../ui/list';
import { ModelChoice } from '../ui/model-choice';
import { NumberField, useNumber } from '../ui/number-field';
import { useParameters } from '../ui/params';
import { Choices, readChoices } from '../ui/search';
import { Empty, Unread } from '../ui/states';
import { StatusMark } from '../ui/status';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { told } from '../ui/told';
import type { Bounds } from '../ui/typed';
import { localZone } from '../ui/zone';
import { Verdict } from './estimate';
import { Gated, Gates } from './gate';
import { Watched } from './watched';

const t = text.deploy;
const STATES: readonly FineTuningState[] = ['RUNNING', 'COMPLETED', 'FAILED', 'STOPPED'];
const METHODS: readonly FineTuningMethod[] = ['QLORA', 'LORA', 'FULL'];

interface Order {
  model: string;
  tokens: number;
  epochs: number;
  method: FineTuningMethod;
  gpu: string;
}
type Row = NonNullable<FineTuningViewQuery['account']>['fineTuningJobs']['edges'][number];

const COLUMNS: Column<Row>[] = [
  {
    key: 'job',
    title: t.job,
    cell: ({ node }) => (
      <span className="name">
        {node.model.name}
        <small>
          {node.method} · {node.gpu} · {count(node.trainingTokens)} × {node.epochs}
        </small>
      </span>
    ),
  },
  {
    key: 'state',
    title: t.state,
    cell: ({ node }) => (
      <>
        <StatusMark status={node.state} />
        {node.reason && <small className="reason">{told.known(node.reason)}</small>}
      </>
    ),
  },
  { key: 'started', title: t.started, cell: ({ node }) => <Instant at={node.startedAt} zone={localZone()} timed /> },
  {
    key: 'cost',
    title: t.cost,
    right: true,
    cell: ({ node }) => (
      <>
        <Exact value={node.charge} unit={text.units.credits} />
        {micro(node.refunded) > 0n && (
          <small className="reason">
            <Exact value={node.refunded} /> {t.refunded}
          </small>
        )}
      </>
    ),
  },
];

// What the balance allows is asked again after it moved.
function Changed({ again }: { again: () => void }) {
  useOnChange(again, 1_500);
  return null;
}

/** The view. */
export function FineTuning() {
  const { account, can } = usePlace();
  const [params] = useParameters();
  const [open, setOpen] = useState(false);
  const states = readChoices(params, 'state', STATES);
  return (
    <>
      <List
        document={FineTuningViewDocument}
        connection={(data) => data.account?.fineTuningJobs}
        caption={t.kinds['fine-tuning']}
        file={{ name: `${t.title}: ${t.kinds['fine-tuning']}` }}
        columns={COLUMNS}
        keyOf={({ node }) => node.id}
        empty={<Empty title={t.noJobs} help={t.noJobsHelp} />}
        variables={(page) => ({
          account: account.id,
          gates: can('ACCESS_CHECK'),
          states: states.length ? states : null,
          ...page,
        })}
        head={(data, answer) => (
          <>
            <Watched again={answer.again} />
            <Changed again={answer.again} />
            <Gates gates={data?.account ?? undefined} />
            <div className="filters">
              <Choices name="state" label={t.state} offered={STATES} titles={names.fineTuning} />
              {can('RESOURCE_MANAGE') && (
                <span className="filters-end">
                  <Gated decision={data?.account?.fineTune} onClick={() => setOpen(true)}>
                    {t.start}
                  </Gated>
                </span>
              )}
            </div>
          </>
        )}
      />
      {open && <Start onClose={() => setOpen(false)} />}
    </>
  );
}

const TOKENS: Bounds = { places: 0, least: '1', most: '1000000000000' };
const EPOCHS: Bounds = { places: 0, least: '1', most: '1000' };

function Start({ onClose }: { onClose: () => void }) {
  const { account } = usePlace();
  const [search, setSearch] = useState('');
  const [sought] = useDebouncedValue(search.trim(), 250);
  const asks = useAsk(FineTuningChoicesDocument, { account: account.id, search: sought || null });
  const choices = asks.data;
  const found = choices?.account?.models ?? null;
  const models = found?.edges.map(({ node }) => node).filter((m) => m.parametersBillions) ?? [];
  const sized = models.map((m) => ({ id: m.id, name: `${m.name} (${m.parametersBillions}B)` }));
  const unsized = (found?.edges.length ?? 0) - models.length; // what has no size cannot be tuned
  const gpus = choices?.rateCard?.fineTuning.hardware.map((h) => h.gpu) ?? [];
  const [chosen, setChosen] = useState('');
  const [name, setName] = useState('');
  const tokens = useNumber('1000000', TOKENS);
  const epochs = useNumber('3', EPOCHS);
  const [method, setMethod] = useState<FineTuningMethod>('QLORA');
  const [chosenGpu, setGpu] = useState('');
  const gpu = chosenGpu || (gpus.includes('A10G') ? 'A10G' : (gpus[0] ?? ''));
  const [key] = useState(newKey);
  const { refused, busy, send } = useSend(onClose);
  const model = chosen || models[0]?.id || '';
  const amounts = { tokens: Number(tokens.read.value), epochs: Number(epochs.read.value) }; // 0 where it is none
  const complete = Boolean(model && amounts.tokens && amounts.epochs);
  const [asked] = useDebouncedValue(JSON.stringify({ model, ...amounts, method, gpu }), 200);
  const order = JSON.parse(asked) as Order;
  const answer = useAsk(
    FineTuningEstimateDocument,
    { account: account.id, ...order },
    !(order.model && order.tokens && order.epochs && order.gpu),
  );
  const estimate = complete ? answer.data?.account?.fineTuningEstimate : null;
  const [start] = useChange(StartFineTuningDocument, (d) => d.startFineTuning);
  const submit = () => {
    const of = { modelId: model, name: name.trim(), method, gpu };
    return send(
      start({ input: { ...of, trainingTokens: amounts.tokens, epochs: amounts.epochs, idempotencyKey: key } }),
    );
  };
  return (
    <Dialog
      opened
      title={t.start}
      onClose={onClose}
      onSubmit={() => void submit()}
      submit={t.start}
      busy={busy}
      refused={refused}
      disabled={!complete || !name.trim() || !estimate?.charge || !estimate.decision.allowed}
    >
      <ModelChoice
        label={t.model}
        found={found && { totalCount: found.totalCount - unsized, models: sized }}
        search={search}
        onSearch={setSearch}
        value={model}
        onChoose={({ id }) => setChosen(id)}
      />
      <TextInput
        label={t.newName}
        required
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <div className="two-fields">
        <NumberField label={t.tokens} bounds={TOKENS} typed={tokens.typed} onType={tokens.type} />
        <NumberField label={t.epochs} bounds={EPOCHS} typed={epochs.typed} onType={epochs.type} />
        <NativeSelect
          label={t.method}
          value={method}
          data={[...METHODS]}
          onChange={(event) => setMethod(event.currentTarget.value as FineTuningMethod)}
        />
        <NativeSelect label={t.gpu} value={gpu} data={gpus} onChange={(event) => setGpu(event.currentTarget.value)} />
      </div>
      {!choices && <Unread what={t.noChoices} fault={asks.fault} again={asks.again} />}
      {!estimate && <Unread what={t.noEstimate} fault={answer.fault} again={answer.again} />}
      {estimate && (
        <div className="estimate" role="group" aria-label={t.estimate}>
          {estimate.charge ? (
            <dl>
              <div>
                <dt>{t.charge}</dt>
                <dd>
                  <Exact value={estimate.charge} />
                </dd>
              </div>
            </dl>
          ) : (
            <p>
              {t.unsupported}: {told.known(estimate.unsupported ?? '')}
            </p>
          )}
          <Verdict decision={estimate.decision} />
        </div>
      )}
    </Dialog>
  );
}
