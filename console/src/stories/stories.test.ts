// Whatever the parts of the console share has a story, so that its states can be looked at after a change.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (folder: string) =>
  readdirSync(new URL(`../${folder}/`, import.meta.url))
    .filter((name) => name.endsWith('.tsx'))
    .map((name) => readFileSync(new URL(`../${folder}/${name}`, import.meta.url), 'utf8'))
    .join('\n');

// What shows nothing of its own, or stands within other stories: the page, a list with its questions to the server, a
// row of links that TabLinks shows, what catches errors, the tip of figures, what a trend is drawn by.
const FRAMES = ['View', 'List', 'Strip', 'Boundary', 'ExactTip', 'ZoneSelect', 'Chart'];

it('each component that is shared has a story', () => {
  const stories = read('stories');
  const shared = [...read('ui').matchAll(/^export (?:default )?(?:function|class) ([A-Z]\w*)/gm)].map(
    ([, name]) => name!,
  );
  expect(shared.length).toBeGreaterThan(30);
  const bare = shared.filter((name) => !FRAMES.includes(name) && !stories.includes(`<${name}`));
  expect(bare).toEqual([]);
});
