import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const api = process.env.USAGEGRAPH_URL ?? 'http://localhost:8080';

interface Modules {
  getModuleInfo: (id: string) => { importedIds: readonly string[] } | null;
}

const ENTRY = '/src/main.tsx';
const wanted = new Set<string>();

// What the first view needs is one file: in many small ones it compresses worse, and each is another request. That is
// all that the entry imports, at once or through others.
function firstLoad(id: string, modules: Modules): string | null {
  if (id.endsWith(ENTRY)) reach(id, modules);
  if (wanted.size === 0) reach(new URL(`.${ENTRY}`, import.meta.url).pathname, modules);
  return wanted.has(id) ? 'first' : null;
}

function reach(id: string, modules: Modules): void {
  if (wanted.has(id)) return;
  wanted.add(id);
  for (const next of modules.getModuleInfo(id)?.importedIds ?? []) reach(next, modules);
}

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
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: firstLoad }] } } },
  },
  server: {
    port: 5173,
    proxy: { '/graphql': { target: api, ws: true }, '/console-config.json': api },
  },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx'], environment: 'node' },
});
