// Keeps a list of deployables up to date: after each change of a deployment, and after the balance moved.
import { useEffect } from 'react';
import { useClient } from 'urql';
import { trusted } from '../api/trusted';
import { LiveDeploymentsDocument } from '../gql/graphql';
import { useOnChange } from '../live/live';
import { usePlace } from '../shell/place';

/** Calls `again` after something changed. The connection resumes by itself; what was missed shows with the next change of the account. */
export function Watched({ again }: { again: () => void }) {
  const client = useClient();
  const { account } = usePlace();
  useOnChange(again, 1_500);
  useEffect(() => {
    const stream = client.subscription(trusted(LiveDeploymentsDocument), { account: account.id }).subscribe(({ data }) => {
      if (data?.deploymentChanges.__typename === 'DeploymentChange') again();
    });
    return () => stream.unsubscribe();
  }, [client, account.id, again]);
  return null;
}
