// The part of a view's state that stands in the URL.
import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/** Changes parameters; null leaves one out. */
export type SetParams = (changes: Record<string, string | null>, replace?: boolean, state?: unknown) => void;

/** The parameters, and how to change some of them. */
export function useParameters(): [URLSearchParams, SetParams] {
  const [params, set] = useSearchParams();
  const change = useCallback<SetParams>(
    (changes, replace = false, state = undefined) =>
      set(
        () => {
          // As it stands now: two changes at once are both kept.
          const after = new URLSearchParams(window.location.search);
          for (const [name, value] of Object.entries(changes))
            value === null || value === '' ? after.delete(name) : after.set(name, value);
          return after;
        },
        { replace, preventScrollReset: true, state: state ?? (replace ? window.history.state?.usr : undefined) },
      ),
    [set],
  );
  return [params, change];
}
