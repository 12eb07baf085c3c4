// The form of own prices: of tokens and of hosting. It holds all that counts, and asks back before it sets them.
import { ActionIcon, Button, NativeSelect } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useChange } from '../api/ask';
import { type Category, SetRatesDocument } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { exact, moment } from '../ui/format';
import { cpuName } from '../ui/names';
import { Doubtful, NumberField, useDoubt } from '../ui/number-field';
import { names, text } from '../ui/text';
import { useWhen, WhenField } from '../ui/when-field';
import { localZone } from '../ui/zone';
import { Question, type useForm } from './card';
import {
  BOUNDS,
  type Changed,
  changesOf,
  type Hosting,
  type Prices,
  type Problems,
  type RateCard,
  readPrices,
  TOKENS,
  type Token,
  tokensOf,
  weighed,
} from './own-prices';
import { desk } from './text';

const t = desk.prices;
const CLASSES = TOKENS.slice(2);
const NONE: Problems = { tokens: {}, hosting: [] };
const GROUPS: readonly Category[] = ['MODELS', 'SCRIPTS', 'GUARDRAILS'];

/** What a price of hosting is of, in words. */
export const hostingName = ({ category, name }: { category: Category; name: string }) =>
  category === 'GUARDRAILS' ? cpuName(name) : name;

interface PriceFormProps {
  /** The model that the prices are of; '': the whole account. */
  model: string;
  /** What they are of, in words. */
  name: string;
  before: Prices;
  card: RateCard;
  /** What can have a price of hosting, with the rate card's. */
  offered: Hosting[];
  form: ReturnType<typeof useForm>;
}

/** The fields and their button. Begins with `before`: given another key it begins again. */
export function PriceForm({ model, name, before, card, offered, form }: PriceFormProps) {
  const [typed, setTyped] = useState(before);
  const from = useWhen('minute');
  const [asking, setAsking] = useState<{ prices: Prices; at: string | null } | null>(null);
  const [problems, setProblems] = useState(NONE);
  const [same, setSame] = useState(false);
  const doubt = useDoubt();
  const send = useSetting(model, form);
  const change = (next: Prices) => {
    form.clear();
    doubt.forget();
    setSame(false);
    setTyped(next);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    form.clear();
    const read = readPrices(typed);
    setProblems(read.problems);
    const changed = read.prices && changesOf(before, read.prices).length > 0;
    setSame(read.prices !== null && !changed);
    const { value: at, problem } = from.read();
    if (!read.prices || !changed || problem !== null) return;
    const unit = text.units.credits;
    if (doubt.passes(...weighed(before, read.prices, card).map((one) => ({ ...one, unit }))))
      setAsking({ prices: read.prices, at });
  };
  return (
    <form onSubmit={submit} className="stack" noValidate>
      <TokenFields typed={typed} problems={problems} onType={change} />
      <HostingFields typed={typed} problems={problems} offered={offered} onType={change} />
      <WhenField label={t.from} description={t.fromHint} when={from} />
      {same && <p role="alert">{t.unchanged}</p>}
      <Doubtful doubt={doubt} />
      <div className="dialog-foot">
        <Button type="submit">{t.review}</Button>
      </div>
      {asking && (
        <Question
          title={t.ask(name)}
          yes={t.yes}
          busy={form.busy}
          onNo={() => setAsking(null)}
          onYes={() => void send(asking.prices, asking.at).then(() => setAsking(null))}
        >
          {changesOf(before, asking.prices).map((changed) => (
            <p key={JSON.stringify(changed.of)}>{t.change(nameOf(changed), told(changed.was), told(changed.is))}</p>
          ))}
          <p>
            {t.from}: {asking.at ? moment(asking.at, localZone()) : t.soon}
          </p>
        </Question>
      )}
    </form>
  );
}

const nameOf = ({ of }: Changed) => (typeof of === 'string' ? t.tokens[of] : hostingName(of));
const told = (value: string | null) => (value === null ? t.card : text.units.amount.MODEL_CREDITS(exact(value)));

// Sends prices that were asked back.
function useSetting(model: string, form: PriceFormProps['form']) {
  const { account } = usePlace();
  const [change] = useChange(SetRatesDocument, (d) => d.setRates);
  return (prices: Prices, from: string | null) => {
    const input = { accountId: account.id, modelId: model || null, from, tokens: tokensOf(prices) };
    return form.send(change({ input: { ...input, hosting: prices.hosting, idempotencyKey: form.key } }));
  };
}

interface FieldsProps {
  typed: Prices;
  problems: Problems;
  onType: (typed: Prices) => void;
}

// Classes of tokens stand aside, since they mostly cost what their parent costs.
function TokenFields({ typed, problems, onType }: FieldsProps) {
  const field = (token: Token) => (
    <NumberField
      key={token}
      label={t.perMillion[token]}
      typed={typed.tokens[token]}
      bounds={BOUNDS}
      problem={problems.tokens[token]}
      onType={(value) => onType({ ...typed, tokens: { ...typed.tokens, [token]: value } })}
    />
  );
  const [open, setOpen] = useState(CLASSES.some((token) => typed.tokens[token] !== ''));
  return (
    <>
      <div className="two-fields">{TOKENS.slice(0, 2).map(field)}</div>
      <details className="more-fields" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t.classes}</summary>
        <div className="two-fields">{CLASSES.map(field)}</div>
      </details>
    </>
  );
}

function HostingFields({ typed, problems, offered, onType }: FieldsProps & { offered: Hosting[] }) {
  const { hosting } = typed;
  const set = (next: Hosting[]) => onType({ ...typed, hosting: next });
  const keyOf = ({ category, name }: Hosting) => `${category} ${name}`;
  const free = offered.filter((one) => !hosting.some((other) => keyOf(other) === keyOf(one)));
  // What is chosen stays on offer, also where the card has it no more.
  const choices = (mine: Hosting) =>
    GROUPS.map((category) => ({
      group: names.category[category],
      items: [...(free.some((one) => keyOf(one) === keyOf(mine)) ? [] : [mine]), ...free]
        .filter((one) => one.category === category)
        .map((one) => ({ value: keyOf(one), label: hostingName(one) })),
    })).filter(({ items }) => items.length > 0);
  const cardRate = (one: Hosting) => offered.find((other) => keyOf(other) === keyOf(one))?.rate;
  return (
    <fieldset className="price-rows">
      <legend>{t.hostingTitle}</legend>
      <p className="hint">
        {t.hostingHelp} {offered.some(({ category }) => category === 'GUARDRAILS') && t.guardrailsHelp}
      </p>
      {hosting.map((one, i) => (
        <div className="price-row" key={keyOf(one)}>
          <NativeSelect
            label={t.hardware}
            value={keyOf(one)}
            data={choices(one)}
            onChange={(event) => {
              const chosen = free.find((other) => keyOf(other) === event.currentTarget.value);
              if (chosen) set(hosting.with(i, { ...chosen, rate: one.rate }));
            }}
          />
          <NumberField
            label={
              <>
                {t.hourly}{' '}
                <small>{cardRate(one) === undefined ? t.goneFromCard : t.onCard(exact(cardRate(one)!))}</small>
              </>
            }
            typed={one.rate}
            bounds={BOUNDS}
            problem={problems.hosting[i]}
            onType={(rate) => set(hosting.with(i, { ...one, rate }))}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={t.drop(hostingName(one))}
            title={t.drop(hostingName(one))}
            onClick={() => set(hosting.toSpliced(i, 1))}
          >
            <IconTrash size={18} />
          </ActionIcon>
        </div>
      ))}
      <Button
        variant="default"
        size="xs"
        disabled={free.length === 0}
        onClick={() => set([...hosting, { ...free[0]!, rate: '' }])}
      >
        {t.add}
      </Button>
    </fieldset>
  );
}
