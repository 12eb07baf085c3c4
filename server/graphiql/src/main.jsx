import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { setNonce } from 'get-nonce';
import { GraphiQL } from 'graphiql';
import { createClient } from 'graphql-ws';
import { useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import { forget, keep, kept, signIn } from './session.js';
import './page.css';

// Style elements that the page's parts make need the nonce that the server allowed.
setNonce(document.querySelector('meta[name="style-nonce"]').content);

const files = import.meta.glob('../examples/*.graphql', { query: '?raw', import: 'default', eager: true });
const examples = Object.keys(files)
  .sort()
  .map((name) => files[name]);

const socketURL = `${location.origin.replace(/^http/, 'ws')}/graphql`;

function fetcherOf(token) {
  const authorization = `Bearer ${token}`;
  return createGraphiQLFetcher({
    url: '/graphql',
    headers: { authorization },
    wsClient: createClient({ url: socketURL, connectionParams: { authorization } }),
  });
}

// Nobody is shown an example that would refuse them. What one needs beyond a valid token stands in its line "# Needs …".
function fits(query, permissions) {
  const needed = /^# Needs (.+)\.$/m.exec(query)?.[1].split(', ') ?? [];
  return needed.every((permission) => permissions.includes(permission));
}

// A document that the console hands over, in the part of the address that is sent to no server.
const handed = new URLSearchParams(location.hash.slice(1)).get('query');

function tabs({ account, permissions }) {
  const variables = account ? JSON.stringify({ account }, null, 2) : undefined;
  return examples
    .filter((query) => fits(query, permissions))
    .map((query) => ({ query, variables: query.includes('$account') ? variables : undefined }));
}

function Explorer({ token, viewer, onLeave }) {
  const fetcher = useMemo(() => fetcherOf(token), [token]);
  const defaultTabs = useMemo(() => tabs(viewer), [viewer]);
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={defaultTabs}
      initialQuery={handed ?? undefined}
      isHeadersEditorEnabled={false}
      shouldPersistHeaders={false}
      storage={storage}
    >
      <GraphiQL.Logo>
        <span className="who">{viewer.name}</span>
        <button type="button" className="leave" onClick={onLeave}>
          Sign out
        </button>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

// Documents and variables hold ids of accounts: they are kept for this tab alone, like the token, and as long as it is. GraphiQL
// writes late, also after its end.
const storage = {
  getItem: (key) => sessionStorage.getItem(key),
  setItem: (key, value) => {
    if (kept()) sessionStorage.setItem(key, value);
  },
  removeItem: (key) => sessionStorage.removeItem(key),
  clear: () => sessionStorage.clear(),
  get length() {
    return sessionStorage.length;
  },
};

function Door({ fault, busy, onToken }) {
  return (
    <main className="door">
      <h1>GraphiQL</h1>
      <p>For tokens that may explore: those of ANALYST and SUPPORT that send any document, and all of development.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onToken(new FormData(event.currentTarget).get('token').trim());
        }}
      >
        <label htmlFor="token">API token</label>
        <input id="token" name="token" type="password" autoComplete="off" required spellCheck="false" />
        <button type="submit" disabled={busy}>
          Explore
        </button>
      </form>
      <p role="alert">{fault}</p>
    </main>
  );
}

function Page() {
  const [token, setToken] = useState(kept);
  const [viewer, setViewer] = useState(null);
  const [fault, setFault] = useState('');
  useEffect(() => {
    if (!token) return;
    setFault('');
    signIn(token).then(
      (who) => {
        keep(token);
        setViewer(who);
      },
      (error) => {
        forget();
        setToken('');
        setFault(error.message);
      },
    );
  }, [token]);
  const leave = () => {
    sessionStorage.clear();
    setViewer(null);
    setToken('');
  };
  if (viewer) return <Explorer token={token} viewer={viewer} onLeave={leave} />;
  return <Door fault={fault} busy={token !== ''} onToken={setToken} />;
}

createRoot(document.getElementById('root')).render(<Page />);
