// What a deployment would cost, before it is made.
import { Alert } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useAsk } from '../api/ask';
import { HostingEstimateDocument, type HostingEstimateQueryVariables } from '../gql/graphql';
import { usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Exact } from '../ui/exact';
import { exact, moment } from '../ui/format';
import { Unread, Waiting } from '../ui/states';
import { text } from '../ui/text';
import { localZone } from '../ui/zone';
import { type Decision, why } from './gate';

const t = text.deploy;

/** What is to be hosted; null while the form is not filled in. */
export type Hosting = Omit<HostingEstimateQueryVariables, 'account'> | null;

/** Asks for the estimate of what the form says. `free` tells that no balance gates it. */
export function useEstimate(hosting: Hosting) {
  const { account } = usePlace();
  const [settled] = useDebouncedValue(hosting, 200);
  const asked = settled ?? hosting;
  const { data, fetching, fault, again } = useAsk(
    HostingEstimateDocument,
    { account: account.id, category: 'MODELS', replicas: 1, ...asked },
    asked === null || hosting === null,
  );
  const estimate = (hosting && data?.account?.hostingEstimate) ?? null;
  return { estimate, waiting: fetching, fault: estimate ? null : fault, again };
}

/** The estimate in words. */
export function EstimateBox({ estimate, waiting, fault, again }: ReturnType<typeof useEstimate>) {
  if (!estimate && fault) return <Unread what={t.noEstimate} fault={fault} again={again} />;
  if (!estimate) return waiting ? <Waiting lines={2} /> : null;
  const { outlook, decision } = estimate;
  return (
    <div className="estimate" role="group" aria-label={t.estimate} data-busy={waiting || undefined}>
      <dl>
        <div>
          <dt>{t.hour}</dt>
          <dd>
            <Exact value={estimate.ratePerHour} show={exact} />
          </dd>
        </div>
        <div>
          <dt>{t.day}</dt>
          <dd>
            <Exact value={estimate.perDay} />
          </dd>
        </div>
        <div>
          <dt>{t.month}</dt>
          <dd>
            <Exact value={estimate.perThirtyDays} />
          </dd>
        </div>
      </dl>
      {outlook.exhaustedAt && (
        <p className="hint">
          {t.emptyAt} {moment(outlook.exhaustedAt, localZone())}
          {outlook.stopAt && (
            <>
              , {t.stopsAt} {moment(outlook.stopAt, localZone())}
            </>
          )}
          .
        </p>
      )}
      <Verdict decision={decision} />
    </div>
  );
}

/** Why the balance refuses, where it does. */
export function Verdict({ decision }: { decision: Decision }) {
  if (decision.allowed || !decision.refusal) return null;
  return (
    <Alert color="red" p="sm" role="status">
      {why(decision)} {t.missing(exact(decision.refusal.missing))}
    </Alert>
  );
}

/** Where the prices stand. */
export function usePricing(): string {
  return usePaths().billing('pricing');
}
