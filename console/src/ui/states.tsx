// What stands where a view has nothing to show, and what to do about it.
import { Button, Skeleton, Text } from '@mantine/core';
import {
  IconCloudOff,
  IconFolderOpen,
  IconHourglass,
  IconLock,
  IconMoodEmpty,
  IconPlugConnectedX,
  IconRefresh,
  type TablerIcon,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Fault } from '../api/fault';
import { passes } from '../api/heal';
import type { Permission } from '../gql/graphql';
import { Copy } from './copy';
import { text } from './text';
import { told } from './told';

interface NoticeProps {
  icon: TablerIcon;
  title: string;
  help?: string;
  children?: ReactNode;
  /** Errors are announced at once. */
  urgent?: boolean;
}

/** A picture, a sentence, and what to do. */
export function Notice({ icon: Icon, title, help, children, urgent }: NoticeProps) {
  return (
    <div className="notice" role={urgent ? 'alert' : undefined}>
      <span className="notice-icon">
        <Icon size={26} stroke={1.6} aria-hidden />
      </span>
      <Text fw={600} component="p">
        {title}
      </Text>
      {help && (
        <Text size="sm" c="dimmed" maw={420} component="p">
          {help}
        </Text>
      )}
      {children && <div className="notice-actions">{children}</div>}
    </div>
  );
}

const t = text.states;
// The server does not know a document of this page: another version of the console is in force.
const OLD = ['PERSISTED_QUERY_NOT_FOUND', 'DOCUMENT_NOT_TRUSTED'];

// What a master admin gives to let somebody see all of Billing; and what no account can give.
const BILLING: readonly Permission[] = ['USAGE_VIEW', 'BALANCES_VIEW', 'BILLING_VIEW'];
const OPERATOR: readonly Permission[] = ['ACCOUNT_LIST', 'GRANT_CREDITS', 'RATES_MANAGE', 'USAGE_EXPLORE', 'EXPLORE'];

// Whom to ask for what: permissions are called as in the rules, such as billing:view.
function lacking(permission: Permission | null): string {
  if (permission === null) return t.deniedHelp(null);
  if (OPERATOR.includes(permission)) return t.deniedOperator;
  const name = BILLING.includes(permission) ? 'BILLING_VIEW' : permission;
  return t.deniedHelp(name.toLowerCase().replace('_', ':'));
}

// The permission that the server names.
function permissionIn(message: string): Permission | null {
  return (/needs ([A-Z]+_[A-Z]+)/.exec(message)?.[1] ?? null) as Permission | null;
}

function meaning(fault: Fault): { icon: TablerIcon; title: string; help: string } {
  switch (fault.code) {
    case 'FORBIDDEN':
      return { icon: IconLock, title: t.denied, help: lacking(permissionIn(fault.message)) };
    case 'NOT_FOUND':
      return { icon: IconFolderOpen, title: t.missing, help: t.missingHelp };
    case 'OFFLINE':
      return { icon: IconCloudOff, title: t.offline, help: t.offlineHelp };
    case 'THROTTLED':
    case 'OVERLOADED':
    case 'UNAVAILABLE':
    case 'SHUTTING_DOWN':
      return { icon: IconHourglass, title: t.busy, help: t.busyHelp(fault.retryAfter) };
    case 'BAD_PAGE':
      return { icon: IconFolderOpen, title: t.place, help: t.placeHelp };
    case 'RANGE_TOO_FINE':
    case 'BAD_RANGE':
      return { icon: IconHourglass, title: t.range, help: told.fault(fault.code, fault.message) || t.rangeHelp };
    case 'PERSISTED_QUERY_NOT_FOUND':
    case 'DOCUMENT_NOT_TRUSTED':
      return { icon: IconRefresh, title: t.newer, help: t.newerHelp };
    default:
      return { icon: IconPlugConnectedX, title: t.failed, help: told.fault(fault.code, fault.message) || t.failedHelp };
  }
}

/** A failed operation; `first` leads back to the first page of a list. */
export function Failed({ fault, again, first }: { fault: Fault; again?: () => void; first?: () => void }) {
  const { icon, title, help } = meaning(fault);
  return (
    <Notice icon={icon} title={title} help={help} urgent>
      {fault.code === 'BAD_PAGE' && first ? (
        <Button variant="default" onClick={first}>
          {t.first}
        </Button>
      ) : OLD.includes(fault.code) ? (
        <Button variant="default" onClick={() => location.reload()}>
          {t.reload}
        </Button>
      ) : (
        again &&
        fault.code !== 'FORBIDDEN' && (
          <Button variant="default" onClick={again}>
            {text.retry}
          </Button>
        )
      )}
      {fault.requestId && (
        <Text size="xs" c="dimmed" component="p">
          {t.request(fault.requestId)} <Copy value={fault.requestId} name={t.request('')} />
        </Text>
      )}
    </Notice>
  );
}

/** Reports whether an answer that could not be renewed is good enough to be shown on: what failed may pass. */
export function isStale(answer: { data: unknown; fault: Fault | null }): boolean {
  return answer.data !== undefined && answer.fault !== null && passes(answer.fault);
}

/** Says that what is shown could not be renewed, and that it is tried again. */
export function Stale({ fault, again }: { fault: Fault; again: () => void }) {
  return (
    <div className="stale" role="status">
      <IconCloudOff size={17} aria-hidden />
      <span>
        {meaning(fault).title}. {t.stale}
      </span>
      <Button size="compact-xs" variant="default" onClick={again}>
        {text.retry}
      </Button>
    </div>
  );
}

interface PartProps {
  /** What is to be shown; where it failed and is there all the same, it is from before. */
  of: unknown;
  fault: Fault | null;
  again: () => void;
  /** Whether a failure needs a card of its own. */
  card?: boolean;
  children: ReactNode;
}

/** A part of a view: it fails by itself, and what stands beside it stays. */
export function Part({ of, fault, again, card, children }: PartProps) {
  if (!fault) return children;
  if (of !== null && of !== undefined)
    return (
      <>
        <Stale fault={fault} again={again} />
        {children}
      </>
    );
  const told = <Failed fault={fault} again={again} />;
  return card ? <div className="card">{told}</div> : told;
}

interface AnsweredProps<D, T> {
  answer: { data: D | undefined; fault: Fault | null; again: () => void };
  /** What is shown of the answer; null: there is no such thing, undefined: it is still to come. */
  of: (data: D) => T | null | undefined;
  /** Whether what stands in its place needs a card of its own. */
  card?: boolean;
  /** How many grey lines stand for what is to come. */
  lines?: number;
  children: (found: T) => ReactNode;
}

/**
 * What is one answer: grey until it is there; what was shown before with a word about it where it could not be renewed,
 * so that nothing that somebody types into it is lost; and why there is nothing otherwise.
 */
export function Answered<D, T>({ answer, of, card, lines, children }: AnsweredProps<D, T>) {
  const { data, fault, again } = answer;
  const found = data === undefined ? undefined : of(data);
  if (found !== null && found !== undefined && (!fault || passes(fault)))
    return (
      <>
        {fault && <Stale fault={fault} again={again} />}
        {children(found)}
      </>
    );
  const told = fault ? (
    <Failed fault={fault} again={again} />
  ) : found === null ? (
    <Missing />
  ) : (
    <Waiting lines={lines} />
  );
  return card ? <div className="card">{told}</div> : told;
}

interface UnreadProps {
  /** What could not be read, as a sentence. */
  what: string;
  fault: Fault | null;
  again: () => void;
}

/** A sentence where a small part failed; nothing where it did not. */
export function Unread({ what, fault, again }: UnreadProps) {
  if (!fault) return null;
  return (
    <div className="unread" role="alert">
      <span>
        {what} {passes(fault) ? t.unread : told.fault(fault.code, fault.message)}
      </span>
      <Button size="compact-xs" variant="default" onClick={again}>
        {text.retry}
      </Button>
    </div>
  );
}

/** What a caller without the permission sees, without asking the server. */
export function Denied({ needs }: { needs: Permission }) {
  return <Notice icon={IconLock} title={t.denied} help={lacking(needs)} />;
}

/** What a path that leads nowhere shows. */
export function Missing({ children }: { children?: ReactNode }) {
  return (
    <Notice icon={IconFolderOpen} title={t.missing} help={t.missingHelp}>
      {children}
    </Notice>
  );
}

/** An empty list. */
export function Empty({ title, help, children }: { title: string; help?: string; children?: ReactNode }) {
  return (
    <Notice icon={IconMoodEmpty} title={title} help={help}>
      {children}
    </Notice>
  );
}

/** Grey lines in the shape of what is to come. */
export function Waiting({ lines = 6, height = 20 }: { lines?: number; height?: number }) {
  return (
    <div role="status" aria-label={t.loading} className="waiting">
      {Array.from({ length: lines }, (_, i) => (
        <Skeleton key={i} height={height} width={`${100 - ((i * 17) % 30)}%`} />
      ))}
    </div>
  );
}
