// The time zone in the address of views by time, from the start: whoever gets the link sees the same days and figures.
import { localZone } from './zone';

const BY_TIME = /^\/accounts\/[^/]+\/agents\/settings\/billing\/(usage\/.|explore|ledger)/;

/** Puts it there before anything is drawn: a view that adds it afterwards (date-filter.tsx) is drawn twice. */
export function putZoneInAddress(): void {
  const { pathname, search, hash } = location;
  const params = new URLSearchParams(search);
  if (!BY_TIME.test(pathname) || params.has('tz')) return;
  params.set('tz', localZone());
  history.replaceState(history.state, '', `${pathname}?${params}${hash}`);
}
