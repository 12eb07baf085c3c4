// The end-to-end tests: real browser, real server, real database. `npm run e2e`, or `npm run e2e -- live` for one part.
import { after, test } from 'node:test';
import answers from './answers.mjs';
import crowd from './crowd.mjs';
import { crowdedAccount, exhaustedAccount, figuresAccount, hostingAccount, liveAccount } from './data.mjs';
import explore from './explore.mjs';
import figures from './figures.mjs';
import heap from './heap.mjs';
import hostile from './hostile.mjs';
import keys from './keys.mjs';
import layout from './layout.mjs';
import live from './live.mjs';
import people from './people.mjs';
import rates from './rates.mjs';
import reach from './reach.mjs';
import resources from './resources.mjs';
import running from './running.mjs';
import signin from './signin.mjs';
import support from './support.mjs';
import take from './take.mjs';
import tasks from './tasks.mjs';
import views from './views.mjs';
import vitals from './vitals.mjs';
import wire from './wire.mjs';
import words from './words.mjs';
import { open } from './world.mjs';

const ROWS = 10_000;
// Those that spend come after `live`, whose account begins with all its credits.
const parts = {
  figures,
  wire,
  views,
  crowd,
  live,
  answers,
  resources,
  running,
  explore,
  keys,
  take,
  layout,
  people,
  reach,
  rates,
  signin,
  support,
  tasks,
  words,
  hostile,
  heap,
  vitals,
};
const wanted = process.argv.slice(2).filter((name) => name in parts);
const chosen = wanted.length > 0 ? wanted : Object.keys(parts);

const world = await open();
after(world.close);
try {
  world.live = await liveAccount(world);
  world.figures = await figuresAccount(world);
  world.exhausted = await exhaustedAccount(world);
  // Made while the tests before it run.
  if (chosen.includes('crowd')) {
    (world.crowd = crowdedAccount(world, ROWS)).catch(() => {});
    (world.hosted = world.crowd.then(() => hostingAccount(world, ROWS))).catch(() => {});
  }
} catch (error) {
  test('the data are made', () => {
    throw error;
  });
}
for (const name of chosen) parts[name](test, world);
