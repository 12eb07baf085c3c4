// What takes long is done after the screen has answered the click: first the press shows, then the view changes.
import { useCallback, useState } from 'react';

/** Runs `work` once the screen shows what has been changed so far. */
export function afterPaint(work: () => void): void {
  if (document.hidden) setTimeout(work);
  else requestAnimationFrame(() => setTimeout(work));
}

/**
 * A value that a control shows at once, while what hangs on it follows after the next paint. Another value from
 * elsewhere, such as the address, takes its place.
 */
export function useSoon<V>(value: V, commit: (value: V) => void): [V, (value: V) => void] {
  const [ahead, setAhead] = useState<{ of: V; to: V } | null>(null);
  const choose = useCallback(
    (to: V) => {
      setAhead({ of: value, to });
      afterPaint(() => commit(to));
    },
    [value, commit],
  );
  return [ahead && ahead.of === value ? ahead.to : value, choose];
}
