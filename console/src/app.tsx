// The routes. Usage, the first view, comes along; every other is loaded when it is first shown.
import { lazy, Suspense } from 'react';
import { Route, Routes } from 'react-router';
import { SessionGate } from './auth/session';
import { Home, Modules, Placeholder } from './shell/modules';
import { AccountGate } from './shell/place';
import { Redirect } from './shell/redirect';
import { Beginning, Settings } from './shell/settings';
import { AccountShell, BareShell } from './shell/shell';
import { Missing, Waiting } from './ui/states';
import { text } from './ui/text';
import Usage from './usage/usage';

const Explorer = lazy(() => import('./explore/explorer'));
const General = lazy(() => import('./people/general'));
const Roles = lazy(() => import('./people/roles'));
const AuditView = lazy(() => import('./support/audit'));
const Members = lazy(() => import('./people/members'));
const Tokens = lazy(() => import('./people/tokens'));
const Contacts = lazy(() => import('./people/contacts'));
const Deployments = lazy(() => import('./deploy/deployments'));
const Sheet = lazy(() => import('./usage/sheet'));
const Ledger = lazy(() => import('./billing/ledger'));
const Grants = lazy(() => import('./billing/grants'));
const Statements = lazy(() => import('./billing/statements'));
const Emails = lazy(() => import('./billing/emails'));
const Pricing = lazy(() => import('./pricing/pricing'));
const Statuses = lazy(() => import('./pricing/statuses'));
const Rates = lazy(() => import('./rates/rates'));
const Accounts = lazy(() => import('./support/accounts'));
const Stories = lazy(() => import('./stories/stories'));
const Support = lazy(() => import('./support/support'));

/** Everything. */
export function App() {
  return (
    <SessionGate>
      <Suspense
        fallback={
          <div className="page">
            <Waiting />
          </div>
        }
      >
        <Routes>
          <Route path="/" element={<Home />} />
          <Route path="/signed-in" element={<Redirect to="/" />} />
          <Route
            path="/accounts"
            element={
              <BareShell>
                <Accounts />
              </BareShell>
            }
          />
          <Route
            path="/stories"
            element={
              <BareShell>
                <Stories />
              </BareShell>
            }
          />
          <Route
            path="/rates"
            element={
              <BareShell>
                <Rates />
              </BareShell>
            }
          />
          <Route
            path="/accounts/:account"
            element={
              <AccountGate>
                <AccountShell />
              </AccountGate>
            }
          >
            <Route index element={<Modules />} />
            <Route path="support/*" element={<Support />} />
            <Route path="agents">
              <Route index element={<Redirect to="deployments" />} />
              <Route path="build" element={<Placeholder name={text.shell.agents} />} />
              <Route path="deployments" element={<Redirect to="running" />} />
              <Route path="deployments/:kind" element={<Deployments />} />
              <Route path="settings" element={<Settings />}>
                <Route index element={<Beginning />} />
                <Route path="general" element={<General />} />
                <Route path="roles" element={<Roles />} />
                <Route path="audit" element={<AuditView />} />
                <Route path="members" element={<Members />} />
                <Route path="security" element={<Tokens />} />
                <Route path="integrations" element={<Contacts />} />
                <Route path="billing" element={<Redirect to="usage/overview" />} />
                <Route path="billing/usage" element={<Redirect to="overview" />} />
                <Route path="billing/usage/:tab" element={<Usage />} />
                <Route path="billing/usage/:tab/:resource" element={<Usage />} />
                <Route path="billing/explore" element={<Explorer />} />
                <Route path="billing/sheet" element={<Sheet />} />
                <Route path="billing/ledger" element={<Ledger />} />
                <Route path="billing/grants" element={<Grants />} />
                <Route path="billing/statements" element={<Statements />} />
                <Route path="billing/emails" element={<Emails />} />
                <Route path="billing/pricing" element={<Pricing />} />
                <Route path="billing/script-statuses" element={<Statuses />} />
              </Route>
            </Route>
            <Route path="*" element={<Missing />} />
          </Route>
          <Route
            path="*"
            element={
              <BareShell>
                <Missing />
              </BareShell>
            }
          />
        </Routes>
      </Suspense>
    </SessionGate>
  );
}
