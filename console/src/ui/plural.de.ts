// One and many in German. What stands in plural.ts belongs to the first load, which waits for the German sentences:
// they import nothing of it, or each would wait for the other and neither would load.

/** A figure with what it counts: 1 Credit, 12 Credits. */
export const counted = (figure: string, one: string, many: string) =>
  `${figure} ${/^[+\u2212-]?1$/.test(figure) ? one : many}`;

/** Credits. */
export const inCredits = (figure: string) => counted(figure, 'Credit', 'Credits');

/** Runs of tools. */
export const inRuns = (figure: string) => counted(figure, 'Tool-Aufruf', 'Tool-Aufrufe');
