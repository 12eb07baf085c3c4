// What the balance allows (rules §5): the list of gates, and buttons that say why they are disabled.
import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import { IconCheck, IconLock } from '@tabler/icons-react';
import { Fragment, type ReactNode, useId } from 'react';
import type { DecisionFieldsFragment, GatesFragment } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { amount, whole } from '../ui/format';
import { names, text } from '../ui/text';
import { told } from '../ui/told';

const t = text.deploy;
export type Decision = DecisionFieldsFragment;
const GATES = [
  'toolRun',
  'inference',
  'deployModel',
  'deployGuardrail',
  'deployScript',
  'scaleUp',
  'fineTune',
  'importProject',
] as const;

/** Why a gate is shut; nothing where it is open. */
export function why({ action, refusal }: Decision): string {
  return refusal ? told.refusal(refusal, action) : '';
}

/** All gates; a closed one says why. Undefined: loading. Nothing for those who may not ask. */
export function Gates({ gates }: { gates: GatesFragment | undefined }) {
  const { can } = usePlace();
  if (!can('ACCESS_CHECK')) return null;
  const shut = gates ? [...new Set(GATES.map((gate) => why(gates[gate])).filter((s) => s !== ''))] : [];
  return (
    <section className="card gates" aria-label={t.gates}>
      <div className="card-head">
        <div>
          <h2>{t.gates}</h2>
          <p>
            {gates ? names.zone[gates.deployModel.zone] : '\u00a0'}
            {shut.map((sentence) => (
              <Fragment key={sentence}>
                {' · '}
                <span className="gate-why">{sentence}</span>
              </Fragment>
            ))}
          </p>
        </div>
      </div>
      <ul>
        {GATES.map((gate) => {
          const decision = gates?.[gate];
          const Icon = decision?.allowed ? IconCheck : IconLock;
          return (
            <li
              key={gate}
              data-gate={gate}
              data-allowed={decision?.allowed}
              title={(decision && why(decision)) || undefined}
            >
              {decision ? <Icon size={15} aria-hidden /> : <i className="gate-icon" />}
              {t.actions[gate]}
              {decision && <span className="hidden">: {decision.allowed ? t.allowed : t.refused}</span>}
              {decision?.importMode && decision.importMode !== 'NORMAL' && (
                <em className="tag">{t.imports[decision.importMode]}</em>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

interface GatedProps extends ButtonProps {
  decision: Decision | undefined;
  onClick: () => void;
  children: ReactNode;
  /** Names what the button acts on, where its word alone would not. */
  label?: string;
}

/** A button that stays reachable when the balance forbids it, and says why. */
export function Gated({ decision, onClick, children, label, ...button }: GatedProps) {
  const help = useId();
  if (!decision || decision.allowed)
    return (
      <Button {...button} aria-label={label} disabled={!decision} onClick={onClick}>
        {children}
      </Button>
    );
  const refusal = decision.refusal;
  const missing = refusal
    ? t.missing(refusal.meter === 'TOOL_RUNS' ? whole(refusal.missing) : amount(refusal.missing))
    : '';
  return (
    <>
      <Tooltip
        label={`${why(decision)} ${missing}`}
        multiline
        w={280}
        events={{ hover: true, focus: true, touch: true }}
      >
        <Button
          {...button}
          aria-label={label}
          data-disabled
          aria-disabled
          aria-describedby={help}
          onClick={(event) => event.preventDefault()}
          leftSection={<IconLock size={14} />}
        >
          {children}
        </Button>
      </Tooltip>
      <span id={help} className="hidden">
        {why(decision)} {missing}
      </span>
    </>
  );
}
