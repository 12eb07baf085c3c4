// Members: who belongs to the account, with which role.
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useChange } from '../api/ask';
import type { Parted } from '../api/parts';
import {
  type MemberRowFragment,
  MembersViewDocument,
  type MembersViewQuery,
  RemoveMemberDocument,
  SetMemberDocument,
  SetRoleDocument,
} from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Dialog, useSend } from '../ui/form';
import { Instant } from '../ui/instant';
import { List } from '../ui/list';
import { useParameters } from '../ui/params';
import { Search } from '../ui/search';
import { afterPaint } from '../ui/soon';
import { Denied, Empty } from '../ui/states';
import type { Column } from '../ui/table';
import { View } from '../ui/view';
import { localZone } from '../ui/zone';
import { actionColumn, RemoveDialog } from './row-forms';
import { people } from './text';

const t = people.members;
type Row = NonNullable<MembersViewQuery['account']>['members']['edges'][number];
type Task =
  | { do: 'set'; member: MemberRowFragment | null; roles: string[] }
  | { do: 'remove'; member: MemberRowFragment };

const COLUMNS: Column<Row>[] = [
  {
    key: 'name',
    title: t.name,
    cell: ({ node }) => (
      <span className="name">
        {node.name}
        {node.invited && <small>{t.invited}</small>}
      </span>
    ),
  },
  { key: 'email', title: t.email, cell: ({ node }) => <span className="words">{node.email}</span> },
  { key: 'role', title: t.role, cell: ({ node }) => <span className="words">{node.role.name}</span> },
  { key: 'since', title: t.since, cell: ({ node }) => <Instant at={node.joinedAt} zone={localZone()} /> },
];

/** The view. */
export default function Members() {
  const { account, can } = usePlace();
  const [params] = useParameters();
  const [task, setTask] = useState<Task | null>(null);
  const manages = can('MEMBERS_MANAGE');
  if (!can('MEMBERS_VIEW'))
    return (
      <View title={t.title}>
        <div className="card">
          <Denied needs="MEMBERS_VIEW" />
        </div>
      </View>
    );
  const rolesOf = (data: Parted<MembersViewQuery> | undefined) => data?.account?.roles?.map((role) => role.name) ?? [];
  const columns = (data: Parted<MembersViewQuery> | undefined) =>
    manages
      ? [...COLUMNS, actions((member) => setTask({ do: 'set', member, roles: rolesOf(data) }), setTask)]
      : COLUMNS;
  return (
    <View title={t.title} lead={t.lead}>
      <List
        file={{ name: t.title }}
        document={MembersViewDocument}
        connection={(data) => data.account?.members}
        caption={t.caption}
        columns={columns}
        keyOf={({ node }) => node.id}
        empty={<Empty title={t.empty[0]} help={t.empty[1]} />}
        variables={(page) => ({ account: account.id, search: params.get('q'), ...page })}
        head={(data) => (
          <div className="filters">
            <Search label={t.search} />
            {manages && (
              <span className="filters-end">
                <Button
                  disabled={!data?.account?.roles}
                  onClick={() => afterPaint(() => setTask({ do: 'set', member: null, roles: rolesOf(data) }))}
                >
                  {t.add}
                </Button>
              </span>
            )}
          </div>
        )}
      />
      {task?.do === 'set' && <MemberForm member={task.member} roles={task.roles} onClose={() => setTask(null)} />}
      {task?.do === 'remove' && <RemoveForm member={task.member} onClose={() => setTask(null)} />}
    </View>
  );
}

function actions(change: (member: MemberRowFragment) => void, begin: (task: Task) => void): Column<Row> {
  return actionColumn({
    t,
    name: ({ node }: Row) => node.name,
    onChange: ({ node }) => change(node),
    onRemove: ({ node }) => begin({ do: 'remove', member: node }),
  });
}

// A role that is made when it is first given.
const BILLING_ONLY = 'BILLING';

// How a person is known who is added: by the address that they will sign in with, or by what the issuer calls them.
type By = 'email' | 'subject';
const BY: By[] = ['email', 'subject'];

interface MemberFormProps {
  member: MemberRowFragment | null;
  roles: string[];
  onClose: () => void;
}

function MemberForm({ member, roles, onClose }: MemberFormProps) {
  const { account } = usePlace();
  const [by, setBy] = useState<By>('email');
  const [userId, setUserId] = useState(member?.userId ?? '');
  const [email, setEmail] = useState(member?.email ?? '');
  const [name, setName] = useState(member?.name ?? '');
  const [role, setRole] = useState(member?.role.name ?? 'MEMBER');
  const { refused, busy, send } = useSend(onClose);
  const [set] = useChange(SetMemberDocument, (d) => d.setMember);
  const [setOwn] = useChange(SetRoleDocument, (d) => d.setRole);
  const offered = [
    ...roles.map((name) => ({ value: name, label: name })),
    ...(roles.includes(BILLING_ONLY) ? [] : [{ value: BILLING_ONLY, label: t.billingOnly }]),
  ];
  const give = async () => {
    if (role === BILLING_ONLY && !roles.includes(BILLING_ONLY)) {
      const own = { accountId: account.id, name: BILLING_ONLY, permissions: ['BILLING_VIEW' as const] };
      const made = await setOwn({ input: own });
      if (made.objections) return made;
    }
    const known = invites ? `mailto:${email.trim()}` : userId.trim();
    const person = { userId: known, email: email.trim(), name: name.trim() || null };
    return set({ input: { accountId: account.id, ...person, role } });
  };
  const submit = () => send(give());
  const invites = member === null && by === 'email';
  const complete = email.trim() !== '' && (invites || userId.trim() !== '');
  return (
    <Dialog
      opened
      title={member ? t.changeOf(member.name) : t.add}
      submit={member ? t.change : invites ? t.invite : t.add}
      busy={busy}
      refused={refused}
      disabled={!complete}
      onClose={onClose}
      onSubmit={() => void submit()}
    >
      {member === null && (
        <NativeSelect
          label={t.by}
          value={by}
          data={BY.map((value) => ({ value, label: t.bys[value] }))}
          onChange={(event) => setBy(event.currentTarget.value as By)}
        />
      )}
      {!invites && (
        <TextInput
          label={t.userId}
          description={t.userIdHint}
          required
          maxLength={200}
          disabled={member !== null}
          value={userId}
          onChange={(event) => setUserId(event.currentTarget.value)}
        />
      )}
      <TextInput
        label={t.email}
        description={invites ? t.inviteHint(location.origin) : undefined}
        type="email"
        required
        maxLength={254}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      <TextInput
        label={t.name}
        description={t.nameHint}
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <NativeSelect
        label={t.role}
        value={role}
        data={offered}
        onChange={(event) => setRole(event.currentTarget.value)}
      />
    </Dialog>
  );
}

function RemoveForm({ member, onClose }: { member: MemberRowFragment; onClose: () => void }) {
  const [remove] = useChange(RemoveMemberDocument, (d) => d.removeMember);
  const go = () => remove({ input: { memberId: member.id } });
  return <RemoveDialog t={t} name={member.name} remove={go} onClose={onClose} />;
}
