// What can be done with a row, and what the balance allows.
import { Button } from '@mantine/core';
import type { GatesFragment } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { text } from '../ui/text';
import type { Task } from './forms';
import { Gated } from './gate';
import type { Acts } from './hosted';

const t = text.deploy;
const BUTTON = { size: 'xs', variant: 'default' } as const;

interface ActionsProps {
  name: string;
  acts: Acts;
  gates: Partial<GatesFragment> | undefined;
  begin: (task: Task) => void;
}

/** Buttons; one that the balance forbids says why. */
export function Actions({ name, acts, gates, begin }: ActionsProps) {
  const { can } = usePlace();
  if (!can('RESOURCE_MANAGE')) return null;
  const gate = gates?.[acts.gate];
  const decision = gate && acts.free ? { ...gate, allowed: true } : gate;
  const gated = (label: string, task: Task | undefined) =>
    task && (
      <Gated {...BUTTON} decision={decision} label={`${label} ${name}`} onClick={() => begin(task)}>
        {label}
      </Gated>
    );
  const free = (label: string, task: Task | undefined) =>
    task && (
      <Button {...BUTTON} aria-label={`${label} ${name}`} onClick={() => begin(task)}>
        {label}
      </Button>
    );
  return (
    <span className="row-actions">
      {gated(t.deploy, acts.deploy)}
      {gated(t.redeploy, acts.redeploy)}
      {free(t.scale, acts.scale)}
      {free(t.undeploy, acts.undeploy)}
    </span>
  );
}
