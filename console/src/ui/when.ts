// The one reader of days and instants that a person chooses. A field that is filled in part is never taken for an empty
// one: browsers give out nothing for it, which would mean "never" or "at once".
import { text } from './text';
import { atWall, startOfDay } from './zone';

const t = text.typed;

/** What a field takes: the beginning of a day, or a minute of one. */
export type WhenKind = 'day' | 'minute';

/** What a field holds. */
export interface Chosen {
  typed: string;
  /** Whether the browser holds a part of it back. */
  partial: boolean;
  kind: WhenKind;
  required?: boolean;
  zone: string;
  /** What is chosen must lie after it. */
  now: Date;
}

/** An instant as the API takes it, null for an empty field; or what is wrong with it. */
export type Read = { value: string | null; problem: null } | { value: null; problem: string };

const SHAPES = { day: /^\d{4}-\d\d-\d\d$/, minute: /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::00)?$/ } as const;

/** Reads what was chosen. */
export function readWhen({ typed, partial, kind, required, zone, now }: Chosen): Read {
  if (typed === '' && !partial) return required ? refuse(t.noDate) : { value: null, problem: null };
  if (partial || !SHAPES[kind].test(typed) || Number.isNaN(Date.parse(typed))) return refuse(t.halfDate);
  const at = instantOf(typed, kind, zone);
  return at > now ? { value: at.toISOString(), problem: null } : refuse(t.pastDate);
}

function instantOf(typed: string, kind: WhenKind, zone: string): Date {
  if (kind === 'day') return startOfDay(typed, zone);
  const [, day = '', hours, minutes] = SHAPES.minute.exec(typed) ?? [];
  return atWall(day, Number(hours) * 60 + Number(minutes), zone);
}

function refuse(problem: string): Read {
  return { value: null, problem };
}
