// Which of two states is the newer one (docs/live.md): frames and answers may overtake each other.

interface Dated {
  accountId: string;
  revision: number;
  asOf: string;
}

/** The newer of what is shown and what arrived; of another account, what arrived. */
export function newest<S extends Dated>(shown: S | null, arrived: S): S {
  if (!shown || shown.accountId !== arrived.accountId) return arrived;
  if (arrived.revision !== shown.revision) return arrived.revision > shown.revision ? arrived : shown;
  return Date.parse(arrived.asOf) >= Date.parse(shown.asOf) ? arrived : shown;
}
