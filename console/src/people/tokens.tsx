// Security: the account's API tokens.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useChange } from '../api/ask';
import { RevokeApiTokenDocument, TokensViewDocument, type TokensViewQuery } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Dialog, useSend } from '../ui/form';
import { Instant } from '../ui/instant';
import { List } from '../ui/list';
import { afterPaint } from '../ui/soon';
import { Denied, Empty } from '../ui/states';
import type { Column } from '../ui/table';
import { View } from '../ui/view';
import { localZone } from '../ui/zone';
import { RotateForm } from './rotate-form';
import { people } from './text';
import { type OfferedRole, TokenForm } from './token-form';

const t = people.tokens;
type Row = NonNullable<TokensViewQuery['account']>['apiTokens']['edges'][number];
type Token = Row['node'];

const COLUMNS: Column<Row>[] = [
  {
    key: 'name',
    title: t.name,
    cell: ({ node }) => (
      <span className="name">
        {node.name}
        <small>
          <code>{node.prefix}…</code>
        </small>
      </span>
    ),
  },
  { key: 'role', title: t.role, cell: ({ node }) => <span className="words">{node.role.name}</span> },
  {
    key: 'may',
    title: t.may,
    cell: ({ node }) => <May token={node} />,
  },
  { key: 'made', title: t.made, cell: ({ node }) => <Instant at={node.createdAt} zone={localZone()} /> },
  {
    key: 'used',
    title: t.used,
    cell: ({ node }) => (node.lastUsedAt ? <Instant at={node.lastUsedAt} zone={localZone()} timed /> : t.never),
  },
  {
    key: 'ends',
    title: t.ends,
    cell: ({ node }) => (node.expiresAt ? <Instant at={node.expiresAt} zone={localZone()} /> : t.never),
  },
  { key: 'state', title: t.state, cell: ({ node }) => <State token={node} /> },
];

// All of the role, or the permissions that were chosen of it; and which documents it may send.
function May({ token: { permissions, role, documents } }: { token: Token }) {
  const held = permissions.filter((permission) => permission !== 'AUTHENTICATED');
  const whole = permissions.length === role.permissions.length;
  return (
    <>
      {whole ? (
        t.all
      ) : (
        <span className="permissions">
          {held.map((permission) => (
            <em key={permission} className="tag" title={people.permissions[permission]}>
              {permission}
            </em>
          ))}
          {held.length === 0 && t.nothing}
        </span>
      )}
      <small className="reason">{t.policies[documents]}</small>
    </>
  );
}

const hasEnded = ({ expiresAt }: Token) => Boolean(expiresAt && Date.parse(expiresAt) <= Date.now());

function State({ token }: { token: Token }) {
  const [tone, word] = token.revokedAt
    ? ['bad', t.revoked]
    : hasEnded(token)
      ? ['off', t.ended]
      : token.successorId
        ? ['busy', t.rotated]
        : ['good', t.good];
  return (
    <span className="status" data-tone={tone}>
      {word}
    </span>
  );
}

/** The view. */
export default function Tokens() {
  const { account, can } = usePlace();
  const [making, setMaking] = useState<OfferedRole[] | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const [rotating, setRotating] = useState<Token | null>(null);
  const manages = can('TOKENS_MANAGE');
  if (!can('TOKENS_VIEW'))
    return (
      <View title={t.title}>
        <div className="card">
          <Denied needs="TOKENS_VIEW" />
        </div>
      </View>
    );
  const actions: Column<Row> = {
    key: 'actions',
    title: t.actions,
    right: true,
    cell: ({ node }) =>
      !node.revokedAt &&
      !hasEnded(node) && (
        <span className="row-actions">
          {!node.successorId && (
            <Button size="xs" variant="default" aria-label={t.rotateOf(node.name)} onClick={() => setRotating(node)}>
              {t.rotate}
            </Button>
          )}
          <Button size="xs" variant="default" aria-label={t.revokeOf(node.name)} onClick={() => setRevoking(node)}>
            {t.revoke}
          </Button>
        </span>
      ),
  };
  return (
    <View title={t.title} lead={t.lead}>
      <List
        file={{ name: t.title }}
        document={TokensViewDocument}
        connection={(data) => data.account?.apiTokens}
        caption={t.caption}
        columns={manages ? [...COLUMNS, actions] : COLUMNS}
        keyOf={({ node }) => node.id}
        empty={<Empty title={t.empty[0]} help={t.empty[1]} />}
        variables={(page) => ({ account: account.id, roles: can('MEMBERS_VIEW'), ...page })}
        head={(data) =>
          manages && (
            <div className="filters">
              <span className="filters-end">
                <Button disabled={!data} onClick={() => afterPaint(() => setMaking(data?.account?.roles ?? []))}>
                  {t.create}
                </Button>
              </span>
            </div>
          )
        }
      />
      {making && <TokenForm roles={making} onClose={() => setMaking(null)} />}
      {rotating && <RotateForm token={rotating} onClose={() => setRotating(null)} />}
      {revoking && <Revoke token={revoking} onClose={() => setRevoking(null)} />}
    </View>
  );
}

function Revoke({ token, onClose }: { token: Token; onClose: () => void }) {
  const [revoke] = useChange(RevokeApiTokenDocument, (d) => d.revokeApiToken);
  const { refused, busy, send } = useSend(onClose);
  return (
    <Dialog
      opened
      title={t.revokeOf(token.name)}
      submit={t.revoke}
      busy={busy}
      danger
      refused={refused}
      onClose={onClose}
      onSubmit={() => void send(revoke({ input: { apiTokenId: token.id } }))}
    >
      <p>{t.revokeHelp}</p>
    </Dialog>
  );
}
