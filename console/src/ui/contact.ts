/**
 * A link to Support from a setting that is a mail address, alone or behind a name, a mailto URL or a web URL; a mail
 * gets a subject. Undefined for any other text, such as the number of a telephone.
 */
export function contact(target: string, subject: string): string | undefined {
  if (/^https?:\/\//.test(target)) return target;
  const bare = target.replace(/^mailto:([^?]*).*$/s, '$1').replace(/^.*<([^<>]*)>$/s, '$1');
  return /^[^\s@<>?&"]+@[^\s@<>?&"]+$/.test(bare) ? `mailto:${bare}?subject=${encodeURIComponent(subject)}` : undefined;
}
