// The Models tab; a row opens the model's deployments.
import { type ModelSortField, type ModelType, ModelsTabDocument, type ModelsTabQuery } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Count, Exact } from '../ui/exact';
import { Figures } from '../ui/figures';
import { Instant } from '../ui/instant';
import { List, readOrder } from '../ui/list';
import { useOpening } from '../ui/panel';
import { useParameters } from '../ui/params';
import { Choices, readChoices, Search } from '../ui/search';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { ModelPanel } from './model-panel';
import { Nothing } from './nothing';
import { usePeriod } from './period';
import { Refreshed } from './tools';

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
  const { account } = usePlace();
  const { zone, range } = usePeriod();
  const [params] = useParameters();
  const { open, show, close } = useOpening();
  const order = readOrder(params, FIELDS, USUAL);
  const type = readChoices(params, 'type', TYPES);
  const search = params.get('q');
  return (
    <>
      <List
        document={ModelsTabDocument}
        connection={(data) => data.account?.models}
        caption={t.caption}
        columns={columns(zone)}
        keyOf={({ node }) => node.id}
        order={order}
        usualOrder={USUAL}
        empty={<Nothing of="models" filtered={type.length > 0 || Boolean(search)} />}
        opened={open}
        onOpen={({ node }) => show(node.id)}
        variables={(page) => ({
          account: account.id,
          range,
          filter: { search, type: type.length ? type : null },
          sort: order,
          ...page,
        })}
        head={(data, answer) => (
          <>
            <Refreshed again={answer.again} />
            <Sums totals={data?.account?.models.totals} />
            <p className="hint">{text.usage.behaviour.models}</p>
            <div className="filters">
              <Search />
              <Choices name="type" label={t.type} offered={TYPES} titles={names.modelType} />
            </div>
          </>
        )}
      />
      <ModelPanel id={open} range={range} zone={zone} onClose={close} />
    </>
  );
}

function Sums({ totals }: { totals: NonNullable<ModelsTabQuery['account']>['models']['totals'] | undefined }) {
  const credits = (value: string | undefined) =>
    value !== undefined && <Exact value={value} unit={text.units.credits} />;
  return (
    <Figures
      items={[
        { name: t.total, value: totals && <Count value={totals.totalModels} />, main: true },
        { name: t.credits, value: totals && credits(totals.totalCredits), main: true },
        { name: t.fineTuning, value: totals && credits(totals.fineTuningCredits) },
        { name: t.hosting, value: totals && credits(totals.hostingCredits) },
        { name: t.inference, value: totals && credits(totals.inferenceCredits) },
      ]}
    />
  );
}
