// Puts what Vite built in place of dist/ in one step, compressed beside, so that a binary built meanwhile embeds a whole page.
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('.', import.meta.url));
const from = join(root, '.vite-out');
const to = join(root, 'dist');
for (const entry of readdirSync(from, { recursive: true })) {
  const file = join(from, String(entry));
  if (!statSync(file).isFile() || !/\.(js|css)$/.test(file)) continue;
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
}
rmSync(to, { recursive: true, force: true });
renameSync(from, to);
