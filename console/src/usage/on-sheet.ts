import { createContext } from 'react';

/** Whether parts stand on a sheet of paper, several below each other: then nothing in them opens, sorts or filters. */
export const OnSheet = createContext(false);
