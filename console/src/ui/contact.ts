/** A link to Support from a setting that is a mail address or a URL; a mail gets a subject. */
export function contact(target: string, subject: string): string {
  if (/^https?:\/\//.test(target)) return target;
  return `mailto:${target}?subject=${encodeURIComponent(subject)}`;
}
