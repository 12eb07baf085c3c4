// What the server says in words, in the reader's language. The server speaks English; where the reader does not, each
// sentence is made again from the code, the meter and the figures that stand beside it.
import type { Action, BannerKind, EmailKind, Meter, RefusalCode } from '../gql/graphql';
import { micro } from './decimal';
import { exact, percent } from './format';
import { LANGUAGE, orElse } from './language';

/** A banner, as far as its sentence goes. */
export interface BannerFacts {
  kind: BannerKind;
  meters: readonly Meter[];
  percent: number;
  text: string;
}

/** Why the balance refuses something. */
export interface RefusalFacts {
  code: RefusalCode;
  meter: Meter;
  balance: string;
  limit: string;
  missing: string;
  sentence: string;
}

/** Why a change was not made; `field` is the argument that it is about. */
export interface ObjectionFacts {
  code: string;
  message: string;
  field?: readonly string[] | null;
  refusal?: RefusalFacts | null;
}

/** An e-mail, as far as its title goes. */
export interface MailFacts {
  kind: EmailKind;
  meter?: Meter | null;
  step?: number | null;
  subject: string;
}

/** How figures are written in a sentence. */
export interface Writing {
  exact: (amount: string) => string;
  percent: (value: string) => string;
  micro: (amount: string) => bigint;
}

/** How each kind of sentence is told. */
export interface Telling {
  banner: (banner: BannerFacts) => string;
  /** `action` is what was asked for, where that is known. */
  refusal: (refusal: RefusalFacts, action?: Action) => string;
  objection: (objection: ObjectionFacts) => string;
  /** What only the server's own words tell of it; null where the sentence says all. */
  detail: (objection: ObjectionFacts) => string | null;
  /** A failed operation by its code. */
  fault: (code: string, message: string) => string;
  /** Why an event was not stored. */
  event: (code: string, message: string) => string;
  /** What only the server's own words tell of it. */
  eventDetail: (code: string, message: string) => string | null;
  /** What an e-mail is about: what its subject says. */
  mail: (mail: MailFacts) => string;
  /** A sentence that has no code beside it; what people and platforms wrote stays as it is. */
  known: (sentence: string) => string;
}

const english: Telling = {
  banner: ({ text }) => text,
  refusal: ({ sentence }) => sentence,
  objection: ({ message }) => message,
  detail: () => null,
  fault: (_, message) => message,
  event: (_, message) => message,
  eventDetail: () => null,
  mail: ({ subject }) => subject,
  known: (sentence) => sentence,
};

/** The sentences of the server. */
export const told: Telling =
  LANGUAGE === 'de'
    ? (
        await orElse(
          () => import('./told.de'),
          () => english,
        )
      )({ exact, percent, micro })
    : english;
