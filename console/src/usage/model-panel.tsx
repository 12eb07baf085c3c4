// The drill-down of a model: its deployment records.
import { Link } from 'react-router';
import { useAsk } from '../api/ask';
import { ModelPanelDocument, type ModelPanelQuery } from '../gql/graphql';
import { usePaths } from '../shell/paths';
import { rangeName } from '../ui/date-filter';
import { Exact } from '../ui/exact';
import { Facts } from '../ui/figures';
import { exact, NONE } from '../ui/format';
import { Instant } from '../ui/instant';
import { More } from '../ui/more';
import { Panel } from '../ui/panel';
import { Answered, Empty } from '../ui/states';
import { StatusMark } from '../ui/status';
import { type Column, Table } from '../ui/table';
import { names, text } from '../ui/text';
import { told } from '../ui/told';
import { Delta } from './delta';
import { PageLink } from './page-link';
import { usePeriod } from './period';
import type { PanelProps } from './tab';

const t = text.models;

type Model = Extract<NonNullable<ModelPanelQuery['node']>, { __typename: 'Model' }>;
type Row = Model['deployments']['edges'][number];

/** The panel of the model that the URL names. */
export function ModelPanel({ id, range, zone, onClose }: PanelProps) {
  const { compare } = usePeriod();
  const answer = useAsk(ModelPanelDocument, { id: id ?? '', range, compare, first: 100 }, id === null);
  const of = ({ node }: NonNullable<typeof answer.data>) =>
    node === null || node === undefined ? null : node.__typename === 'Model' && node.id === id ? node : undefined;
  const model = id !== null && answer.data ? of(answer.data) : null;
  return (
    <Panel opened={id !== null} onClose={onClose} title={model?.name ?? '…'} wide>
      {id !== null && (
        <Answered answer={answer} of={of}>
          {(found) => <Records model={found} zone={zone} />}
        </Answered>
      )}
    </Panel>
  );
}

const CHANGE: Column<Row> = {
  key: 'change',
  title: text.answers.compare.column,
  right: true,
  cell: ({ creditsUsedChange }) => <Delta change={creditsUsedChange} unit={text.units.credits} />,
};

function columns(zone: string, compared: boolean): Column<Row>[] {
  return [
    {
      key: 'name',
      title: t.deployment,
      cell: ({ node }) => (
        <span className="name">
          {node.name}
          <small>
            {node.hardware} · {t.replicas(node.replicas)}
          </small>
        </span>
      ),
    },
    { key: 'type', title: t.type, cell: ({ node }) => names.deploymentType[node.type] },
    {
      key: 'used',
      title: t.used,
      right: true,
      cell: ({ creditsUsed }) => <Exact value={creditsUsed} unit={text.units.credits} />,
    },
    ...(compared ? [CHANGE] : []),
    { key: 'updated', title: t.updated, cell: ({ node }) => <Instant at={node.lastUpdatedOn} zone={zone} /> },
    {
      key: 'status',
      title: t.status,
      cell: ({ node }) => (
        <>
          <StatusMark status={node.status} pending={node.pending} />
          {node.reason && <small className="reason">{told.known(node.reason)}</small>}
        </>
      ),
    },
  ];
}

function Records({ model, zone }: { model: Model; zone: string }) {
  const { choice, versus } = usePeriod();
  const paths = usePaths();
  const { edges, totalCount } = model.deployments;
  return (
    <>
      <p className="hint">{text.panel.inRange(rangeName(choice))}</p>
      <Facts
        items={[
          [t.type, names.modelType[model.type]],
          [t.parameters, model.parametersBillions ? t.billions(exact(model.parametersBillions)) : NONE],
          [
            t.input,
            <>
              <Exact value={model.inputRate} show={exact} /> {t.perMillion}
            </>,
          ],
          [
            t.output,
            <>
              <Exact value={model.outputRate} show={exact} /> {t.perMillion}
            </>,
          ],
          [t.deployed, <Instant at={model.lastDeployedOn} zone={zone} />],
        ]}
      />
      <h3>{t.deployments}</h3>
      <Table
        takes
        caption={t.deployments}
        columns={columns(zone, versus !== null)}
        rows={edges}
        keyOf={({ node }) => node.id}
        empty={<Empty title={t.noDeployments} />}
      />
      <More shown={edges.length} total={totalCount} />
      <p className="panel-links">
        <PageLink tab="models" id={model.id} />
        <Link to={paths.billing('pricing')}>{text.scripts.priced}</Link>
      </p>
    </>
  );
}
