// In which language the console speaks: the reader's choice, else the first of the browser's that it knows. Sentences
// of another language than English are loaded only where they are wanted, before the first view is shown.

/** The languages that the console speaks. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const KEPT = 'usagegraph.language';

/** The first that is known of what is wanted, best first. */
export function languageOf(wanted: readonly (string | null | undefined)[]): Language {
  for (const one of wanted) {
    const name = one?.toLowerCase().split('-')[0];
    if (name && name in LANGUAGES) return name as Language;
  }
  return 'en';
}

function kept(): string | null {
  try {
    return globalThis.localStorage?.getItem(KEPT) ?? null;
  } catch {
    return null; // a browser may forbid it
  }
}

const browser = globalThis.navigator;

/** The language of this visit. */
export const LANGUAGE = languageOf([kept(), ...(browser?.languages ?? [])]);

/** Speaks another language from now on. */
export function speak(language: Language): void {
  localStorage.setItem(KEPT, language);
  location.reload();
}

/** The shape of some sentences, whatever the language: texts, lists of them, and functions that make them. */
export type Words<T> = T extends string
  ? string
  : T extends (...parts: infer P) => infer R
    ? (...parts: P) => Words<R>
    : T extends object
      ? { [K in keyof T]: Words<T[K]> }
      : T;

/**
 * The sentences in the reader's language; in English where those cannot be had, because a page without words would be
 * white.
 */
export async function inLanguage<T>(english: T, german: () => Promise<{ default: Words<T> }>): Promise<Words<T>> {
  return LANGUAGE === 'de' ? orElse(german, english as Words<T>) : (english as Words<T>);
}

/** What a part of the console holds, or something else where the part is gone, as after an update of the server. */
export async function orElse<T>(part: () => Promise<{ default: T }>, otherwise: T): Promise<T> {
  try {
    return (await part()).default;
  } catch {
    return otherwise;
  }
}

/** A word as it stands within a sentence: English has small letters there, German keeps those of its nouns. */
export function lower(word: string): string {
  // What is written in capitals stays: API key.
  return LANGUAGE === 'de'
    ? word
    : word.replace(/\p{L}+/gu, (part) => (/^\p{Lu}{2,}$/u.test(part) ? part : part.toLowerCase()));
}
