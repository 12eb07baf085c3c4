// Prices of the account's own: of one model, or of all it uses.
import { Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useChange, useParts } from '../api/ask';
import { newKey } from '../api/key';
import { OwnPricesDocument, type OwnPricesQuery, SetRatesDocument } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Dialog } from '../ui/form';
import { exact, NONE } from '../ui/format';
import { Instant } from '../ui/instant';
import { ModelChoice } from '../ui/model-choice';
import { NumberField } from '../ui/number-field';
import { Empty, Failed, isStale, Missing, Stale, Unread, Waiting } from '../ui/states';
import { type Column, Table } from '../ui/table';
import { text } from '../ui/text';
import { readTyped } from '../ui/typed';
import { atWall, localZone } from '../ui/zone';
import { Card, useForm } from './card';
import { desk } from './text';

const t = desk.prices;
type Account = NonNullable<OwnPricesQuery['account']>;
type Own = Account['ownRates'][number];

/** The page. The prices so far and the models stand for themselves; without the former nothing can be set. */
export function Prices() {
  const { account } = usePlace();
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search.trim(), 250);
  const { data, fault, again, failed, broken } = useParts(OwnPricesDocument, {
    account: account.id,
    search: asked || null,
  });
  const found = data?.account;
  const stale = isStale({ data: found ?? undefined, fault });
  const whole = stale ? null : (fault ?? (found && !found.ownRates ? broken : null));
  if (whole || !found?.ownRates)
    return (
      <div className="card">
        {whole ? <Failed fault={whole} again={again} /> : data ? <Missing /> : <Waiting lines={8} />}
      </div>
    );
  const { ownRates, models } = found;
  return (
    <div className="desk">
      {fault && <Stale fault={fault} again={again} />}
      <PriceForm own={ownRates} models={models} search={search} onSearch={setSearch}>
        {!models && <Unread what={t.noModels} fault={failed('models')} again={again} />}
      </PriceForm>
      <section className="card table-card desk-wide" aria-label={t.list}>
        <div className="card-head">
          <h2>{t.list}</h2>
        </div>
        <Table
          takes
          caption={t.list}
          columns={COLUMNS}
          rows={ownRates}
          keyOf={(own) => `${own.modelId} ${own.from}`}
          empty={<Empty title={t.none} help={t.noneHelp} />}
        />
      </section>
    </div>
  );
}

const rate = (value: string | null | undefined) => (value ? exact(value) : NONE);

const COLUMNS: Column<Own>[] = [
  { key: 'of', title: t.of, cell: (own) => <span className="name">{own.modelName ?? t.account}</span> },
  { key: 'input', title: t.inputRate, right: true, cell: ({ tokens }) => rate(tokens.inputRate) },
  { key: 'output', title: t.outputRate, right: true, cell: ({ tokens }) => rate(tokens.outputRate) },
  {
    key: 'hosting',
    title: t.hosting,
    cell: ({ hosting }) => hosting.map((each) => `${each.name} ${exact(each.rate)}`).join(', ') || NONE,
  },
  { key: 'from', title: t.since, cell: ({ from }) => <Instant at={from} zone={localZone()} timed /> },
  { key: 'set', title: t.set, cell: ({ setAt }) => <Instant at={setAt} zone={localZone()} timed /> },
];

const BOUNDS = { least: '0', most: '1000000' };
type Rate = 'inputRate' | 'outputRate';
const RATES = [
  ['inputRate', t.input, t.inputRate],
  ['outputRate', t.output, t.outputRate],
] as const;

// The own rates that count last for what is chosen: what the form changes from.
function latest(rates: Own[], model: string): Own | undefined {
  return rates
    .filter((own) => (own.modelId ?? '') === model)
    .sort((a, b) => Date.parse(b.from) - Date.parse(a.from))[0];
}

// The rates of classes of tokens, which the form does not change: setting rates sets all of them.
function classesOf(tokens: Own['tokens'] | undefined) {
  const { cacheReadRate = null, cacheWriteRate = null, reasoningRate = null } = tokens ?? {};
  return Object.fromEntries(
    Object.entries({ cacheReadRate, cacheWriteRate, reasoningRate }).filter(([, value]) => value !== null),
  );
}

const WHOLE = [{ id: '', name: t.account }];

interface PriceFormProps {
  own: Own[];
  models: Account['models'] | null;
  /** What narrows the models, which are a hundred at most. */
  search: string;
  onSearch: (typed: string) => void;
  children: ReactNode;
}

function PriceForm({ own: rates, models: found, search, onSearch, children }: PriceFormProps) {
  const { account } = usePlace();
  const models = found?.edges.map(({ node }) => node) ?? [];
  const [chosen, setChosen] = useState<{ id: string; name: string } | null>(null);
  const model = chosen?.id ?? models[0]?.id ?? '';
  const [typed, setTyped] = useState<Record<Rate, string>>({ inputRate: '', outputRate: '' });
  const [from, setFrom] = useState('');
  const [asking, setAsking] = useState<Partial<Record<Rate, string>> | null>(null);
  const [problems, setProblems] = useState<Partial<Record<Rate, string | null>>>({});
  const [key, setKey] = useState(newKey);
  const [change, busy] = useChange(SetRatesDocument, (d) => d.setRates);
  const { take, clear, note } = useForm(t.saved);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    clear();
    const read = RATES.map(([name]) => [name, typed[name].trim() ? readTyped(typed[name], BOUNDS) : null] as const);
    setProblems(Object.fromEntries(read.map(([name, value]) => [name, value?.problem ?? null])));
    if (read.some(([, value]) => value?.problem)) return;
    setAsking(Object.fromEntries(read.flatMap(([name, value]) => (value?.value ? [[name, value.value]] : []))));
  };
  const before = latest(rates, model);
  const send = async (tokens: Partial<Record<Rate, string>>) => {
    const at = from ? atWall(from.slice(0, 10), minutesOf(from.slice(11)), localZone()).toISOString() : null;
    const own = { ...classesOf(before?.tokens), ...tokens };
    const empty = Object.keys(own).length === 0;
    const input = { accountId: account.id, modelId: model || null, from: at, tokens: empty ? null : own };
    const hosting = (before?.hosting ?? []).map(({ category, name, rate: of }) => ({
      category,
      name,
      rate: of,
    }));
    const taken = take(await change({ input: { ...input, hosting, idempotencyKey: key } }));
    setAsking(null);
    setKey(newKey());
    if (taken) setTyped({ inputRate: '', outputRate: '' });
  };
  const name = chosen?.name ?? models[0]?.name ?? t.account;
  const was = before?.tokens;
  return (
    <Card title={t.title}>
      <form onSubmit={submit} className="stack" noValidate>
        <p className="hint">{t.lead}</p>
        <ModelChoice
          label={t.of}
          found={found && { totalCount: found.totalCount, models }}
          besides={WHOLE}
          search={search}
          onSearch={onSearch}
          value={model}
          onChoose={setChosen}
        />
        {children}
        <div className="two-fields">
          {RATES.map(([rateName, label]) => (
            <NumberField
              key={rateName}
              label={label}
              typed={typed[rateName]}
              bounds={BOUNDS}
              problem={problems[rateName]}
              onType={(value) => setTyped((before) => ({ ...before, [rateName]: value }))}
            />
          ))}
        </div>
        <TextInput
          type="datetime-local"
          label={t.from}
          description={t.fromHint}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        {note}
        <div className="dialog-foot">
          <Button type="submit">{t.review}</Button>
        </div>
      </form>
      {asking && (
        <Dialog
          opened
          title={t.ask(name)}
          submit={t.yes}
          busy={busy}
          refused={null}
          onClose={() => setAsking(null)}
          onSubmit={() => void send(asking)}
        >
          {RATES.map(([rateName, , short]) => (
            <p key={rateName}>{t.change(short, told(was?.[rateName]), told(asking[rateName]))}</p>
          ))}
          <p>
            {t.from}: {from ? from.replace('T', ' ') : t.soon}
          </p>
        </Dialog>
      )}
    </Card>
  );
}

const told = (value: string | null | undefined) => (value ? `${exact(value)} ${text.units.credits}` : t.card);

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
