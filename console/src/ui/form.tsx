// What forms share: a dialog, its buttons, and what the server objects to.
import { Alert, Button, Modal } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { Objection, Outcome } from '../api/ask';
import type { Fault } from '../api/fault';
import { text } from './text';
import { told } from './told';

/** What came back instead of a result. */
export interface Refused {
  objections: Objection[];
  fault: Fault | null;
}

/** Says why nothing was changed. */
export function Objections({ refused }: { refused: Refused | null }) {
  if (!refused) return null;
  const { fault, objections } = refused;
  const lines: [told: string, detail?: string | null][] = fault
    ? [[fault.code === 'OFFLINE' ? text.states.offline : told.fault(fault.code, fault.message)]]
    : objections.map((o) => [told.objection(o), told.detail(o)]);
  return (
    <Alert color="red" role="alert" title={text.deploy.failed} p="sm">
      {lines.map(([line, detail]) => (
        <p key={line}>
          {line}
          {detail && <small lang="en"> {detail}</small>}
        </p>
      ))}
    </Alert>
  );
}

/** What is kept of a form that was sent: why it was refused, and whether the answer is on its way. */
export interface Sending<P> {
  refused: Refused | null;
  busy: boolean;
  /** Resolves to whether it was done. */
  send: (sent: Promise<Outcome<P>>) => Promise<boolean>;
}

/** Sends what a form holds: calls `onDone` with the answer when that is done, and tells why not otherwise. */
export function useSend<P = unknown>(onDone: (done: P) => void): Sending<P> {
  const [refused, setRefused] = useState<Refused | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async (sent: Promise<Outcome<P>>) => {
    setBusy(true);
    const outcome = await sent;
    setBusy(false);
    setRefused(outcome.objections ? { objections: outcome.objections, fault: outcome.fault } : null);
    if (outcome.objections) return false;
    onDone(outcome.done);
    return true;
  };
  return { refused, busy, send };
}

interface DialogProps {
  title: string;
  opened: boolean;
  onClose: () => void;
  onSubmit: () => void;
  submit: string;
  busy: boolean;
  disabled?: boolean;
  danger?: boolean;
  refused: Refused | null;
  children: ReactNode;
}

/** A form in a dialog. */
export function Dialog({
  title,
  opened,
  onClose,
  onSubmit,
  submit,
  busy,
  disabled,
  danger,
  refused,
  children,
}: DialogProps) {
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Modal.Root opened={opened} onClose={onClose} centered lockScroll={false}>
      <Modal.Overlay backgroundOpacity={0.35} />
      <Modal.Content>
        <div className="dialog-head">
          <Modal.Title className="panel-title">{title}</Modal.Title>
          <Modal.CloseButton aria-label={text.close} />
        </div>
        <Modal.Body>
          <form onSubmit={send} className="stack" noValidate>
            {children}
            <Objections refused={refused} />
            <div className="dialog-foot">
              <Button variant="default" onClick={onClose}>
                {text.cancel}
              </Button>
              <Button type="submit" loading={busy} disabled={disabled} color={danger ? 'red.8' : undefined}>
                {submit}
              </Button>
            </div>
          </form>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
