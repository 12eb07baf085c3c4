// Billing > Usage: the five tabs under one date filter.
import { ActionIcon } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { Link, useParams } from 'react-router';
import { TABS, type Tab, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Redirect } from '../shell/redirect';
import { DateFilter } from '../ui/date-filter';
import { useParameters } from '../ui/params';
import { Denied, Waiting } from '../ui/states';
import { TabLinks } from '../ui/strip';
import { text } from '../ui/text';
import { CompareSwitch } from './compare-switch';
import Guardrails from './guardrails';
import Models from './models';
import Overview from './overview';
import { useAbout, usePeriod } from './period';
import { Printed } from './printed';
import Scripts from './scripts';
import { periodOf } from './tabs';
import Tools from './tools';

const Resource = lazy(() => import('./resource').then(({ Resource: page }) => ({ default: page })));

const VIEWS: Record<Tab, () => React.ReactNode> = {
  overview: Overview,
  tools: Tools,
  models: Models,
  guardrails: Guardrails,
  scripts: Scripts,
};

/** The tab of the URL. */
export default function Usage() {
  const { tab, resource } = useParams();
  const { can } = usePlace();
  const about = useAbout();
  const known = TABS.find((t) => t === tab);
  if (!known) return <Redirect to="../overview" relative="path" />;
  const View = VIEWS[known];
  return (
    <div className="page">
      {!resource && <title>{`${text.usage.tabs[known]} · ${text.usage.title} · ${text.product}`}</title>}
      <div className="page-head">
        <div>
          <h1>{text.usage.title}</h1>
          <p className="lead">{text.usage.lead}</p>
          <Printed about={about} />
        </div>
        {can('USAGE_VIEW') && <Dates />}
      </div>
      <Tabs current={known} />
      {can('USAGE_VIEW') && resource && known !== 'overview' ? (
        <Suspense fallback={<Waiting />}>
          <Resource key={resource} tab={known} />
        </Suspense>
      ) : can('USAGE_VIEW') ? (
        <View key={known} />
      ) : (
        <div className="card">
          <Denied needs="USAGE_VIEW" />
        </div>
      )}
    </div>
  );
}

function Dates() {
  const { choice, zone } = usePeriod();
  const paths = usePaths();
  const [params] = useParameters();
  const name = text.answers.sheet.title;
  return (
    <div className="page-tools">
      <CompareSwitch />
      <DateFilter choice={choice} zone={zone} />
      <ActionIcon
        component={Link}
        to={`${paths.billing('sheet')}?${periodOf(params)}&size=100`}
        className="sheet-link"
        variant="default"
        size={36}
        aria-label={name}
        title={name}
      >
        <IconPrinter size={17} aria-hidden />
      </ActionIcon>
    </div>
  );
}

// The period goes along from tab to tab; filters, order and page belong to one tab.
function Tabs({ current }: { current: Tab }) {
  const paths = usePaths();
  const [params] = useParameters();
  const kept = periodOf(params);
  return (
    <TabLinks
      label={text.usage.tabsLabel}
      tabs={TABS.map((tab) => ({
        to: { pathname: paths.usage(tab), search: kept },
        name: text.usage.tabs[tab],
        current: tab === current,
      }))}
    />
  );
}
