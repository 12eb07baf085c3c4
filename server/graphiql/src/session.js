// The token of this tab, and what may be asked with it. The token stays in the tab: sessionStorage ends with it, and no
// cookie is set.
const KEY = 'usagegraph.graphiql.token';

export const kept = () => sessionStorage.getItem(KEY) ?? '';
export const keep = (token) => sessionStorage.setItem(KEY, token);
export const forget = () => sessionStorage.removeItem(KEY);

// What is said of an error's code; others show the server's own words.
const refusals = {
  UNAUTHENTICATED: 'This token is not valid, or has ended.',
  DOCUMENT_NOT_TRUSTED: 'This token sends registered documents only, so it may not explore.',
  INTROSPECTION_DISABLED: 'This token may not explore: that needs the permission EXPLORE.',
};

async function ask(token, query) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(refusals[errors[0].extensions?.code] ?? errors[0].message);
  return data;
}

// Tells who the token stands for and which account the examples begin with; throws a sentence where it may not explore.
export async function signIn(token) {
  const { viewer } = await ask(
    token,
    '{ __schema { queryType { name } } viewer { name permissions accounts { account { id } role { permissions } } } }',
  );
  const own = viewer.accounts[0]?.account.id;
  const permissions = [...viewer.permissions, ...(viewer.accounts[0]?.role.permissions ?? [])];
  if (own || !viewer.permissions.includes('ACCOUNT_LIST')) return { name: viewer.name, account: own, permissions };
  const { accounts } = await ask(token, '{ accounts(first: 1) { edges { node { id } } } }');
  return { name: viewer.name, account: accounts.edges[0]?.node.id, permissions };
}
