// Puts what Vite built in place of dist/ in one step, compressed beside, so that a binary built meanwhile embeds a
// whole console.
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const from = join(root, '.vite-out');
const to = join(root, 'dist');
const compressible = /\.(js|css|svg|html|json)$/;

for (const entry of readdirSync(from, { recursive: true })) {
  const file = join(from, String(entry));
  if (!statSync(file).isFile() || !compressible.test(file)) continue;
  const body = readFileSync(file);
  if (body.length < 1024) continue;
  writeFileSync(`${file}.gz`, gzipSync(body, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  writeFileSync(`${file}.br`, brotliCompressSync(body, { params }));
}
rmSync(to, { recursive: true, force: true });
renameSync(from, to);
