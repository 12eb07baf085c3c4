// Writes src/ui/theme.css: Mantine's variables for our theme as a plain style sheet.
import { writeFileSync } from 'node:fs';
import { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from '@mantine/core';
import { theme } from '../src/ui/theme.mjs';

const css = convertCssVariables(defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme)), ':root');
const pretty = css
  .replace(/([{;])(?=\S)/g, '$1\n  ')
  .replace(/\n {2}\}/g, '\n}')
  .replace(/\}(?=\S)/g, '}\n');
writeFileSync(
  new URL('../src/ui/theme.css', import.meta.url),
  `/* Written by scripts/theme.mjs from theme.mjs. */\n${pretty}\n`,
);
