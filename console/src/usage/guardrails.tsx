// The Guardrails tab; a row opens the hardware used.
import {
  type GuardrailSortField,
  type GuardrailStatus,
  GuardrailsTabDocument,
  type GuardrailsTabQuery,
} from '../gql/graphql';
import { Count, Exact } from '../ui/exact';
import type { Figure } from '../ui/figures';
import { duration, NONE, spanned } from '../ui/format';
import { Instant } from '../ui/instant';
import { scannerName } from '../ui/names';
import { StatusMark } from '../ui/status';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { Delta } from './delta';
import { GuardrailPanel } from './guardrail-panel';
import { Lasting } from './lasting';
import { Tab } from './tab';

const t = text.guardrails;
const FIELDS: readonly GuardrailSortField[] = ['NAME', 'CREDITS', 'TIME', 'LAST_DEPLOYED_ON', 'STATUS'];
const STATUSES: readonly GuardrailStatus[] = ['DEPLOYED', 'UNDEPLOYED'];
const USUAL = { field: 'CREDITS', direction: 'DESC' } as const;

type Row = NonNullable<GuardrailsTabQuery['account']>['guardrails']['edges'][number];

function columns(zone: string): Column<Row>[] {
  return [
    {
      key: 'name',
      title: t.name,
      sort: 'NAME',
      cell: ({ node }) => (
        <span className="name">
          {node.name}
          <small>{scannerName(node.scannerKey)}</small>
        </span>
      ),
    },
    {
      key: 'credits',
      title: t.creditsColumn,
      sort: 'CREDITS',
      right: true,
      cell: ({ creditsUsed }) => <Exact value={creditsUsed} unit={text.units.credits} />,
    },
    {
      key: 'time',
      title: t.time,
      sort: 'TIME',
      right: true,
      cell: ({ time, node }) => (node.lastDeployedOn ? <Lasting span={time} /> : NONE),
    },
    {
      key: 'deployed',
      title: t.deployed,
      sort: 'LAST_DEPLOYED_ON',
      begins: 'DESC',
      cell: ({ node }) => <Instant at={node.lastDeployedOn} zone={zone} />,
    },
    {
      key: 'status',
      title: t.status,
      sort: 'STATUS',
      cell: ({ node }) => <StatusMark status={node.status} pending={node.pending} />,
    },
  ];
}

/** Guardrails and what they cost in the period. */
export default function Guardrails() {
  return (
    <Tab
      of="guardrails"
      document={GuardrailsTabDocument}
      connection={(data) => data.account?.guardrails}
      caption={t.caption}
      columns={columns}
      keyOf={({ node }) => node.id}
      use={({ creditsUsed }) => creditsUsed}
      all={({ totals }) => totals.totalCredits}
      change={({ creditsUsedChange }) => creditsUsedChange}
      beside="credits"
      fields={FIELDS}
      usual={USUAL}
      choice={{ name: 'status', label: t.status, offered: STATUSES, titles: names.status }}
      figures={(guardrails) => sums(guardrails?.totals)}
      hint={text.usage.behaviour.guardrails}
      panel={GuardrailPanel}
    />
  );
}

const lasted = (seconds: string) => duration(spanned(Number(seconds)));

function sums(totals: NonNullable<GuardrailsTabQuery['account']>['guardrails']['totals'] | undefined): Figure[] {
  return [
    { name: t.total, value: totals && <Count value={totals.totalGuardrails} />, main: true },
    {
      name: t.credits,
      value: totals && <Exact value={totals.totalCredits} unit={text.units.credits} />,
      change: <Delta change={totals?.totalCreditsChange} unit={text.units.credits} />,
      main: true,
    },
    {
      name: t.time,
      value: totals && <Lasting span={totals.time} />,
      change: <Delta change={totals?.timeChange} show={lasted} />,
      main: true,
    },
  ];
}
