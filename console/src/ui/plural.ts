// One and many.

/** A figure with what it counts: 1 credit, 12 credits, 1.00 credits. The figure is one as it is shown. */
export function counted(figure: string, one: string, many: string): string {
  return `${figure} ${/^[+\u2212-]?1$/.test(figure) ? one : many}`;
}

/** Credits in English. */
export const inCredits = (figure: string) => counted(figure, 'credit', 'credits');

/** Runs of tools in English. */
export const inRuns = (figure: string) => counted(figure, 'tool run', 'tool runs');
