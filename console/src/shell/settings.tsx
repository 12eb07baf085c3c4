// Settings: the left pane with its entries, Billing > Usage among them.
import { Suspense } from 'react';
import { NavLink, Outlet, useLocation } from 'react-router';
import { Boundary } from '../ui/boundary';
import { Waiting } from '../ui/states';
import { Strip } from '../ui/strip';
import { text } from '../ui/text';
import { usePaths } from './paths';
import { usePlace } from './place';
import { Redirect } from './redirect';

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
        <Group
          title={t.groups.workspace}
          links={offered([
            [can('WIDGET'), paths.setting('general'), e.general],
            [can('MEMBERS_VIEW'), paths.setting('members'), e.members],
            [can('MEMBERS_VIEW'), paths.setting('roles'), e.roles],
            [can('TOKENS_VIEW'), paths.setting('security'), e.security],
            [can('BILLING_VIEW'), paths.setting('integrations'), e.integrations],
            [can('AUDIT_READ'), paths.setting('audit'), e.audit],
          ])}
        />
        <Group
          title={t.groups.billing}
          links={offered([
            [can('USAGE_VIEW'), paths.setting('billing/usage'), e.usage],
            [can('USAGE_VIEW'), paths.billing('explore'), e.explore],
            [can('BALANCES_VIEW'), paths.billing('ledger'), e.ledger],
            [can('BALANCES_VIEW'), paths.billing('grants'), e.grants],
            [can('BALANCES_VIEW'), paths.billing('statements'), e.statements],
            [can('BILLING_VIEW'), paths.billing('emails'), e.emails],
            [true, paths.billing('pricing'), e.pricing],
            [true, paths.billing('script-statuses'), e.statuses],
          ])}
        />
      </Strip>
      <div className="view">
        <Boundary of={pathname}>
          <Suspense
            fallback={
              <div className="page">
                <Waiting />
              </div>
            }
          >
            <Outlet />
          </Suspense>
        </Boundary>
      </div>
    </div>
  );
}

type Entry = [to: string, name: string];

// Nobody is offered a page that would refuse them.
function offered(entries: [may: boolean, ...Entry][]): Entry[] {
  return entries.flatMap(([may, ...entry]) => (may ? [entry] : []));
}

function Group({ title, links }: { title: string; links: Entry[] }) {
  if (links.length === 0) return null;
  return (
    <div className="side-group">
      <h2>{title}</h2>
      <ul>
        {links.map(([to, name]) => (
          <li key={to}>
            <NavLink to={to}>{name}</NavLink>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Leads to the first page of the settings that the caller's role is for. */
export function Beginning() {
  const { can } = usePlace();
  const pages: [may: boolean, to: string][] = [
    [can('USAGE_VIEW'), 'billing/usage/overview'],
    [can('BALANCES_VIEW'), 'billing/ledger'],
    [can('MEMBERS_VIEW'), 'members'],
    [can('TOKENS_VIEW'), 'security'],
    [can('AUDIT_READ'), 'audit'],
  ];
  return <Redirect to={pages.find(([may]) => may)?.[1] ?? 'billing/pricing'} />;
}
