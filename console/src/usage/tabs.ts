// What goes along from one usage page to another.

const KEPT = ['range', 'from', 'to', 'tz', 'vs'];

/** The period and the comparison of the URL, for a link to another page of the usage. */
export function periodOf(params: URLSearchParams): string {
  return new URLSearchParams([...params].filter(([name]) => KEPT.includes(name))).toString();
}
