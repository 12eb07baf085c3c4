// The form that makes an API token, and the one time that its secret is shown.
import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useChange } from '../api/ask';
import { CreateApiTokenDocument, type DocumentsPolicy, type Permission } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Copy } from '../ui/copy';
import { Dialog, useSend } from '../ui/form';
import { useWhen, WhenField } from '../ui/when-field';
import { people } from './text';

const t = people.tokens;

/** A role that a token may have. */
export interface OfferedRole {
  name: string;
  permissions: Permission[];
}

const BUILT_IN: OfferedRole[] = ['MEMBER', 'ADMIN', 'MASTER_ADMIN'].map((name) => ({ name, permissions: [] }));
const POLICIES = (['TRUSTED', 'ANY'] as const).map((value) => ({ value, label: t.policies[value] }));

/** What is answered where a token was made. */
export interface Made {
  secret?: string | null;
}

interface TokenFormProps {
  roles: OfferedRole[];
  onClose: () => void;
}

/** The form. */
export function TokenForm({ roles, onClose }: TokenFormProps) {
  const { account, can } = usePlace();
  const offered = (roles.length > 0 ? roles : BUILT_IN).filter((role) => role.permissions.every(can));
  const [name, setName] = useState('');
  const [role, setRole] = useState(offered[0]?.name ?? '');
  const [scopes, setScopes] = useState<Permission[] | null>(null);
  const [documents, setDocuments] = useState<DocumentsPolicy>('TRUSTED');
  const ends = useWhen('day');
  const [secret, setSecret] = useState<string | null>(null);
  const { refused, busy, send } = useSend<Made>((made) => setSecret(made.secret ?? ''));
  const [create] = useChange(CreateApiTokenDocument, (d) => d.createApiToken);
  const submit = () => {
    if (secret) return onClose();
    const { value: expiresAt, problem } = ends.read();
    if (problem === null)
      void send(create({ input: { accountId: account.id, name: name.trim(), role, scopes, documents, expiresAt } }));
  };
  const choose = (chosen: string) => {
    setRole(chosen);
    setScopes(null);
  };
  const held = offered.find((of) => of.name === role)?.permissions ?? [];
  const permissions = held.filter((permission) => permission !== 'AUTHENTICATED'); // every token has that
  return (
    <Dialog
      opened
      title={t.create}
      submit={secret ? t.done : t.create}
      busy={busy}
      refused={refused}
      onClose={onClose}
      disabled={!secret && (!name.trim() || !role || scopes?.length === 0)}
      onSubmit={submit}
    >
      {secret ? (
        <Secret secret={secret} />
      ) : (
        <>
          <TextInput
            label={t.name}
            required
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <NativeSelect
            label={t.role}
            value={role}
            data={offered.map((of) => of.name)}
            onChange={(event) => choose(event.currentTarget.value)}
          />
          {permissions.length > 0 && <Scopes offered={permissions} chosen={scopes} choose={setScopes} />}
          <NativeSelect
            label={t.documents}
            value={documents}
            data={POLICIES}
            onChange={(event) => setDocuments(event.currentTarget.value as DocumentsPolicy)}
          />
          <WhenField label={t.endsOn} description={t.endsHint} when={ends} />
        </>
      )}
    </Dialog>
  );
}

interface ScopesProps {
  offered: Permission[];
  /** Null: all of the role. */
  chosen: Permission[] | null;
  choose: (chosen: Permission[] | null) => void;
}

function Scopes({ offered, chosen, choose }: ScopesProps) {
  return (
    <>
      <Checkbox
        label={t.narrow}
        checked={chosen !== null}
        onChange={(event) => choose(event.currentTarget.checked ? [] : null)}
      />
      {chosen && (
        <Checkbox.Group
          label={t.scopes}
          value={chosen}
          onChange={(values) => choose(values as Permission[])}
          error={chosen.length === 0 ? t.scopesNeeded : null}
        >
          <div className="scopes">
            {offered.map((scope) => (
              <Checkbox key={scope} size="xs" value={scope} label={scope} description={people.permissions[scope]} />
            ))}
          </div>
        </Checkbox.Group>
      )}
    </>
  );
}

/** The one time that a secret is shown. */
export function Secret({ secret }: { secret: string }) {
  return (
    <div className="secret" role="status">
      <p>{t.secretHelp}</p>
      <p>
        <code data-testid="secret">{secret}</code> <Copy value={secret} name={t.secret} />
      </p>
    </div>
  );
}
