// The account's status and banners, kept up to date by subscription, for everything below.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { type CombinedError, useClient } from 'urql';
import { whenSeen } from '../api/seen';
import type { Wire } from '../api/socket';
import { trusted } from '../api/trusted';
import { useSession } from '../auth/session';
import {
  type BannerListFieldsFragment,
  LiveBannersDocument,
  LiveStatusDocument,
  type StatusFieldsFragment,
  WidgetDocument,
} from '../gql/graphql';
import { newest } from './newest';
import { type Unread, unreadAfter } from './unread';

export interface Live {
  status: StatusFieldsFragment | null;
  banners: BannerListFieldsFragment | null;
  /** What could not be read lately, by its path: `creditStatus`, `creditStatus.outlook`, `banners`. */
  unread: Unread;
  wire: Wire;
  /** Takes a list of banners that a mutation answered with. */
  takeBanners: (list: BannerListFieldsFragment) => void;
}

const ALL_READ: Unread = new Set();
/** Where the live state comes from; stories give one of their own. */
export const LiveContext = createContext<Live>({
  status: null,
  banners: null,
  unread: ALL_READ,
  wire: 'connecting',
  takeBanners: () => {},
});

/** The live state of the account on the screen. */
export function useLive(): Live {
  return useContext(LiveContext);
}

// How long until a stream that ended with an error is tried again, and between questions while the connection is away.
const AGAIN_AFTER = 10_000;
const POLL_EVERY = 15_000;

/** Subscribes for an account; where the caller may not see the widget, everything stays null. */
export function LiveAccount({
  account,
  allowed,
  children,
}: {
  account: string;
  allowed: boolean;
  children: ReactNode;
}) {
  const { wire } = useSession();
  const [status, setStatus] = useState<StatusFieldsFragment | null>(null);
  const [banners, setBanners] = useState<BannerListFieldsFragment | null>(null);
  const [unread, setUnread] = useState(ALL_READ);
  const takeBanners = useCallback((l: BannerListFieldsFragment) => setBanners((shown) => newest(shown, l)), []);
  const take = useCallback(
    ({ creditStatus, banners: list }: Parts, part: string, error?: CombinedError) => {
      if (creditStatus) setStatus((shown) => newest(shown, creditStatus));
      if (list) takeBanners(list);
      setUnread((before) => unreadAfter(before, part, error));
    },
    [takeBanners],
  );
  useStreams(account, allowed, take);
  usePolling(account, allowed && wire === 'lost', take);
  const live = useMemo(() => {
    const mine = <S extends { accountId: string }>(state: S | null) => (state?.accountId === account ? state : null);
    return {
      status: mine(status),
      banners: mine(banners),
      unread,
      wire: allowed ? wire : 'live',
      takeBanners,
    } satisfies Live;
  }, [account, allowed, status, banners, unread, wire, takeBanners]);
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

// What an answer or a frame brings; a part that could not be read is null.
interface Parts {
  creditStatus?: StatusFieldsFragment | null;
  banners?: BannerListFieldsFragment | null;
}
type Take = (parts: Parts, part: string, error?: CombinedError) => void;
const IN_PARTS = { inParts: true };

function useStreams(account: string, allowed: boolean, take: Take) {
  const client = useClient();
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!allowed) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const retry = () => {
      timer ??= setTimeout(() => setRound((n) => n + 1), AGAIN_AFTER);
    };
    const streams = [
      client.subscription(trusted(LiveStatusDocument), { account }, IN_PARTS).subscribe(({ data, error }) => {
        take(data ?? {}, 'creditStatus', error);
        if (error) retry();
      }),
      client.subscription(trusted(LiveBannersDocument), { account }, IN_PARTS).subscribe(({ data, error }) => {
        take(data ?? {}, 'banners', error);
        if (error) retry();
      }),
    ];
    return () => {
      clearTimeout(timer);
      for (const stream of streams) stream.unsubscribe();
    };
  }, [client, account, allowed, take, round]);
}

function usePolling(account: string, needed: boolean, take: Take) {
  const client = useClient();
  useEffect(() => {
    if (!needed) return;
    const ask = async () => {
      const { data, error } = await client
        .query(trusted(WidgetDocument), { account }, { ...IN_PARTS, requestPolicy: 'network-only' })
        .toPromise();
      take(data?.account ?? {}, '', error);
    };
    const timer = setInterval(() => void ask(), POLL_EVERY);
    return () => clearInterval(timer);
  }, [client, account, needed, take]);
}

/**
 * Runs `ask` after the account changed, at most every `every` milliseconds. What changed while nobody saw the page is
 * asked for when it is seen again.
 */
export function useOnChange(ask: () => void, every = 10_000): void {
  const revision = useLive().status?.revision ?? null;
  const seen = useRef<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const off = useRef(() => {});
  const latest = useRef(ask);
  useEffect(() => void (latest.current = ask), [ask]);
  useEffect(() => {
    const changed = seen.current !== null && revision !== seen.current;
    seen.current = revision;
    if (!changed) return;
    timer.current ??= setTimeout(() => {
      timer.current = null;
      off.current();
      off.current = whenSeen(() => latest.current());
    }, every);
  }, [revision, every]);
  useEffect(
    () => () => {
      if (timer.current) clearTimeout(timer.current);
      timer.current = null;
      off.current();
    },
    [],
  );
}
