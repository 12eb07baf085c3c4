// Roles: the built-in ones, and those that the account makes by combining permissions.
import { Button, Checkbox, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useAsk, useChange } from '../api/ask';
import {
  type Permission,
  RemoveRoleDocument,
  RolesViewDocument,
  type RolesViewQuery,
  SetRoleDocument,
} from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Dialog, useSend } from '../ui/form';
import { afterPaint } from '../ui/soon';
import { Denied, Empty, Failed, isStale, Stale } from '../ui/states';
import { type Column, Table } from '../ui/table';
import { View } from '../ui/view';
import { actionColumn, RemoveDialog } from './row-forms';
import { people } from './text';

const t = people.roles;
type Role = NonNullable<RolesViewQuery['account']>['roles'][number];
type Task = { do: 'set'; role: Role | null } | { do: 'remove'; role: Role };

// What roles of one's own are often made for; each permission brings what it implies.
const PRESETS: Record<'billing' | 'reading', Permission[]> = { billing: ['BILLING_VIEW'], reading: ['USAGE_VIEW'] };

/** The view. */
export default function Roles() {
  const { account, can } = usePlace();
  const [task, setTask] = useState<Task | null>(null);
  const { data, fault, again, fetching } = useAsk(RolesViewDocument, { account: account.id }, !can('MEMBERS_VIEW'));
  const manages = can('MEMBERS_MANAGE');
  const stale = isStale({ data, fault });
  if (!can('MEMBERS_VIEW') || (fault && !stale))
    return (
      <View title={t.title}>
        <div className="card">{fault ? <Failed fault={fault} again={again} /> : <Denied needs="MEMBERS_VIEW" />}</div>
      </View>
    );
  const roles = data?.account?.roles;
  return (
    <View title={t.title} lead={t.lead}>
      {fault && <Stale fault={fault} again={again} />}
      {manages && (
        <div className="filters">
          <span className="filters-end">
            <Button disabled={!roles} onClick={() => afterPaint(() => setTask({ do: 'set', role: null }))}>
              {t.create}
            </Button>
          </span>
        </div>
      )}
      <section className="card table-card">
        <Table
          takes
          caption={t.caption}
          columns={manages ? [...COLUMNS, actions(setTask)] : COLUMNS}
          rows={roles}
          keyOf={(role) => role.name}
          busy={fetching}
          empty={<Empty title={t.caption} />}
        />
      </section>
      {task?.do === 'set' && <RoleForm role={task.role} offered={offeredOf(roles)} onClose={() => setTask(null)} />}
      {task?.do === 'remove' && <RemoveForm role={task.role} onClose={() => setTask(null)} />}
    </View>
  );
}

const COLUMNS: Column<Role>[] = [
  { key: 'name', title: t.name, cell: (role) => <span className="name line">{role.name}</span> },
  { key: 'kind', title: t.kind, cell: (role) => <span className="line">{role.builtIn ? t.builtIn : t.own}</span> },
  {
    key: 'may',
    title: t.may,
    cell: (role) => (
      <span className="permissions">
        {role.permissions.filter(isChosen).map((permission) => (
          <em key={permission} className="tag" title={people.permissions[permission]}>
            {permission}
          </em>
        ))}
      </span>
    ),
  },
];

// Everybody who has signed in holds this one.
const isChosen = (permission: Permission) => permission !== 'AUTHENTICATED';

// What may be given away: what a master admin holds beyond what every member does.
function offeredOf(roles: Role[] | undefined): Permission[] {
  const held = (name: string) => roles?.find((role) => role.builtIn === name)?.permissions ?? [];
  const member = held('MEMBER');
  return held('MASTER_ADMIN').filter((permission) => !member.includes(permission));
}

function actions(begin: (task: Task) => void): Column<Role> {
  return actionColumn({
    t,
    name: (role: Role) => (role.builtIn ? null : role.name),
    onChange: (role) => begin({ do: 'set', role }),
    onRemove: (role) => begin({ do: 'remove', role }),
  });
}

interface RoleFormProps {
  role: Role | null;
  offered: Permission[];
  onClose: () => void;
}

function RoleForm({ role, offered, onClose }: RoleFormProps) {
  const { account } = usePlace();
  const [name, setName] = useState(role?.name ?? '');
  const [chosen, setChosen] = useState<Permission[]>(
    role?.permissions.filter((permission) => offered.includes(permission)) ?? [],
  );
  const { refused, busy, send } = useSend(onClose);
  const [set] = useChange(SetRoleDocument, (d) => d.setRole);
  const submit = () => send(set({ input: { accountId: account.id, name: name.trim(), permissions: chosen } }));
  return (
    <Dialog
      opened
      title={role ? t.changeOf(role.name) : t.create}
      submit={role ? t.change : t.create}
      busy={busy}
      refused={refused}
      disabled={!name.trim() || chosen.length === 0}
      onClose={onClose}
      onSubmit={() => void submit()}
    >
      <TextInput
        label={t.name}
        description={t.nameHint}
        required
        maxLength={100}
        disabled={role !== null}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <div className="presets">
        {t.presets}{' '}
        {(['billing', 'reading'] as const).map((preset) => (
          <Button
            key={preset}
            type="button"
            size="compact-xs"
            variant="default"
            onClick={() => setChosen(PRESETS[preset].filter((permission) => offered.includes(permission)))}
          >
            {t[preset]}
          </Button>
        ))}
      </div>
      <Checkbox.Group
        label={t.permissions}
        description={t.beyond}
        value={chosen}
        onChange={(values) => setChosen(values as Permission[])}
        error={chosen.length === 0 && name !== '' ? t.needed : null}
      >
        <div className="scopes">
          {offered.map((permission) => (
            <Checkbox
              key={permission}
              size="xs"
              value={permission}
              label={permission}
              description={people.permissions[permission]}
            />
          ))}
        </div>
      </Checkbox.Group>
    </Dialog>
  );
}

function RemoveForm({ role, onClose }: { role: Role; onClose: () => void }) {
  const { account } = usePlace();
  const [remove] = useChange(RemoveRoleDocument, (d) => d.removeRole);
  const go = () => remove({ input: { accountId: account.id, name: role.name } });
  return <RemoveDialog t={t} name={role.name} remove={go} onClose={onClose} />;
}
