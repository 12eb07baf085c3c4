// Fails where a line of ours is longer than 120 characters: Biome leaves comments and texts as they are.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MOST = 120;
const OURS = /^(?!src\/gql\/|src\/ui\/theme\.css).*\.(tsx?|mjs|css|graphql)$/;
const files = execFileSync('git', ['ls-files', '.'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => OURS.test(file));
const long = files.flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, i) => ([...line].length > MOST ? [`${file}:${i + 1}: ${[...line].length} characters`] : [])),
);
if (long.length > 0) {
  console.error(long.join('\n'));
  process.exit(1);
}
