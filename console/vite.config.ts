import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const api = process.env.USAGEGRAPH_URL ?? 'http://localhost:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    outDir: '.vite-out',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: {
    port: 5173,
    proxy: { '/graphql': { target: api, ws: true }, '/console-config.json': api },
  },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx'], environment: 'node' },
});
