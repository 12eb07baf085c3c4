// The credential of this tab: found, kept, renewed, shared with the other tabs, and given up.
import { useCallback, useEffect, useRef, useState } from 'react';
import { type Credential, forget, forgetIssuer, hasLeft, isKnown, keep, kept, noteLeft } from './credential';
import { issuer, leave as leaveFor, revoke } from './oidc';
import { isRenewable, keepFresh, renewPatiently } from './renewal';
import { askTabs, leaveTabs, listenToTabs } from './tabs';

/** What a tab knows of its sign-in. */
export interface Holder {
  credential: Credential | null;
  /** A credential is being looked for; nobody is to be asked for one yet. */
  searching: boolean;
  /** The server no longer took the last one. */
  ended: boolean;
  /** Counts sign-ins and renewals after a refusal: what was asked before them is asked again. */
  round: number;
  signIn: (credential: Credential, stay: boolean) => void;
  leave: (refused: boolean) => void;
  /** The server refused a token; reports whether there will be another one. */
  refused: (token: string) => boolean;
  /** The token in force now. */
  current: () => string;
  /** The same, waited for while it is being renewed. */
  settled: () => Promise<string>;
}

/** Holds the credential. */
export function useHolder(): Holder {
  const [credential, setCredential] = useState(kept);
  const [ended, setEnded] = useState(false);
  const [round, setRound] = useState(0);
  const held = useRef(credential);
  const renewing = useRef<Promise<unknown> | null>(null);
  const put = useCallback((next: Credential | null) => {
    held.current = next;
    setCredential(next);
  }, []);
  const take = useCallback(
    (next: Credential) => {
      keep(next, false);
      put(next);
    },
    [put],
  );
  const [searching, setSearching] = useSearch(credential === null, take);
  const signIn = useCallback(
    (next: Credential, stay: boolean) => {
      keep(next, stay);
      setEnded(false);
      setRound((n) => n + 1);
      put(next);
    },
    [put],
  );
  const drop = useCallback(() => {
    forget(held.current?.token ?? '');
    put(null);
  }, [put]);
  const leave = useCallback(
    (refused: boolean) => {
      const was = held.current;
      drop();
      setEnded(refused);
      if (was && !refused) {
        forgetIssuer();
        noteLeft(was.session);
        leaveTabs(was.session);
        revoke(was).catch(() => {}); // it ends by itself
      } else if (was?.issued) {
        setSearching(true);
        void silently().then((gone) => setSearching(gone));
      }
    },
    [drop, setSearching],
  );
  const refused = useCallback(
    (token: string) => {
      const mine = held.current;
      if (!mine) return false;
      if (mine.token !== token || renewing.current) return true;
      if (!isRenewable(mine, Date.now())) {
        leave(true);
        return false;
      }
      renewing.current = renewPatiently(mine)
        .then(
          // Meanwhile the person may have signed out.
          (next) => held.current?.session === next.session && signIn(next, false),
          () => held.current?.session === mine.session && leave(true),
        )
        .finally(() => (renewing.current = null));
      return true;
    },
    [leave, signIn],
  );
  useEffect(() => (credential ? keepFresh(credential, take) : undefined), [credential, take]);
  useEffect(() => listenToTabs({ current: () => held.current, onNewer: take, onLeft: drop }), [take, drop]);
  useEffect(() => {
    // A page that comes back from the browser's history was not there to be told.
    const shown = () => held.current && hasLeft(held.current.session) && drop();
    window.addEventListener('pageshow', shown);
    return () => window.removeEventListener('pageshow', shown);
  }, [drop]);
  const current = useCallback(() => held.current?.token ?? '', []);
  const settled = useCallback(async () => {
    await renewing.current;
    return current();
  }, [current]);
  return { credential, searching, ended, round, signIn, leave, refused, current, settled };
}

// A tab that has no credential of its own asks the other tabs, and then the issuer, without asking the person.
function useSearch(needed: boolean, take: (found: Credential) => void): [boolean, (searching: boolean) => void] {
  const [searching, setSearching] = useState(needed && location.pathname !== '/signed-in');
  useEffect(() => {
    if (!searching) return;
    let gone = false;
    const search = async () => {
      const found = await askTabs(null);
      if (gone) return;
      if (found) take(found);
      setSearching(found ? false : await silently());
    };
    void search();
    return () => void (gone = true);
    // Once, when the tab is opened.
  }, []);
  return [searching, setSearching];
}

const TRIED = 'usagegraph.silent';
// A token that is refused as soon as it was got would have the issuer asked again and again; in milliseconds.
const NOT_AGAIN_WITHIN = 60_000;

// Leaves for the issuer where it knows the person; reports whether the page is on its way there.
async function silently(): Promise<boolean> {
  if (!isKnown() || Date.now() - Number(sessionStorage.getItem(TRIED)) < NOT_AGAIN_WITHIN) return false;
  try {
    const to = await issuer();
    if (!to) return false;
    sessionStorage.setItem(TRIED, String(Date.now()));
    await leaveFor(to, location.pathname + location.search, true);
    return true;
  } catch {
    return false; // the page of signing in says what is wrong when the person tries
  }
}
