// The Models tab; a row opens the model's deployments.
import { type ModelSortField, ModelsTabDocument, type ModelsTabQuery, type ModelType } from '../gql/graphql';
import { Count, Exact } from '../ui/exact';
import type { Figure } from '../ui/figures';
import { Instant } from '../ui/instant';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { type Change, Delta } from './delta';
import { ModelPanel } from './model-panel';
import { Tab } from './tab';

const t = text.models;
const FIELDS: readonly ModelSortField[] = ['NAME', 'TYPE', 'CREDITS_USED', 'LAST_DEPLOYED_ON'];
const TYPES: readonly ModelType[] = ['BASE', 'FINE_TUNED'];
const USUAL = { field: 'CREDITS_USED', direction: 'DESC' } as const;

type Row = NonNullable<ModelsTabQuery['account']>['models']['edges'][number];

function columns(zone: string): Column<Row>[] {
  return [
    {
      key: 'name',
      title: t.name,
      sort: 'NAME',
      cell: ({ node }) => (
        <span className="name">
          {node.name}
          {node.deletedAt && <em className="tag">{t.deleted}</em>}
        </span>
      ),
    },
    { key: 'type', title: t.type, sort: 'TYPE', cell: ({ node }) => names.modelType[node.type] },
    {
      key: 'used',
      title: t.used,
      sort: 'CREDITS_USED',
      right: true,
      cell: ({ creditsUsed }) => <Exact value={creditsUsed} unit={text.units.credits} />,
    },
    {
      key: 'deployed',
      title: t.deployed,
      sort: 'LAST_DEPLOYED_ON',
      begins: 'DESC',
      cell: ({ node }) => <Instant at={node.lastDeployedOn} zone={zone} />,
    },
  ];
}

/** Models and what they cost in the period. */
export default function Models() {
  return (
    <Tab
      of="models"
      document={ModelsTabDocument}
      connection={(data) => data.account?.models}
      caption={t.caption}
      columns={columns}
      keyOf={({ node }) => node.id}
      use={({ creditsUsed }) => creditsUsed}
      all={({ totals }) => totals.totalCredits}
      change={({ creditsUsedChange }) => creditsUsedChange}
      beside="used"
      fields={FIELDS}
      usual={USUAL}
      choice={{ name: 'type', label: t.type, offered: TYPES, titles: names.modelType }}
      figures={(models) => sums(models?.totals)}
      hint={text.usage.behaviour.models}
      panel={ModelPanel}
    />
  );
}

function sums(totals: NonNullable<ModelsTabQuery['account']>['models']['totals'] | undefined): Figure[] {
  const credits = (name: string, value: string | undefined, change: Change | null | undefined): Figure => ({
    name,
    value: value !== undefined && <Exact value={value} unit={text.units.credits} />,
    change: <Delta change={change} unit={text.units.credits} />,
  });
  return [
    { name: t.total, value: totals && <Count value={totals.totalModels} />, main: true },
    { ...credits(t.credits, totals?.totalCredits, totals?.totalCreditsChange), main: true },
    credits(t.fineTuning, totals?.fineTuningCredits, totals?.fineTuningCreditsChange),
    credits(t.hosting, totals?.hostingCredits, totals?.hostingCreditsChange),
    credits(t.inference, totals?.inferenceCredits, totals?.inferenceCreditsChange),
  ];
}
