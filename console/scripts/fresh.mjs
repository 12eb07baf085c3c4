// Generates anew what is generated and committed (src/gql, persisted-documents.json, theme.css), and fails where that
// changes a file: schema.graphqls, a document or the theme was changed without `npm run codegen`.
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

// Each part of Mantine brings a style sheet of its own: what is imported without it would show without its looks.
const sources = readdirSync(new URL('src/', root), { recursive: true }).map(String);
const texts = (pattern) =>
  sources.filter((name) => pattern.test(name)).map((name) => readFileSync(new URL(`src/${name}`, root), 'utf8'));
const parts = texts(/\.tsx$/).flatMap((text) =>
  [...text.matchAll(/import \{([^}]*)\} from '@mantine\/core'/g)].flatMap(
    ([, list]) => list.match(/\b[A-Z]\w+/g) ?? [],
  ),
);
const styled = new Set(readdirSync(new URL('node_modules/@mantine/core/styles/', root)));
const brought = texts(/\.(tsx|css)$/).join('\n');
const bare = [...new Set(parts)].filter(
  (part) => styled.has(`${part}.css`) && !brought.includes(`@mantine/core/styles/${part}.css`),
);
if (bare.length > 0) {
  console.error(`without its style sheet: ${bare.join(', ')}; see src/ui/mantine.css`);
  process.exit(1);
}
