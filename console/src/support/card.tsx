// What the parts of the desk share: the card, and the form in it.
import { Alert } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { newKey } from '../api/key';
import { Dialog, Objections, useSend } from '../ui/form';

interface CardProps {
  title: string;
  children: ReactNode;
  wide?: boolean;
  /** What takes it out as a file. */
  take?: ReactNode;
}

/** A part of the desk with its title. */
export function Card({ title, children, wide, take }: CardProps) {
  return (
    <section className={`card ${wide ? 'desk-wide' : ''}`} aria-label={title}>
      <div className="card-head">
        <h2>{title}</h2>
        {take}
      </div>
      {children}
    </section>
  );
}

/** A form in the page: sends, tells what came of it, and begins again after success. */
export function useForm(success: string) {
  const [done, setDone] = useState(false);
  const [key, setKey] = useState(newKey);
  const clear = () => setDone(false);
  const { refused, busy, send } = useSend(() => {
    setDone(true);
    setKey(newKey());
  });
  const note = (
    <>
      {done && (
        <Alert color="green" role="status" p="sm">
          {success}
        </Alert>
      )}
      <Objections refused={refused} />
    </>
  );
  return { key, busy, send, clear, note };
}

interface QuestionProps {
  title: string;
  yes: string;
  busy: boolean;
  onNo: () => void;
  onYes: () => void;
  children: ReactNode;
}

/** What a change would do, asked back before it is sent. */
export function Question({ title, yes, busy, onNo, onYes, children }: QuestionProps) {
  return (
    <Dialog opened title={title} submit={yes} busy={busy} refused={null} onClose={onNo} onSubmit={onYes}>
      {children}
    </Dialog>
  );
}
