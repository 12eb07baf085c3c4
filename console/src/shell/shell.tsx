// The frame around every page of an account: banners, top bar, and the way to the parts.
import {
  ActionIcon,
  Burger,
  NativeSelect,
  Popover,
  SegmentedControl,
  UnstyledButton,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconApps, IconLogout, IconSearch } from '@tabler/icons-react';
import { type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import { useSession } from '../auth/session';
import { Banners } from '../live/banners';
import { Clock } from '../live/clock';
import { useLive } from '../live/live';
import { Keys, OPEN } from '../palette/keys';
import { Boundary } from '../ui/boundary';
import { ExactTip } from '../ui/exact-tip';
import { LANGUAGE, LANGUAGES, type Language, speak } from '../ui/language';
import { CHOSEN, FORMATS, format } from '../ui/locale';
import { Waiting } from '../ui/states';
import { text } from '../ui/text';
import { Brand } from './brand';
import { ACCOUNTS, usePaths } from './paths';
import { usePlace } from './place';

const t = text.shell;

/** The frame within an account. */
export function AccountShell() {
  const { account, can } = usePlace();
  const { viewer } = useSession();
  return (
    <Frame
      held={useHeld()}
      keys={<Keys />}
      find={<FindButton />}
      banners={<Banners />}
      clock={can('WIDGET') && <Clock />}
      nav={<TopLinks />}
      home={usePaths().modules}
      place={
        <span className="place" dir="auto" title={account.name}>
          {viewer.role || viewer.accounts.length > 1 ? (
            <Link to={viewer.role ? ACCOUNTS : '/'} aria-label={`${t.switchAccount}: ${account.name}`}>
              {account.name}
            </Link>
          ) : (
            account.name
          )}
        </span>
      }
    />
  );
}

/** The frame of pages that belong to no account. */
export function BareShell({ children }: { children?: ReactNode }) {
  return (
    <Frame home="/" keys={<Keys />} find={<FindButton />}>
      {children}
    </Frame>
  );
}

// How long the page waits for its banners, in milliseconds: they push down whatever is shown before them.
const BANNERS_WITHIN = 1_200;

// Whether the page waits for the banners of the account still.
function useHeld(): boolean {
  const { can } = usePlace();
  const { banners } = useLive();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), BANNERS_WITHIN);
    return () => clearTimeout(timer);
  }, []);
  return can('WIDGET') && banners === null && !late;
}

interface FrameProps {
  held?: boolean;
  keys?: ReactNode;
  find?: ReactNode;
  banners?: ReactNode;
  clock?: ReactNode;
  nav?: ReactNode;
  place?: ReactNode;
  home: string;
  children?: ReactNode;
}

function Frame({ held, keys, find, banners, clock, nav, place, home, children }: FrameProps) {
  const [menu, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  useEffect(close, [pathname, close]);
  return (
    <>
      <a
        className="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {text.skip}
      </a>
      <header className="top">
        {banners}
        <div className="bar">
          {nav && (
            <Burger
              className="burger"
              size="sm"
              opened={menu}
              onClick={toggle}
              aria-label={t.menu}
              aria-expanded={menu}
            />
          )}
          <Link to={home} className="home" aria-label={text.product}>
            <Brand />
          </Link>
          <nav className="bar-nav" aria-label={t.top} data-open={menu || undefined}>
            {nav}
          </nav>
          <span className="bar-end">
            {find}
            {place}
            {clock}
            {place && (
              <ActionIcon
                className="to-modules"
                component={Link}
                to={home}
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={t.modules}
                title={t.modules}
              >
                <IconApps size={20} />
              </ActionIcon>
            )}
            <You />
          </span>
        </div>
      </header>
      <main id="content" ref={main} tabIndex={-1} className="content" data-held={held || undefined}>
        <Boundary of={pathname}>
          <Suspense
            fallback={
              <div className="page">
                <Waiting />
              </div>
            }
          >
            {children ?? <Outlet />}
          </Suspense>
        </Boundary>
      </main>
      <ExactTip />
      {keys}
    </>
  );
}

function FindButton() {
  return (
    <ActionIcon
      className="find"
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={text.answers.palette.title}
      title={`${text.answers.palette.title} (Ctrl K)`}
      onClick={() => window.dispatchEvent(new Event(OPEN))}
    >
      <IconSearch size={19} />
    </ActionIcon>
  );
}

function TopLinks() {
  const paths = usePaths();
  const { can } = usePlace();
  return (
    <>
      <NavLink to={paths.part('build')}>{t.agents}</NavLink>
      {can('RESOURCE_VIEW') && <NavLink to={paths.part('deployments')}>{t.deployments}</NavLink>}
      <NavLink to={paths.setting('')}>{t.settings}</NavLink>
      {can('GRANT_CREDITS') && <NavLink to={paths.desk}>{t.support}</NavLink>}
    </>
  );
}

function You() {
  const { viewer, signOut } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [open, { toggle, close }] = useDisclosure(false);
  const initials = viewer.name
    .split(/[\s@.]+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join('');
  return (
    <Popover
      opened={open}
      onChange={(on) => !on && close()}
      position="bottom-end"
      width={260}
      shadow="lg"
      trapFocus
      returnFocus
      withRoles={false}
    >
      <Popover.Target>
        <ActionIcon
          variant="transparent"
          size="lg"
          radius="xl"
          title={viewer.name}
          onClick={toggle}
          aria-haspopup="dialog"
          aria-expanded={open}
        >
          <span className="avatar">{initials}</span>
          <span className="hidden">
            {t.you}: {viewer.name}
          </span>
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={t.you} p={6}>
        <div className="you">
          <strong>{viewer.name}</strong>
          <span>{viewer.email ?? viewer.role}</span>
        </div>
        {viewer.permissions.includes('ACCOUNT_LIST') && (
          <Link to={ACCOUNTS} className="you-entry" onClick={close}>
            {t.accounts}
          </Link>
        )}
        {viewer.permissions.includes('EXPLORE') && (
          <a href="/graphiql/" className="you-entry">
            {t.graphiql}
          </a>
        )}
        <div className="you-theme">
          <SegmentedControl
            size="xs"
            fullWidth
            aria-label={t.theme}
            value={colorScheme}
            onChange={(value) => setColorScheme(value as 'auto' | 'light' | 'dark')}
            data={(['auto', 'light', 'dark'] as const).map((value) => ({ value, label: t.themes[value] }))}
          />
        </div>
        <div className="you-theme">
          <NativeSelect
            size="xs"
            label={text.language}
            value={LANGUAGE}
            data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
            onChange={(event) => speak(event.currentTarget.value as Language)}
          />
          <NativeSelect
            size="xs"
            label={text.formats}
            value={CHOSEN ?? ''}
            data={[
              { value: '', label: text.formatsOwn },
              ...Object.entries(FORMATS).map(([value, label]) => ({ value, label })),
            ]}
            onChange={(event) => format(event.currentTarget.value || null)}
          />
        </div>
        <UnstyledButton className="you-entry" onClick={signOut}>
          <IconLogout size={16} aria-hidden />
          {t.signOut}
        </UnstyledButton>
      </Popover.Dropdown>
    </Popover>
  );
}
