// One and many in German.
import { counted } from './plural';

export { counted };

/** Credits in German. */
export const inCredits = (figure: string) => counted(figure, 'Credit', 'Credits');

/** Runs of tools in German. */
export const inRuns = (figure: string) => counted(figure, 'Tool-Aufruf', 'Tool-Aufrufe');
