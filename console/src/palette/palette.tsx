// The palette: pages, periods, resources and accounts by their names, and what can be done from anywhere.
import { Modal, useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useParts } from '../api/ask';
import { useSession } from '../auth/session';
import {
  PaletteAccountsDocument,
  PaletteSearchDocument,
  type PaletteSearchQuery,
  type Permission,
} from '../gql/graphql';
import { rates } from '../rates/text';
import { ACCOUNTS, KINDS, pathsOf, RATES, TABS, type Tab, usePaths } from '../shell/paths';
import { useOptionalPlace, usePlace } from '../shell/place';
import { desk } from '../support/text';
import { write } from '../ui/copy';
import { lower } from '../ui/language';
import { names, text } from '../ui/text';
import { PRESETS, writeChoice } from '../usage/range';
import { type Entry, matching } from './match';

const t = text.answers.palette;
const MOST = 12;
// So many pages stand above what is found by name.
const FIRST = 5;
// What the explorer groups by, where one word of the palette is enough to say it.
const GROUPED = ['RESOURCE', 'CATEGORY', 'KIND', 'OWNER', 'DEPLOYMENT', 'HARDWARE', 'USER', 'API_KEY'] as const;

// How long it says that something was copied, in milliseconds.
const SAID = 900;

interface PaletteProps {
  /** What was typed before the dialog was there. */
  begun: { current: string | null };
  onClose: () => void;
}

/** The palette of the account on the screen; of all accounts where there is none. */
export default function Palette(props: PaletteProps) {
  return useOptionalPlace() ? <OfAccount {...props} /> : <OfNone {...props} />;
}

function OfAccount(props: PaletteProps) {
  return <Listed {...props} pages={usePages()} useFound={useFound} />;
}

function OfNone(props: PaletteProps) {
  return <Listed {...props} pages={useBarePages()} useFound={useAccounts} />;
}

interface ListedProps extends PaletteProps {
  pages: Entry[];
  /** What is found by what was typed, beside the pages. */
  useFound: (typed: string) => Entry[];
}

// The dialog with its list.
function Listed({ begun, onClose, pages: all, useFound }: ListedProps) {
  const [typed, setTyped] = useState(() => begun.current ?? '');
  useEffect(() => {
    const more = begun.current; // up to the moment in which the field takes the keys itself
    begun.current = null;
    if (more) setTyped(more);
  }, [begun]);
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const navigate = useNavigate();
  const [copied, setCopied] = useState<string | null>(null);
  const found = useFound(typed.trim());
  const pages = matching(all, typed, MOST);
  // Pages are there at once and stay where they are: what is found later stands below, where it moves nothing that is
  // about to be chosen.
  const entries = [
    ...pages.slice(0, typed.trim() ? FIRST : MOST),
    ...found,
    ...pages.slice(typed.trim() ? FIRST : MOST),
  ];
  const chosen = Math.min(at, entries.length - 1);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  const go = (entry: Entry | undefined) => {
    if (!entry) return;
    if (entry.copies !== undefined) {
      void write(entry.copies).then(() => {
        setCopied(entry.id);
        setTimeout(onClose, SAID);
      });
      return;
    }
    onClose();
    if (entry.to) void navigate(entry.to);
    entry.run?.();
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((chosen + step + entries.length) % Math.max(1, entries.length));
    } else if (event.key === 'Enter') go(entries[chosen]);
  };
  return (
    <Modal.Root opened onClose={onClose} size={560} yOffset="12vh" lockScroll={false} transitionProps={{ duration: 0 }}>
      <Modal.Overlay backgroundOpacity={0.35} />
      <Modal.Content aria-label={t.title} className="palette">
        <input
          role="combobox"
          aria-label={t.title}
          aria-expanded
          aria-controls={id}
          aria-activedescendant={entries[chosen] ? `${id}-${chosen}` : undefined}
          placeholder={t.hint}
          value={typed}
          maxLength={100}
          data-autofocus
          spellCheck={false}
          autoComplete="off"
          onKeyDown={press}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setAt(0);
          }}
        />
        <div id={id} ref={list} role="listbox" aria-label={t.title}>
          {entries.map((entry, i) => (
            <div
              key={entry.id}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === chosen}
              onPointerMove={() => setAt(i)}
              onClick={() => go(entry)}
            >
              <span>{entry.title}</span>
              <small>{copied === entry.id ? text.copied : entry.group}</small>
            </div>
          ))}
        </div>
        {entries.length === 0 && <p className="hint">{t.none}</p>}
        <span role="status" className="hidden">
          {copied !== null && text.copied}
        </span>
      </Modal.Content>
    </Modal.Root>
  );
}

// Resources and accounts by a part of their name, asked for when typing pauses.
function useFound(typed: string): Entry[] {
  const { account, can } = usePlace();
  const { viewer } = useSession();
  const paths = usePaths();
  const [search] = useDebouncedValue(typed, 150);
  const variables = {
    account: account.id,
    search,
    resources: can('RESOURCE_VIEW'),
    accounts: viewer.permissions.includes('ACCOUNT_LIST'),
  };
  const { data } = useParts(PaletteSearchDocument, variables, search.length < 2);
  const usage = can('USAGE_VIEW');
  if (typed.length < 2 || !data) return [];
  const of = (tab: Exclude<Tab, 'overview'>) =>
    (data.account?.[tab]?.edges ?? []).map(
      ({ node }): Entry => ({
        id: node.id,
        title: node.name,
        group: t.kinds[tab],
        to: usage
          ? paths.resource(tab, node.id)
          : `${paths.deployments(tab === 'tools' ? 'running' : tab)}?q=${encodeURIComponent(node.name)}`,
      }),
    );
  // Who may not see usage is led to what can be deployed, which tools are not.
  return [...(usage ? of('tools') : []), ...of('models'), ...of('guardrails'), ...of('scripts'), ...accountsOf(data)];
}

// Accounts by a part of their name, or by an id.
function useAccounts(typed: string): Entry[] {
  const { viewer } = useSession();
  const [search] = useDebouncedValue(typed, 150);
  const may = viewer.permissions.includes('ACCOUNT_LIST');
  const { data } = useParts(PaletteAccountsDocument, { search }, search.length < 2 || !may);
  return typed.length < 2 || !data ? [] : accountsOf(data);
}

function accountsOf(data: Pick<PaletteSearchQuery, 'accounts'>): Entry[] {
  return (data.accounts?.edges ?? []).map(({ node }) => ({
    id: node.id,
    title: node.name,
    group: t.account,
    to: pathsOf(node.id).usage('overview'),
  }));
}

const page = (may: boolean, title: string, to: string, group: string): Entry[] =>
  may ? [{ id: to, title, group, to }] : [];

// What can be gone to and done without an account.
function useBarePages(): Entry[] {
  const { viewer, signOut } = useSession();
  const { setColorScheme } = useMantineColorScheme();
  const may = (permission: Permission) => viewer.permissions.includes(permission);
  return [
    ...page(may('ACCOUNT_LIST'), text.shell.accounts, ACCOUNTS, text.shell.account),
    ...page(may('RATES_MANAGE'), rates.title, RATES, text.shell.support),
    ...viewer.accounts.map(({ account }) => ({
      id: account.id,
      title: account.name,
      group: t.account,
      to: pathsOf(account.id).modules,
    })),
    ...(may('EXPLORE')
      ? [{ id: 'graphiql', title: 'GraphiQL', group: t.action, run: () => location.assign('/graphiql/') }]
      : []),
    ...(['light', 'dark', 'auto'] as const).map((scheme) => ({
      id: scheme,
      title: `${text.shell.theme}: ${text.shell.themes[scheme]}`,
      group: t.action,
      run: () => setColorScheme(scheme),
    })),
    { id: 'out', title: text.shell.signOut, group: t.action, run: signOut },
  ];
}

// The resource whose page is on the screen; null elsewhere.
function resourceOf(pathname: string): string | null {
  const [, id] = /\/billing\/usage\/\w+\/([^/]+)$/.exec(pathname) ?? [];
  return id ? decodeURIComponent(id) : null;
}

function usePages(): Entry[] {
  const { account, can } = usePlace();
  const bare = useBarePages();
  const { search, pathname } = useLocation();
  const paths = usePaths();
  const e = text.shell.entries;
  const zone = new URLSearchParams(search).get('tz');
  const within = (path: string, preset: (typeof PRESETS)[number], more: Record<string, string> = {}) => {
    const kept = Object.entries({ ...more, ...writeChoice({ preset }), tz: zone }).filter(
      (of): of is [string, string] => of[1] !== null,
    );
    return `${path}?${new URLSearchParams(kept)}`;
  };
  const shown = resourceOf(pathname);
  const usage = can('USAGE_VIEW');
  const billing = can('BILLING_VIEW');
  const balances = can('BALANCES_VIEW');
  return [
    ...TABS.flatMap((tab) => page(usage, text.usage.tabs[tab], paths.usage(tab), text.usage.title)),
    ...page(usage, e.explore, paths.billing('explore'), text.shell.groups.billing),
    ...page(balances, e.ledger, paths.billing('ledger'), text.shell.groups.billing),
    ...page(balances, e.grants, paths.billing('grants'), text.shell.groups.billing),
    ...page(balances, e.statements, paths.billing('statements'), text.shell.groups.billing),
    ...page(billing, e.emails, paths.billing('emails'), text.shell.groups.billing),
    ...page(usage, text.answers.sheet.title, `${paths.billing('sheet')}?size=100`, text.shell.groups.billing),
    ...page(true, e.pricing, paths.billing('pricing'), text.shell.groups.billing),
    ...page(true, e.statuses, paths.billing('script-statuses'), text.shell.groups.billing),
    ...KINDS.flatMap((kind) =>
      page(can('RESOURCE_VIEW'), text.deploy.kinds[kind], paths.deployments(kind), text.shell.deployments),
    ),
    ...page(can('WIDGET'), e.general, paths.setting('general'), text.shell.settings),
    ...page(can('MEMBERS_VIEW'), e.members, paths.setting('members'), text.shell.settings),
    ...page(can('MEMBERS_VIEW'), e.roles, paths.setting('roles'), text.shell.settings),
    ...page(can('TOKENS_VIEW'), e.security, paths.setting('security'), text.shell.settings),
    ...page(billing, e.integrations, paths.setting('integrations'), text.shell.settings),
    ...page(can('AUDIT_READ'), e.audit, paths.setting('audit'), text.shell.settings),
    ...page(can('GRANT_CREDITS'), text.shell.support, paths.desk, account.name),
    ...page(can('GRANT_CREDITS'), desk.tabs.day, paths.ofDesk('day'), text.shell.support),
    ...page(can('GRANT_CREDITS'), desk.tabs.prices, paths.ofDesk('prices'), text.shell.support),
    ...page(can('GRANT_CREDITS'), desk.tabs.usage, paths.ofDesk('usage'), text.shell.support),
    ...page(can('GRANT_CREDITS'), text.support.tabs.audit, paths.audit, text.shell.support),
    ...(usage
      ? TABS.flatMap((tab) =>
          PRESETS.map((preset) => ({
            id: `${tab} ${preset}`,
            title: `${text.usage.tabs[tab]} · ${names.preset[preset]}`,
            group: text.usage.title,
            to: within(paths.usage(tab), preset),
          })),
        )
      : []),
    ...(usage
      ? GROUPED.flatMap((by) =>
          PRESETS.map((preset) => ({
            id: `explore ${by} ${preset}`,
            title: `${e.explore} · ${t.by(lower(text.answers.explorer.dimensions[by]))} · ${names.preset[preset]}`,
            group: text.shell.groups.billing,
            to: within(paths.billing('explore'), preset, { by: by.toLowerCase().replaceAll('_', '-') }),
          })),
        )
      : []),
    ...(shown ? [{ id: 'copy resource', title: text.copy(t.resourceId), group: t.action, copies: shown }] : []),
    { id: 'copy', title: text.copy(text.widget.account), group: t.action, copies: account.id },
    ...bare.filter(({ id }) => id !== account.id),
  ];
}
