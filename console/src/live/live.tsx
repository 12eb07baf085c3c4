// The account's status and banners, kept up to date by subscription, for everything below.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { useClient } from 'urql';
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

interface Live {
  status: StatusFieldsFragment | null;
  banners: BannerListFieldsFragment | null;
  wire: Wire;
  /** Takes a list of banners that a mutation answered with. */
  takeBanners: (list: BannerListFieldsFragment) => void;
}

const Context = createContext<Live>({ status: null, banners: null, wire: 'connecting', takeBanners: () => {} });

/** The live state of the account on the screen. */
export function useLive(): Live {
  return useContext(Context);
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
  const takeStatus = useCallback((s: StatusFieldsFragment) => setStatus((shown) => newest(shown, s)), []);
  const takeBanners = useCallback((l: BannerListFieldsFragment) => setBanners((shown) => newest(shown, l)), []);
  useStreams(account, allowed, takeStatus, takeBanners);
  usePolling(account, allowed && wire === 'lost', takeStatus, takeBanners);
  const live = useMemo(() => {
    const mine = <S extends { accountId: string }>(state: S | null) => (state?.accountId === account ? state : null);
    return { status: mine(status), banners: mine(banners), wire: allowed ? wire : 'live', takeBanners } satisfies Live;
  }, [account, allowed, status, banners, wire, takeBanners]);
  return <Context.Provider value={live}>{children}</Context.Provider>;
}

type Take<S> = (state: S) => void;

function useStreams(
  account: string,
  allowed: boolean,
  status: Take<StatusFieldsFragment>,
  banners: Take<BannerListFieldsFragment>,
) {
  const client = useClient();
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!allowed) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const retry = () => {
      timer ??= setTimeout(() => setRound((n) => n + 1), AGAIN_AFTER);
    };
    const streams = [
      client.subscription(trusted(LiveStatusDocument), { account }).subscribe(({ data, error }) => {
        if (data) status(data.creditStatus);
        if (error) retry();
      }),
      client.subscription(trusted(LiveBannersDocument), { account }).subscribe(({ data, error }) => {
        if (data) banners(data.banners);
        if (error) retry();
      }),
    ];
    return () => {
      clearTimeout(timer);
      for (const stream of streams) stream.unsubscribe();
    };
  }, [client, account, allowed, status, banners, round]);
}

function usePolling(
  account: string,
  needed: boolean,
  status: Take<StatusFieldsFragment>,
  banners: Take<BannerListFieldsFragment>,
) {
  const client = useClient();
  useEffect(() => {
    if (!needed) return;
    const ask = async () => {
      const { data } = await client
        .query(trusted(WidgetDocument), { account }, { requestPolicy: 'network-only' })
        .toPromise();
      if (data?.account) {
        status(data.account.creditStatus);
        banners(data.account.banners);
      }
    };
    const timer = setInterval(() => void ask(), POLL_EVERY);
    return () => clearInterval(timer);
  }, [client, account, needed, status, banners]);
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
