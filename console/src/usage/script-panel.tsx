// The panel of a script: the hosting infrastructure used in the period, and what it cost.
import { Link } from 'react-router';
import { useAsk } from '../api/ask';
import { ScriptPanelDocument, type ScriptPanelQuery } from '../gql/graphql';
import { usePaths } from '../shell/paths';
import { rangeName } from '../ui/date-filter';
import { Count, Exact } from '../ui/exact';
import { Facts } from '../ui/figures';
import { exact, NONE } from '../ui/format';
import { Instant } from '../ui/instant';
import { Panel } from '../ui/panel';
import { Answered, Empty } from '../ui/states';
import { StatusMark } from '../ui/status';
import { type Column, Table } from '../ui/table';
import { names, text } from '../ui/text';
import { told } from '../ui/told';
import { Lasting } from './lasting';
import { PageLink } from './page-link';
import { usePeriod } from './period';
import type { PanelProps } from './tab';

const t = text.scripts;

type Script = Extract<NonNullable<ScriptPanelQuery['node']>, { __typename: 'Script' }>;
type Component = Script['panel']['components'][number];

/** The panel of the script that the URL names: the hosting infrastructure. */
export function ScriptPanel({ id, range, zone, onClose }: PanelProps) {
  const answer = useAsk(ScriptPanelDocument, { id: id ?? '', range }, id === null);
  const of = ({ node }: NonNullable<typeof answer.data>) =>
    node === null || node === undefined ? null : node.__typename === 'Script' && node.id === id ? node : undefined;
  const script = id !== null && answer.data ? of(answer.data) : null;
  return (
    <Panel opened={id !== null} onClose={onClose} title={script?.panel.name ?? '…'}>
      {id !== null && (
        <Answered answer={answer} of={of}>
          {(found) => <Detail script={found} zone={zone} />}
        </Answered>
      )}
    </Panel>
  );
}

const COMPONENTS: Column<Component>[] = [
  { key: 'vcpus', title: t.vcpus, cell: (row) => <Count value={row.vcpus} /> },
  { key: 'memory', title: t.memory, cell: (row) => t.gb(row.memoryGb) },
  { key: 'time', title: t.time, right: true, cell: (row) => <Lasting span={row.hostingTime} /> },
  {
    key: 'credits',
    title: t.used,
    right: true,
    cell: (row) => <Exact value={row.credits} unit={text.units.credits} />,
  },
];

function Detail({ script, zone }: { script: Script; zone: string }) {
  const { choice } = usePeriod();
  const paths = usePaths();
  return (
    <>
      <p className="hint">{text.panel.inRange(rangeName(choice))}</p>
      <Facts
        items={[
          [
            t.status,
            <span className="explained">
              <StatusMark status={script.status} />
              <Link to={`${paths.billing('script-statuses')}#${script.status}`}>{t.learn}</Link>
            </span>,
          ],
          [t.language, `${names.language[script.language]} (${script.languageVersion})`],
          [
            t.rate,
            script.ratePerHour ? (
              <>
                <Exact value={script.ratePerHour} show={exact} /> {text.panel.perHour}
              </>
            ) : (
              NONE
            ),
          ],
          [t.active, <Instant at={script.lastActiveOn} zone={zone} timed />],
          ...(script.endpoint ? [[t.endpoint, <code>{script.endpoint}</code>] as [string, React.ReactNode]] : []),
          ...(script.reason ? [[text.panel.reason, told.known(script.reason)] as [string, string]] : []),
        ]}
      />
      <h3>{t.infrastructure}</h3>
      <Table
        takes
        caption={t.infrastructure}
        columns={COMPONENTS}
        rows={script.panel.components}
        keyOf={(row) => row.hardware}
        empty={<Empty title={t.nothing} />}
      />
      <p className="total">
        <span>{t.time}</span>{' '}
        <b>
          <Lasting span={script.panel.hostingTime} />
        </b>
      </p>
      <p className="total" data-figure={t.sum}>
        <span>{t.sum}</span>{' '}
        <b>
          <Exact value={script.panel.total} unit={text.units.credits} />
        </b>
      </p>
      <p className="panel-links">
        <PageLink tab="scripts" id={script.id} />
        <Link to={paths.billing('pricing')}>{t.priced}</Link>
      </p>
    </>
  );
}
