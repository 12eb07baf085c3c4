// Moves the manifest that codegen writes to where the binary embeds it: hash → text, sorted by hash.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const written = new URL('../src/gql/persisted-documents.json', import.meta.url);
const target = new URL('../persisted-documents.json', import.meta.url);
if (existsSync(written)) {
  const entries = Object.entries(JSON.parse(readFileSync(written, 'utf8')));
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(target, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
  rmSync(written);
}
