// Keeps a list of deployables up to date: after each change of a deployment, and after the balance moved.
import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { trusted } from '../api/trusted';
import { LiveDeploymentsDocument } from '../gql/graphql';
import { usePlace } from '../shell/place';

// How long until a stream that ended with an error is tried again, in milliseconds.
const AGAIN_AFTER = 10_000;

/** Calls `again` after something changed. The connection resumes by itself, a stream that failed is opened again. */
export function Watched({ again }: { again: () => void }) {
  const client = useClient();
  const { account } = usePlace();
  const [round, setRound] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stream = client
      .subscription(trusted(LiveDeploymentsDocument), { account: account.id })
      .subscribe(({ data, error }) => {
        if (error) timer ??= setTimeout(() => setRound((n) => n + 1), AGAIN_AFTER);
        if (data?.deploymentChanges.__typename === 'DeploymentChange') again();
      });
    return () => {
      clearTimeout(timer);
      stream.unsubscribe();
    };
  }, [client, account.id, again, round]);
  return null;
}
