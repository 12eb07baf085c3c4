// A field for a day or an instant ahead, in the zone of the browser; the reader of when.ts says what is wrong with it.
import { TextInput } from '@mantine/core';
import { type RefObject, useRef, useState } from 'react';
import { type Read, readWhen, type WhenKind } from './when';
import { localZone } from './zone';

/** What is chosen in a field. */
export interface WhenState {
  kind: WhenKind;
  required: boolean;
  typed: string;
  type: (typed: string) => void;
  input: RefObject<HTMLInputElement | null>;
  problem: string | null;
  /** Reads the field, and tells beside it what is wrong. */
  read: () => Read;
  clear: () => void;
}

/** Keeps what is chosen in a WhenField. */
export function useWhen(kind: WhenKind, required = false): WhenState {
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const type = (next: string) => {
    setTyped(next);
    setProblem(null);
  };
  const read = () => {
    const partial = input.current?.validity.badInput ?? false;
    const found = readWhen({ typed, partial, kind, required, zone: localZone(), now: new Date() });
    setProblem(found.problem);
    return found;
  };
  return { kind, required, typed, type, input, problem, read, clear: () => type('') };
}

interface WhenFieldProps {
  when: WhenState;
  label: string;
  description?: string;
}

/** The field. */
export function WhenField({ when, label, description }: WhenFieldProps) {
  return (
    <TextInput
      type={when.kind === 'day' ? 'date' : 'datetime-local'}
      label={label}
      description={description}
      required={when.required}
      ref={when.input}
      value={when.typed}
      error={when.problem}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      onChange={(event) => when.type(event.currentTarget.value)}
    />
  );
}
