// The present in coarse steps, for what is asked by the time of day: it changes seldom, so that answers stay fresh.
import { useEffect, useState } from 'react';
import { whenSeen } from '../api/seen';

const STEP = 5 * 60_000;

/** Now, cut to whole minutes, renewed every 5 minutes while the page is seen. */
export function useNow(): Date {
  const [now, setNow] = useState(whole);
  useEffect(() => {
    let off = () => {};
    const timer = setInterval(() => {
      off();
      off = whenSeen(() => setNow(whole()));
    }, STEP);
    return () => {
      clearInterval(timer);
      off();
    };
  }, []);
  return now;
}

let shown = new Date(0);

// The same for all who look within a step, so that a view that is shown again asks for the same.
function whole(): Date {
  if (Math.abs(Date.now() - shown.getTime()) >= STEP) shown = new Date(Math.floor(Date.now() / 60_000) * 60_000);
  return shown;
}
