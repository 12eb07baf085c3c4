// Billing > Usage: the five tabs under one date filter.
import { lazy, Suspense } from 'react';
import { Link, useParams } from 'react-router';
import { TABS, type Tab, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Redirect } from '../shell/redirect';
import { DateFilter } from '../ui/date-filter';
import { useParameters } from '../ui/params';
import { Denied, Waiting } from '../ui/states';
import { Strip } from '../ui/strip';
import { text } from '../ui/text';
import { CompareSwitch } from './compare-switch';
import Guardrails from './guardrails';
import Models from './models';
import Overview from './overview';
import { useAbout, usePeriod } from './period';
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
          <Printed />
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

// What a sheet of paper tells beside the figures: whose they are, of when, and when it was printed.
function Printed() {
  const { account } = usePlace();
  const about = useAbout();
  return (
    <p className="print-only">
      {account.name} · {about.join(' · ')} · {text.answers.take.printed(new Date().toISOString())}
    </p>
  );
}

function Dates() {
  const { choice, zone } = usePeriod();
  return (
    <div className="page-tools">
      <CompareSwitch />
      <DateFilter choice={choice} zone={zone} />
    </div>
  );
}

// The period goes along from tab to tab; filters, order and page belong to one tab.
function Tabs({ current }: { current: Tab }) {
  const paths = usePaths();
  const [params] = useParameters();
  const kept = periodOf(params);
  return (
    <Strip className="tabs" label={text.usage.tabsLabel}>
      {TABS.map((tab) => (
        <Link
          key={tab}
          to={{ pathname: paths.usage(tab), search: kept }}
          aria-current={tab === current ? 'page' : undefined}
        >
          {text.usage.tabs[tab]}
        </Link>
      ))}
    </Strip>
  );
}
