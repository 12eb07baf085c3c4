// What a rate card would have made of real use.
import type { RateChangeFieldsFragment, RateCostFieldsFragment, RatePreviewQuery } from '../gql/graphql';
import { count, exact, NONE } from '../ui/format';
import { type Column, Table } from '../ui/table';
import { names, text } from '../ui/text';
import { rates as t } from './text';

type Preview = RatePreviewQuery['previewRateCard'];
type Line = { key: string; name: string; cost: RateCostFieldsFragment };

const amount = (value: string) => <span className="num">{exact(value)}</span>;
const columns = (title: string): Column<Line>[] => [
  { key: 'name', title, cell: (line) => <span className="name">{line.name}</span> },
  { key: 'was', title: t.cost, right: true, cell: ({ cost }) => amount(cost.was) },
  { key: 'would', title: t.would, right: true, cell: ({ cost }) => amount(cost.would) },
  { key: 'difference', title: t.difference, right: true, cell: ({ cost }) => amount(cost.difference) },
];

/** The answer: by category, then the accounts that change most. */
export function PreviewTables({ preview }: { preview: Preview }) {
  const categories = preview.categories.map(({ category, cost }) => ({
    key: category,
    name: names.category[category],
    cost,
  }));
  const accounts = preview.accounts.map(({ accountId, name, cost }) => ({ key: accountId, name, cost }));
  return (
    <div className="stack">
      <p className="hint">
        {t.previewed(count(preview.events))}{' '}
        {preview.changedAccounts > 0 ? t.changed(preview.changedAccounts) : t.unchanged}.
      </p>
      {preview.unknown.length > 0 && <p className="hint">{t.unknown(preview.unknown.join(', '))}</p>}
      <Table
        takes
        caption={t.preview}
        columns={columns(t.category)}
        rows={[...categories, { key: 'total', name: t.total, cost: preview.total }]}
        keyOf={(line) => line.key}
        empty={null}
      />
      <Table
        takes
        caption={t.account}
        columns={columns(t.account)}
        rows={accounts}
        keyOf={(line) => line.key}
        empty={null}
      />
    </div>
  );
}

const LISTS: Record<string, string> = {
  models: text.pricing.models,
  scripts: text.pricing.scripts,
  guardrails: text.pricing.guardrails,
  scanners: text.pricing.scanners,
  inference: text.pricing.inference,
  fineTuning: text.pricing.fineTuning,
};

function itemOf({ list, name }: RateChangeFieldsFragment): string {
  const of = LISTS[list] ?? list;
  return name ? `${of}: ${name}` : of;
}

const CHANGES: Column<RateChangeFieldsFragment>[] = [
  { key: 'item', title: t.item, cell: (c) => <span className="name">{itemOf(c)}</span> },
  { key: 'field', title: t.field, cell: (c) => <code>{c.field}</code> },
  { key: 'before', title: t.was, right: true, cell: (c) => c.before ?? NONE },
  { key: 'after', title: t.will, right: true, cell: (c) => c.after ?? NONE },
];

/** The figures that differ. */
export function Changes({ changes }: { changes: RateChangeFieldsFragment[] }) {
  return (
    <Table
      takes
      caption={t.differences}
      columns={CHANGES}
      rows={changes}
      keyOf={(c) => `${c.list}/${c.name}/${c.field}`}
      empty={<p className="hint pad">{t.same}</p>}
    />
  );
}
