// The audit log; a row opens what was changed.

import { useState } from 'react';
import { type AuditAction, AuditViewDocument, type AuditViewQuery } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Facts } from '../ui/figures';
import { NONE } from '../ui/format';
import { Instant } from '../ui/instant';
import { List } from '../ui/list';
import { Panel } from '../ui/panel';
import { useParameters } from '../ui/params';
import { Choices, readChoices } from '../ui/search';
import { Denied, Empty } from '../ui/states';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { localZone } from '../ui/zone';

const t = text.audit;
type Row = NonNullable<AuditViewQuery['account']>['auditLog']['edges'][number];
const ACTIONS = Object.keys(names.audit) as AuditAction[];

const COLUMNS: Column<Row>[] = [
  { key: 'at', title: t.at, cell: ({ node }) => <Instant at={node.at} zone={localZone()} timed /> },
  { key: 'action', title: t.action, cell: ({ node }) => <span className="name">{names.audit[node.action]}</span> },
  {
    key: 'who',
    title: t.who,
    cell: ({ node }) => (
      <span className="name plain">
        {node.actor.name}
        {node.actor.role && <small>{node.actor.role}</small>}
      </span>
    ),
  },
  { key: 'target', title: t.target, cell: ({ node }) => <span className="words">{node.target ?? NONE}</span> },
  { key: 'address', title: t.address, cell: ({ node }) => node.address ?? NONE },
];

/** The view. */
export function Audit() {
  const { account, can } = usePlace();
  const [params] = useParameters();
  const [open, setOpen] = useState<Row['node'] | null>(null);
  const actions = readChoices(params, 'action', ACTIONS);
  if (!can('AUDIT_READ'))
    return (
      <div className="card">
        <Denied />
      </div>
    );
  return (
    <>
      <List
        document={AuditViewDocument}
        connection={(data) => data.account?.auditLog}
        caption={t.caption}
        columns={COLUMNS}
        keyOf={({ node }) => node.id}
        empty={<Empty title={t.empty[0]} />}
        onOpen={({ node }) => setOpen(node)}
        opened={open?.id}
        variables={(page) => ({ account: account.id, filter: { actions: actions.length ? actions : null }, ...page })}
        head={() => (
          <div className="filters">
            <Choices name="action" label={t.action} offered={ACTIONS} titles={names.audit} />
          </div>
        )}
      />
      <Panel opened={open !== null} onClose={() => setOpen(null)} title={open ? names.audit[open.action] : t.details}>
        {open && (
          <>
            <Facts
              items={[
                [t.at, <Instant at={open.at} zone={localZone()} timed />],
                [t.who, open.actor.name],
                [t.target, open.target ?? NONE],
                [t.address, open.address ?? NONE],
                [t.request, open.requestId ? <code>{open.requestId}</code> : NONE],
              ]}
            />
            <State title={t.before} value={open.before} />
            <State title={t.after} value={open.after} />
          </>
        )}
      </Panel>
    </>
  );
}

function State({ title, value }: { title: string; value: unknown }) {
  if (value === null || value === undefined) return null;
  return (
    <>
      <h3>{title}</h3>
      <pre className="state" tabIndex={0}>
        {JSON.stringify(value, null, 2)}
      </pre>
    </>
  );
}
