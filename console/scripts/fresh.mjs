// Generates anew what is generated and committed (src/gql, persisted-documents.json, theme.css), and fails where that changes a
// file: schema.graphqls, a document or the theme was changed without `npm run codegen`.
import { execSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const files = () => [
  ...readdirSync(new URL('src/gql/', root)).map((name) => `src/gql/${name}`),
  'persisted-documents.json',
  'src/ui/theme.css',
];
const read = () => new Map(files().map((file) => [file, readFileSync(new URL(file, root), 'utf8')]));

const before = read();
execSync('npm run codegen --silent', { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
const after = read();
const stale = [...new Set([...before.keys(), ...after.keys()])].filter((file) => before.get(file) !== after.get(file));
if (stale.length > 0) {
  console.error(`out of date, written anew now, commit it: ${stale.map((file) => `console/${file}`).join(', ')}`);
  process.exit(1);
}
