// Texts that programs wrote, such as the users and tags of events: they are shown as they came, and what cannot be seen
// in them is named. Names that people gave need none of this, since the server refuses such characters in them.

// Controls, format characters and separators of lines, and letters and signs that are blank. Joiners, which some
// scripts and composed pictures need, stay.
const UNSEEN = /(?:[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]|\u034f|\u17b4|\u17b5)(?<!\u200c|\u200d)/gu;

/** The text with its invisible characters named, such as a⟨U+202E⟩b; one of blanks alone in quotation marks. */
export function visible(text: string): string {
  const named = text.replace(UNSEEN, (c) => `⟨U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`);
  return named !== '' && named.trim() === '' ? `"${named}"` : named;
}
