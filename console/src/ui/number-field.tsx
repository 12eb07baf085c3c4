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

/** An amount in a form, and what is usual there; null: nothing is known to be. */
export interface Weighed {
  amount: string;
  usual: string | null;
  /** What is counted, in words. */
  unit: string;
}

/** A question that is asked once about unusual amounts; `asked` are those that it is about. */
export interface Doubt {
  asked: readonly Weighed[];
  /** Reports whether the form may go on: all amounts are usual, or the unusual ones were asked about just before. */
  passes: (...amounts: readonly Weighed[]) => boolean;
  forget: () => void;
}

// The second click of a double click answers nothing: nobody has read the question yet. In milliseconds.
const READING = 600;
const NONE: readonly Weighed[] = [];

/** Asks once more before amounts far above the usual are sent; other amounts are asked about again. */
export function useDoubt(): Doubt {
  const [about, setAbout] = useState({ asked: NONE, at: 0 });
  const passes = (...amounts: readonly Weighed[]) => {
    const asked = amounts.filter(({ amount, usual }) => isUnusual(amount, usual));
    if (asked.length === 0) return true;
    if (JSON.stringify(asked) === JSON.stringify(about.asked)) return performance.now() - about.at > READING;
    setAbout({ asked, at: performance.now() });
    return false;
  };
  return { asked: about.asked, passes, forget: () => setAbout({ asked: NONE, at: 0 }) };
}

/** The question, in words. */
export function Doubtful({ doubt }: { doubt: Doubt }) {
  return doubt.asked.map(({ amount, usual, unit }) => (
    <p role="alert" className="doubt" key={`${amount} ${unit}`}>
      {text.typed.unusual(amount, usual ?? '', unit)}
    </p>
  ));
}
