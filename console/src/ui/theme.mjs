// The look in one place; scripts/theme.mjs writes theme.css from it, so that no style sheet is made in the browser and
// the content security policy can refuse inline ones.
import { createTheme } from '@mantine/core';

const blue = [
  '#eef3fe',
  '#dbe5fb',
  '#b5c9f5',
  '#8babef',
  '#6892ea',
  '#4a7ae0',
  '#3567d6',
  '#2b59c3',
  '#234ba8',
  '#1c3e8c',
];
const dark = [
  '#e4e8ef',
  '#b6bfcc',
  '#98a3b3',
  '#66717f',
  '#3a424f',
  '#2a313c',
  '#1f252e',
  '#171c23',
  '#101419',
  '#0b0e12',
];

export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: { light: 7, dark: 6 },
  colors: { brand: blue, dark },
  fontFamily: '"Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: { fontWeight: '620', fontFamily: '"Inter Variable", system-ui, sans-serif' },
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '16px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  black: '#18202c',
});
