// Every address of the console, in one place.
import { useMemo } from 'react';
import { usePlace } from './place';

export const TABS = ['overview', 'tools', 'models', 'guardrails', 'scripts'] as const;
export type Tab = (typeof TABS)[number];
export const KINDS = ['running', 'models', 'guardrails', 'scripts', 'fine-tuning'] as const;
export type Kind = (typeof KINDS)[number];

/** The addresses within an account. */
export function pathsOf(account: string) {
  const base = `/accounts/${encodeURIComponent(account)}`;
  const settings = `${base}/agents/settings`;
  return {
    modules: base,
    agents: `${base}/agents`,
    deployments: (kind: Kind) => `${base}/agents/deployments/${kind}`,
    part: (name: string) => `${base}/agents/${name}`,
    setting: (name: string) => `${settings}/${name}`,
    resource: (tab: Tab, id: string) => `${settings}/billing/usage/${tab}/${encodeURIComponent(id)}`,
    usage: (tab: Tab) => `${settings}/billing/usage/${tab}`,
    billing: (
      name: 'explore' | 'sheet' | 'ledger' | 'grants' | 'statements' | 'emails' | 'pricing' | 'script-statuses',
    ) => `${settings}/billing/${name}`,
    desk: `${base}/support`,
    audit: `${base}/support/audit`,
    ofDesk: (name: 'day' | 'prices' | 'usage') => `${base}/support/${name}`,
  };
}

/** Where Support finds accounts. */
export const ACCOUNTS = '/accounts';

/** Where Support changes prices. */
export const RATES = '/rates';

/** The addresses within the account on the screen. */
export function usePaths() {
  const { account } = usePlace();
  return useMemo(() => pathsOf(account.id), [account.id]);
}
