// A status as a dot and a word, so that colour is never all.
import { names } from './text';

type Status = keyof typeof names.status;

const TONES: Partial<Record<Status, string>> = {
  DEPLOYED: 'good',
  COMPLETED: 'good',
  ACTIVE: 'good',
  RUNNING: 'busy',
  DEPLOYING: 'busy',
  PENDING: 'busy',
  DEPLOYMENT_FAILED: 'bad',
  FAILED: 'bad',
  STOPPED: 'bad',
  DELETED: 'gone',
  READY_TO_DEPLOY: 'ready',
};

/** The status of a resource; `pending` tells that a deployment is on its way. */
export function StatusMark({ status, pending }: { status: Status; pending?: boolean }) {
  const shown: Status = pending ? 'PENDING' : status;
  return (
    <span className="status" data-tone={TONES[shown] ?? 'off'} data-status={status}>
      {names.status[shown]}
    </span>
  );
}
