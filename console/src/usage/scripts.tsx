// The Custom Scripts tab; a row opens the hosting infrastructure.
import { IconHelpCircle } from '@tabler/icons-react';
import { Link } from 'react-router';
import { type ScriptSortField, type ScriptStatus, ScriptsTabDocument, type ScriptsTabQuery } from '../gql/graphql';
import { usePaths } from '../shell/paths';
import { Count, Exact } from '../ui/exact';
import type { Figure } from '../ui/figures';
import { Instant } from '../ui/instant';
import { StatusMark } from '../ui/status';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { Delta } from './delta';
import { ScriptPanel } from './script-panel';
import { Tab } from './tab';

const t = text.scripts;
const FIELDS: readonly ScriptSortField[] = ['NAME', 'LANGUAGE', 'CREDITS_USED', 'LAST_ACTIVE_ON', 'STATUS'];
const STATUSES: readonly ScriptStatus[] = [
  'DEPLOYED',
  'DEPLOYING',
  'READY_TO_DEPLOY',
  'DRAFT',
  'DEPLOYMENT_FAILED',
  'DELETED',
];
const USUAL = { field: 'CREDITS_USED', direction: 'DESC' } as const;

type Row = NonNullable<ScriptsTabQuery['account']>['scripts']['edges'][number];

function columns(zone: string, explained: string): Column<Row>[] {
  return [
    { key: 'name', title: t.name, sort: 'NAME', cell: ({ node }) => <span className="name">{node.name}</span> },
    {
      key: 'language',
      title: t.language,
      sort: 'LANGUAGE',
      cell: ({ node }) => `${names.language[node.language]} (${node.languageVersion})`,
    },
    {
      key: 'used',
      title: t.used,
      sort: 'CREDITS_USED',
      right: true,
      cell: ({ creditsUsed }) => <Exact value={creditsUsed} unit={text.units.credits} />,
    },
    {
      key: 'active',
      title: t.active,
      sort: 'LAST_ACTIVE_ON',
      begins: 'DESC',
      cell: ({ node }) => <Instant at={node.lastActiveOn} zone={zone} />,
    },
    {
      key: 'status',
      title: t.status,
      sort: 'STATUS',
      cell: ({ node }) => (
        <span className="explained">
          <StatusMark status={node.status} />
          <Link
            to={`${explained}#${node.status}`}
            aria-label={`${t.learn}: ${names.status[node.status]}`}
            title={t.learn}
          >
            <IconHelpCircle size={15} aria-hidden />
          </Link>
        </span>
      ),
    },
  ];
}

/** Custom scripts and what they cost in the period. */
export default function Scripts() {
  const paths = usePaths();
  return (
    <Tab
      of="scripts"
      document={ScriptsTabDocument}
      connection={(data) => data.account?.scripts}
      caption={t.caption}
      columns={(zone) => columns(zone, paths.billing('script-statuses'))}
      keyOf={({ node }) => node.id}
      use={({ creditsUsed }) => creditsUsed}
      all={({ totals }) => totals.totalCredits}
      change={({ creditsUsedChange }) => creditsUsedChange}
      beside="used"
      fields={FIELDS}
      usual={USUAL}
      choice={{ name: 'status', label: t.status, offered: STATUSES, titles: names.status }}
      figures={(scripts) => sums(scripts?.totals)}
      hint={
        <>
          {text.usage.behaviour.scripts} <Link to={paths.billing('pricing')}>{t.priced}</Link>
        </>
      }
      panel={ScriptPanel}
    />
  );
}

function sums(totals: NonNullable<ScriptsTabQuery['account']>['scripts']['totals'] | undefined): Figure[] {
  return [
    { name: t.total, value: totals && <Count value={totals.totalScripts} />, main: true },
    {
      name: t.credits,
      value: totals && <Exact value={totals.totalCredits} unit={text.units.credits} />,
      change: <Delta change={totals?.totalCreditsChange} unit={text.units.credits} />,
      main: true,
    },
  ];
}
