// E-mails; a row opens the mail.
import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useAsk } from '../api/ask';
import {
  type EmailKind,
  EmailPanelDocument,
  type EmailPanelQuery,
  type EmailState,
  EmailsViewDocument,
  type EmailsViewQuery,
} from '../gql/graphql';
import { usePlace } from '../shell/place';
import { Facts } from '../ui/figures';
import { percent } from '../ui/format';
import { Instant } from '../ui/instant';
import { List } from '../ui/list';
import { Panel, useOpening } from '../ui/panel';
import { useParameters } from '../ui/params';
import { Choices, readChoices } from '../ui/search';
import { Answered, Denied, Empty } from '../ui/states';
import type { Column } from '../ui/table';
import { names, text } from '../ui/text';
import { told } from '../ui/told';
import { View } from '../ui/view';
import { localZone } from '../ui/zone';
import { Preview } from './preview';

const t = text.emails;
const KINDS: readonly EmailKind[] = [
  'STEP',
  'LOW_LIMIT',
  'ZERO',
  'NEGATIVE_LIMIT',
  'STOPPED',
  'SCRIPT_DEPLOYED',
  'SCRIPT_UNDEPLOYED',
  'SCRIPT_FAILED',
  'GRANT_EXPIRING',
  'GRANT_EXPIRED',
  'TOKEN_EXPIRING',
];
const STATES: readonly EmailState[] = ['QUEUED', 'SENT', 'STORED', 'DEAD', 'SKIPPED', 'HELD_BACK'];
const TONES: Record<EmailState, string> = {
  QUEUED: 'busy',
  SENT: 'good',
  STORED: 'off',
  DEAD: 'bad',
  SKIPPED: 'off',
  HELD_BACK: 'off',
};

type Row = NonNullable<EmailsViewQuery['account']>['emailMessages']['edges'][number];
type Copy = Row['node']['copies'][number];

// What it is about, such as Usage step 70% · Credits.
function about({ kind, meter, step }: Pick<Row['node'], 'kind' | 'meter' | 'step'>): string {
  const what = step ? `${names.email[kind]} ${percent(String(step))}` : names.email[kind];
  return meter ? `${what} · ${text.meters[meter]}` : what;
}

// The server writes its mails in English.
function Subject({ subject }: { subject: string }) {
  return (
    <span className="name" lang="en">
      {subject}
    </span>
  );
}

function columns(zone: string): Column<Row>[] {
  return [
    { key: 'subject', title: t.subject, cell: ({ node }) => <Subject subject={node.subject} /> },
    { key: 'kind', title: t.kind, cell: ({ node }) => about(node) },
    { key: 'to', title: t.to, cell: ({ node }) => <Recipients message={node} /> },
    { key: 'at', title: t.at, cell: ({ node }) => <Instant at={node.createdAt} zone={zone} timed /> },
    { key: 'state', title: t.state, cell: ({ node }) => <States copies={node.copies} /> },
  ];
}

// Each recipient has a copy of their own, which is opened by their address.
function Recipients({ message: { copies, copyCount } }: { message: Row['node'] }) {
  const { show } = useOpening();
  if (copies.length === 1) return <span className="name plain">{copies[0]!.recipient}</span>;
  return (
    <ul className="name plain addresses">
      {copies.map((copy) => (
        <li key={copy.id}>
          <button type="button" className="open link" aria-haspopup="dialog" onClick={() => show(copy.id)}>
            {copy.recipient}
          </button>
        </li>
      ))}
      {copyCount > copies.length && <li>{t.more(copyCount - copies.length)}</li>}
    </ul>
  );
}

// One word where all copies got equally far, and one for each otherwise.
function States({ copies }: { copies: Copy[] }) {
  const alike = copies.every(({ state }) => state === copies[0]!.state);
  return (
    <ul>
      {(alike ? copies.slice(0, 1) : copies).map((copy) => (
        <li key={copy.id}>
          <State state={copy.state} />
        </li>
      ))}
    </ul>
  );
}

function State({ state }: { state: EmailState }) {
  return (
    <span className="status" data-tone={TONES[state]}>
      {names.emailState[state]}
    </span>
  );
}

/** The view. */
export default function Emails() {
  const { account, can } = usePlace();
  const [params] = useParameters();
  const { open, show, close } = useOpening();
  const kinds = readChoices(params, 'kind', KINDS);
  const states = readChoices(params, 'state', STATES);
  if (!can('BILLING_VIEW'))
    return (
      <View title={t.title}>
        <div className="card">
          <Denied needs="BILLING_VIEW" />
        </div>
      </View>
    );
  return (
    <View title={t.title} lead={t.lead}>
      <List
        file={{ name: t.title }}
        document={EmailsViewDocument}
        connection={(data) => data.account?.emailMessages}
        caption={t.caption}
        columns={columns(localZone())}
        keyOf={({ node }) => node.copies[0]!.id}
        opened={open}
        onOpen={({ node }) => show(node.copies[0]!.id)}
        empty={<Empty title={t.empty[0]} help={t.empty[1]} />}
        variables={(page) => ({
          account: account.id,
          filter: { kinds: kinds.length ? kinds : null, states: states.length ? states : null },
          ...page,
        })}
        head={() => (
          <div className="filters">
            <Choices name="kind" label={t.kind} offered={KINDS} titles={names.email} />
            <Choices name="state" label={t.state} offered={STATES} titles={names.emailState} />
          </div>
        )}
      />
      <EmailPanel id={open} onClose={close} />
    </View>
  );
}

type Email = Extract<NonNullable<EmailPanelQuery['node']>, { __typename: 'Email' }>;

function EmailPanel({ id, onClose }: { id: string | null; onClose: () => void }) {
  const answer = useAsk(EmailPanelDocument, { id: id ?? '' }, id === null);
  const of = ({ node }: EmailPanelQuery) =>
    !node ? null : node.__typename === 'Email' && node.id === id ? node : undefined;
  const email = id !== null && answer.data ? of(answer.data) : null;
  return (
    <Panel opened={id !== null} onClose={onClose} title={email ? <span lang="en">{email.subject}</span> : '…'} wide>
      {id !== null && (
        <Answered answer={answer} of={of}>
          {(found) => <Detail email={found} />}
        </Answered>
      )}
    </Panel>
  );
}

function Detail({ email }: { email: Email }) {
  const [plain, setPlain] = useState(false);
  const zone = localZone();
  const shown = [
    { value: 'html', label: t.html },
    { value: 'plain', label: t.plain },
  ];
  return (
    <>
      <Facts
        items={[
          [t.to, email.recipient],
          [t.kind, about(email)],
          [t.state, <State state={email.state} />],
          [t.at, <Instant at={email.createdAt} zone={zone} timed />],
          [t.sent, <Instant at={email.sentAt} zone={zone} timed />],
          [t.attempts, email.attempts],
          ...(email.lastError ? [[t.error, told.known(email.lastError)] as [string, string]] : []),
          [t.id, <code>{email.messageId}</code>],
        ]}
      />
      <SegmentedControl
        size="xs"
        aria-label={text.overview.view}
        value={plain ? 'plain' : 'html'}
        data={shown}
        onChange={(value) => setPlain(value === 'plain')}
      />
      {plain ? (
        <pre className="mail" lang="en" tabIndex={0}>
          {email.text}
        </pre>
      ) : (
        <Preview html={email.html} />
      )}
    </>
  );
}
