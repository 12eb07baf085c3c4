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

/** Sends what a dialog holds: it closes when that is done, and tells why not otherwise. */
export function useSend(onDone: () => void) {
  const [refused, setRefused] = useState<Refused | null>(null);
  const send = async (sent: Promise<Outcome<unknown>>) => {
    const { objections, fault } = await sent;
    if (objections) setRefused({ objections, fault: fault ?? null });
    else onDone();
  };
  return { refused, send };
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
          <form onSubmit={send} className="stack">
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
