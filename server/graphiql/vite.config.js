import { defineConfig } from 'vite';

export default defineConfig({
  base: '/graphiql/',
  logLevel: 'error',
  build: {
    target: 'es2022',
    outDir: '.vite-out',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning) },
  },
});
