// A field for a number. It keeps what was typed, letter by letter; the reader of typed.ts says what is wrong with it.
import { TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { text } from './text';
import { type Bounds, isUnusual, readTyped, type Typed } from './typed';

interface NumberFieldProps {
  label: ReactNode;
  typed: string;
  onType: (typed: string) => void;
  bounds?: Bounds;
  /** What is wrong, told before the field is left: after a form was sent. */
  problem?: string | null;
  description?: string;
  required?: boolean;
}

/** The field. What is wrong is told beside it, as soon as it is left. */
export function NumberField({ label, typed, onType, bounds, problem, description, required }: NumberFieldProps) {
  const [left, setLeft] = useState(false);
  const wrong = problem ?? (left && typed !== '' ? readTyped(typed, bounds).problem : null);
  return (
    <TextInput
      label={label}
      description={description}
      required={required}
      value={typed}
      error={wrong}
      inputMode={bounds?.places === 0 ? 'numeric' : 'decimal'}
      autoComplete="off"
      spellCheck={false}
      maxLength={40}
      onBlur={() => setLeft(true)}
      onChange={(event) => onType(event.currentTarget.value)}
    />
  );
}

/** A number in a form: what was typed, and what it reads as. */
export interface NumberState {
  typed: string;
  type: (typed: string) => void;
  read: Typed;
}

/** Keeps what is typed into a NumberField. */
export function useNumber(start: string, bounds?: Bounds): NumberState {
  const [typed, type] = useState(start);
  return { typed, type, read: readTyped(typed, bounds) };
}

/** A question that is asked once about an unusual amount; `asked` is the amount that it is about. */
export interface Doubt {
  asked: string | null;
  /** Reports whether the form may go on: the amount is usual, or it was asked about just before. */
  passes: (amount: string, usual: string | null) => boolean;
  forget: () => void;
}

// The second click of a double click answers nothing: nobody has read the question yet. In milliseconds.
const READING = 600;

/** Asks once more before an amount far above the usual is sent; another amount is asked about again. */
export function useDoubt(): Doubt {
  const [about, setAbout] = useState<{ amount: string; at: number } | null>(null);
  const passes = (amount: string, usual: string | null) => {
    if (!isUnusual(amount, usual)) return true;
    if (about?.amount === amount) return performance.now() - about.at > READING;
    setAbout({ amount, at: performance.now() });
    return false;
  };
  return { asked: about?.amount ?? null, passes, forget: () => setAbout(null) };
}

/** The question, in words. */
export function Doubtful({ doubt, usual, unit }: { doubt: Doubt; usual: string | null; unit: string }) {
  if (doubt.asked === null || usual === null) return null;
  return (
    <p role="alert" className="doubt">
      {text.typed.unusual(doubt.asked, usual, unit)}
    </p>
  );
}
