// The audit log; a row opens what was changed.

import { useState } from 'react';
import { type AuditAction, AuditViewDocument, type AuditViewQuery } from '../gql/graphql';
import { inWords } from '../people/audit-words';
import { people } from '../people/text';
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
import { View } from '../ui/view';
import { localZone } from '../ui/zone';

const t = text.audit;
type Row = NonNullable<AuditViewQuery['account']>['auditLog']['edges'][number];
const ACTIONS = Object.keys(names.audit) as AuditAction[];

const COLUMNS: Column<Row>[] = [
  { key: 'at', title: t.at, cell: ({ node }) => <Instant at={node.at} zone={localZone()} timed /> },
  {
    key: 'action',
    title: people.log.what,
    cell: ({ node }) => (
      <span className="name" data-action={node.action}>
        {inWords(node)}
        <small>{names.audit[node.action]}</small>
      </span>
    ),
  },
  {
    key: 'who',
    title: t.who,
    cell: ({ node }) => (
      <span className="name plain words">
        {node.actor.name}
        {node.actor.role && <small>{node.actor.role}</small>}
      </span>
    ),
  },
  { key: 'address', title: t.address, cell: ({ node }) => node.address ?? NONE },
];

/** The log as a page of the settings. */
export default function AuditView() {
  return (
    <View title={people.log.title} lead={people.log.lead}>
      <Audit />
    </View>
  );
}

/** The list. */
export function Audit() {
  const { account, can } = usePlace();
  const [params] = useParameters();
  const [open, setOpen] = useState<Row['node'] | null>(null);
  const actions = readChoices(params, 'action', ACTIONS);
  if (!can('AUDIT_READ'))
    return (
      <div className="card">
        <Denied needs="AUDIT_READ" />
      </div>
    );
  return (
    <>
      <List
        file={{ name: people.log.title }}
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
                [people.log.what, inWords(open)],
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
