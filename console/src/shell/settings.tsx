// Settings: the left pane with its entries, Billing > Usage among them.
import { Suspense } from 'react';
import { NavLink, Outlet, useLocation } from 'react-router';
import { Boundary } from '../ui/boundary';
import { Waiting } from '../ui/states';
import { Strip } from '../ui/strip';
import { text } from '../ui/text';
import { usePaths } from './paths';
import { usePlace } from './place';

const t = text.shell;

/** The left pane, and the entry chosen. */
export function Settings() {
  const paths = usePaths();
  const { can } = usePlace();
  const { pathname } = useLocation();
  const e = t.entries;
  return (
    <div className="settings">
      <Strip className="side" label={t.side}>
        <Group title={t.groups.workspace} links={[[paths.setting('general'), e.general], [paths.setting('members'), e.members], [paths.setting('security'), e.security], [paths.setting('integrations'), e.integrations]]} />
        <Group title={t.groups.billing} links={[
          [paths.setting('billing/usage'), e.usage],
          ...(can('BILLING_VIEW')
            ? [[paths.billing('ledger'), e.ledger], [paths.billing('grants'), e.grants], [paths.billing('statements'), e.statements], [paths.billing('emails'), e.emails]] as [string, string][]
            : []),
          [paths.billing('pricing'), e.pricing],
          [paths.billing('script-statuses'), e.statuses],
        ]} />
      </Strip>
      <div className="view">
        <Boundary of={pathname}><Suspense fallback={<div className="page"><Waiting /></div>}><Outlet /></Suspense></Boundary>
      </div>
    </div>
  );
}

function Group({ title, links }: { title: string; links: [to: string, name: string][] }) {
  return (
    <div className="side-group">
      <h2>{title}</h2>
      <ul>{links.map(([to, name]) => <li key={to}><NavLink to={to}>{name}</NavLink></li>)}</ul>
    </div>
  );
}
