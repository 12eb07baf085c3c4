// Where one lands: the list of modules, the list of one's accounts, and the placeholders of the platform's other parts.
import { Button } from '@mantine/core';
import { IconChartBar, IconGitBranch, IconHexagons, IconPuzzle, IconSearch, IconUsers } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useSession } from '../auth/session';
import { Notice } from '../ui/states';
import { text } from '../ui/text';
import { ACCOUNTS, pathsOf, usePaths } from './paths';
import { usePlace } from './place';
import { Redirect } from './redirect';
import { BareShell } from './shell';

const t = text.modules;

/** The module list. */
export function Modules() {
  const { viewer } = useSession();
  const { can } = usePlace();
  const paths = usePaths();
  const target = can('RESOURCE_VIEW') ? paths.part('deployments') : paths.setting('');
  const icons = [IconSearch, IconGitBranch, IconChartBar];
  return (
    <div className="modules">
      <h1>{t.title(viewer.name)}</h1>
      <p className="lead">{t.lead}</p>
      <ul>
        <li>
          <Link to={target} className="module">
            <IconHexagons size={28} stroke={1.6} aria-hidden />
            <strong>{text.shell.module}</strong>
            <span>{t.agents}</span>
          </Link>
        </li>
        {t.others.map(([name, what], i) => {
          const Icon = icons[i] ?? IconPuzzle;
          return (
            <li key={name}>
              <div className="module" data-elsewhere>
                <Icon size={28} stroke={1.6} aria-hidden />
                <strong>{name}</strong>
                <span>{what}</span>
                <em>{t.elsewhere}</em>
              </div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** Leads to the one account, or lets choose. */
export function Home() {
  const { viewer } = useSession();
  const only = viewer.accounts.length === 1 ? viewer.accounts[0] : null;
  if (viewer.permissions.includes('ACCOUNT_LIST')) return <Redirect to={ACCOUNTS} />;
  if (only) return <Redirect to={pathsOf(only.account.id).modules} />;
  return (
    <BareShell>
      {viewer.accounts.length === 0 ? <Notice icon={IconUsers} title={t.none} help={t.noneHelp} /> : <Choose />}
    </BareShell>
  );
}

function Choose() {
  const { viewer } = useSession();
  return (
    <div className="modules">
      <h1>{t.choose}</h1>
      <ul>
        {viewer.accounts.map(({ account, role }) => (
          <li key={account.id}>
            <Link className="module" to={pathsOf(account.id).modules}>
              <strong>{account.name}</strong>
              <span>{role.name}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A part that belongs to the platform. */
export function Placeholder({ name }: { name: string }) {
  const paths = usePaths();
  const { can } = usePlace();
  return (
    <div className="page">
      <h1>{text.placeholder.title(name)}</h1>
      <div className="card">
        <Notice icon={IconPuzzle} title={name} help={text.placeholder.lead}>
          {can('USAGE_VIEW') && (
            <Button component={Link} variant="default" to={paths.usage('overview')}>
              {text.placeholder.go}
            </Button>
          )}
        </Notice>
      </div>
    </div>
  );
}
