// Which entries of the palette fit what was typed.

/** An entry: where it leads, or what it does. */
export interface Entry {
  id: string;
  title: string;
  /** What kind it is, shown beside. */
  group: string;
  /** More words that find it. */
  words?: string;
  to?: string;
  run?: () => void;
  /** What it puts into the clipboard. */
  copies?: string;
}

const bare = (text: string) =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();

/**
 * The entries that have every typed word in them, those that begin with it first; at most so many. Where nothing is
 * typed they are in their own order.
 */
export function matching(entries: Entry[], typed: string, most: number): Entry[] {
  const words = bare(typed).split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries.slice(0, most);
  const scored = entries.flatMap((entry, i) => {
    const text = bare(`${entry.title} ${entry.group} ${entry.words ?? ''}`);
    if (!words.every((word) => text.includes(word))) return [];
    const starts = words.filter((word) => text.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word))).length;
    const whole = bare(entry.title).startsWith(words.join(' ')) ? 1 : 0;
    return [{ entry, score: whole * 100 + starts * 10 - bare(entry.title).length / 100 - i / 10_000 }];
  });
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ entry }) => entry);
}
