// The panel of a guardrail: the hardware used in the period, and what it cost.
import { Link } from 'react-router';
import { useAsk } from '../api/ask';
import { GuardrailPanelDocument, type GuardrailPanelQuery } from '../gql/graphql';
import { usePaths } from '../shell/paths';
import { rangeName } from '../ui/date-filter';
import { Count, Exact } from '../ui/exact';
import { Facts } from '../ui/figures';
import { exact } from '../ui/format';
import { Instant } from '../ui/instant';
import { cpuName, scannerName } from '../ui/names';
import { Panel } from '../ui/panel';
import { Answered, Empty } from '../ui/states';
import { StatusMark } from '../ui/status';
import { type Column, Table } from '../ui/table';
import { text } from '../ui/text';
import { told } from '../ui/told';
import { Lasting } from './lasting';
import { PageLink } from './page-link';
import { usePeriod } from './period';
import type { PanelProps } from './tab';

const t = text.guardrails;

type Guardrail = Extract<NonNullable<GuardrailPanelQuery['node']>, { __typename: 'Guardrail' }>;
type Hardware = Guardrail['panel']['hardware'][number];

/** The panel of the guardrail that the URL names: the hardware used. */
export function GuardrailPanel({ id, range, zone, onClose }: PanelProps) {
  const answer = useAsk(GuardrailPanelDocument, { id: id ?? '', range }, id === null);
  const of = ({ node }: NonNullable<typeof answer.data>) =>
    node === null || node === undefined ? null : node.__typename === 'Guardrail' && node.id === id ? node : undefined;
  const guardrail = id !== null && answer.data ? of(answer.data) : null;
  return (
    <Panel opened={id !== null} onClose={onClose} title={guardrail?.panel.name ?? '…'}>
      {id !== null && (
        <Answered answer={answer} of={of}>
          {(found) => <Detail guardrail={found} zone={zone} />}
        </Answered>
      )}
    </Panel>
  );
}

const HARDWARE: Column<Hardware>[] = [
  { key: 'cpu', title: t.cpuType, cell: (row) => cpuName(row.cpu) },
  { key: 'cpus', title: t.cpus, right: true, cell: (row) => <Count value={row.cpuCount} /> },
  { key: 'time', title: t.used, right: true, cell: (row) => <Lasting span={row.duration} /> },
  {
    key: 'credits',
    title: t.creditsUsed,
    right: true,
    cell: (row) => <Exact value={row.credits} unit={text.units.credits} />,
  },
];

function Detail({ guardrail, zone }: { guardrail: Guardrail; zone: string }) {
  const { choice } = usePeriod();
  const paths = usePaths();
  const free = guardrail.cpuCount === 0;
  return (
    <>
      <p className="hint">{text.panel.inRange(rangeName(choice))}</p>
      <Facts
        items={[
          [t.status, <StatusMark status={guardrail.status} pending={guardrail.pending} />],
          [t.scanner, scannerName(guardrail.scannerKey)],
          [
            t.rate,
            free ? (
              t.free
            ) : (
              <>
                <Exact value={guardrail.ratePerHour} show={exact} /> {text.panel.perHour}
              </>
            ),
          ],
          [t.deployed, <Instant at={guardrail.lastDeployedOn} zone={zone} timed />],
          ...(guardrail.reason ? [[text.panel.reason, told.known(guardrail.reason)] as [string, string]] : []),
        ]}
      />
      <h3>{t.hardware}</h3>
      <Table
        takes
        caption={t.hardware}
        columns={HARDWARE}
        rows={guardrail.panel.hardware}
        keyOf={(row) => `${row.cpu} ${row.cpuCount}`}
        empty={<Empty title={free ? t.free : t.nothing} help={free ? t.freeHelp : undefined} />}
      />
      <p className="total" data-figure={t.sum}>
        <span>{t.sum}</span>{' '}
        <b>
          <Exact value={guardrail.panel.total} unit={text.units.credits} />
        </b>
      </p>
      <p className="panel-links">
        <PageLink tab="guardrails" id={guardrail.id} />
        <Link to={paths.billing('pricing')}>{text.scripts.priced}</Link>
      </p>
    </>
  );
}
