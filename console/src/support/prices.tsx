// Prices of the account's own: of one model, or of all it uses.
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useAsk, useParts } from '../api/ask';
import { OwnPriceCardDocument, OwnPricesDocument, type OwnPricesQuery } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { exact, NONE } from '../ui/format';
import { Instant } from '../ui/instant';
import { ModelChoice } from '../ui/model-choice';
import { useNow } from '../ui/now';
import { Empty, Failed, isStale, Missing, Stale, Unread, Waiting } from '../ui/states';
import { type Column, Table } from '../ui/table';
import { localZone } from '../ui/zone';
import { Card, useForm } from './card';
import { hostable, type Model, type Own, startOf, TOKENS } from './own-prices';
import { hostingName, PriceForm } from './price-form';
import { desk } from './text';

const t = desk.prices;
type Account = NonNullable<OwnPricesQuery['account']>;

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
        {whole ? <Failed fault={whole} again={again} /> : data ? <Missing /> : <Waiting lines={20} />}
      </div>
    );
  const { ownRates, models } = found;
  return (
    <div className="desk">
      {fault && <Stale fault={fault} again={again} />}
      <Setting own={ownRates} models={models} search={search} onSearch={setSearch}>
        {!models && <Unread what={t.noModels} fault={failed('models')} again={again} />}
      </Setting>
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

// The classes that have rates of their own.
const classesOf = (tokens: Own['tokens']) =>
  TOKENS.slice(2)
    .flatMap((token) => (tokens[token] ? [`${t.tokens[token]} ${exact(tokens[token])}`] : []))
    .join(', ');

const COLUMNS: Column<Own>[] = [
  { key: 'of', title: t.of, cell: (own) => <span className="name">{own.modelName ?? t.account}</span> },
  { key: 'input', title: t.tokens.inputRate, right: true, cell: ({ tokens }) => rate(tokens.inputRate) },
  { key: 'output', title: t.tokens.outputRate, right: true, cell: ({ tokens }) => rate(tokens.outputRate) },
  { key: 'classes', title: t.classes, cell: ({ tokens }) => classesOf(tokens) || NONE },
  {
    key: 'hosting',
    title: t.hosting,
    cell: ({ hosting }) => hosting.map((each) => `${hostingName(each)} ${exact(each.rate)}`).join(', ') || NONE,
  },
  { key: 'from', title: t.since, cell: ({ from }) => <Instant at={from} zone={localZone()} timed /> },
  { key: 'set', title: t.set, cell: ({ setAt }) => <Instant at={setAt} zone={localZone()} timed /> },
];

const WHOLE = [{ id: '', name: t.account }];

interface ChoiceProps {
  own: Own[];
  models: Account['models'] | null;
  /** What narrows the models, which are a hundred at most. */
  search: string;
  onSearch: (typed: string) => void;
  children: ReactNode;
}

// What prices are set of, and the form. Without the rate card it is not known what they would change.
function Setting({ own, models: found, search, onSearch, children }: ChoiceProps) {
  const models = found?.edges.map(({ node }) => node) ?? [];
  const [chosen, setChosen] = useState<Model | null | undefined>(undefined); // null: the account, undefined: not yet
  const model = chosen === undefined ? (models[0] ?? null) : chosen;
  const fresh = models.find(({ id }) => id === model?.id) ?? model;
  const { data, fault, again } = useAsk(OwnPriceCardDocument, {});
  const form = useForm(t.saved);
  const now = useNow();
  const card = data?.rateCard;
  const before = card && startOf(own, fresh, card, now);
  return (
    <Card title={t.title}>
      <div className="stack">
        <p className="hint">{t.lead}</p>
        <ModelChoice
          label={t.of}
          found={found && { totalCount: found.totalCount, models }}
          besides={WHOLE}
          search={search}
          onSearch={onSearch}
          value={fresh?.id ?? ''}
          onChoose={({ id }) => {
            form.clear();
            // What is chosen stays on offer, though a search leaves it out.
            setChosen(id === '' ? null : (models.find((one) => one.id === id) ?? model));
          }}
        />
        {children}
        {card && before ? (
          <PriceForm
            key={JSON.stringify([fresh?.id, before])}
            model={fresh?.id ?? ''}
            name={fresh?.name ?? t.account}
            before={before}
            card={card}
            offered={hostable(card, fresh !== null)}
            form={form}
          />
        ) : fault ? (
          <Unread what={t.noCard} fault={fault} again={again} />
        ) : (
          <Waiting lines={14} />
        )}
        {form.note}
      </div>
    </Card>
  );
}
