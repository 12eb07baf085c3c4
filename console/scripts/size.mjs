// Measures the JavaScript that a browser loads before the first view, Billing > Usage, is there, gzipped, and
// fails over the limit; that view is part of the entry. Charts, the calendar and the other views come later and are
// listed for information.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 240;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const kb = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1024;

// The entry with everything that it imports at once.
function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}

const page = readFileSync(new URL('index.html', dist), 'utf8');
const first = new Set();
for (const key of Object.keys(manifest)) if (page.includes(`src="/${manifest[key].file}"`)) closure(key, first);
if (first.size === 0) throw new Error('the page names no built file');
const initial = [...first].map((key) => manifest[key].file).filter((file) => file.endsWith('.js'));
const total = initial.reduce((sum, file) => sum + kb(file), 0);
for (const [key, chunk] of Object.entries(manifest)) {
  if (chunk.file.endsWith('.js'))
    console.log(
      `${kb(chunk.file).toFixed(1).padStart(7)} KB  ${first.has(key) ? 'initial' : 'later  '}  ${chunk.file}`,
    );
}
console.log(`initial JavaScript: ${total.toFixed(1)} KB gzip, limit ${LIMIT_KB} KB`);
if (total > LIMIT_KB) process.exit(1);
