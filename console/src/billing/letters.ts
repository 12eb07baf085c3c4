// One message goes to each recipient as a copy of their own. A list shows the message once.

interface Copy {
  kind: string;
  meter?: string | null;
  step?: number | null;
  subject: string;
  createdAt: string;
}

/** A message with its copies, of which the first stands for all. */
export interface Letter<C> {
  first: C;
  copies: C[];
}

/** Groups the copies that were written at the same instant about the same thing, in the order in which they come. */
export function letters<C extends Copy>(copies: readonly C[]): Letter<C>[] {
  const found = new Map<string, Letter<C>>();
  for (const copy of copies) {
    const key = JSON.stringify([copy.createdAt, copy.kind, copy.meter, copy.step, copy.subject]);
    const letter = found.get(key);
    if (letter) letter.copies.push(copy);
    else found.set(key, { first: copy, copies: [copy] });
  }
  return [...found.values()];
}
