// What the test gives an example: where the server is, the operations of docs/live.md, and levers to pull.
export const [url, token, account, control, documents] = process.argv.slice(2);
export const operations = JSON.parse(documents);

const pull = (lever) => fetch(control + lever, { method: 'POST' });
export const use = (runs) => pull(`/use?runs=${runs}`);
export const restart = () => pull('/restart');

const counts = {};
const waiting = [];
const settle = () => waiting.filter(({ what, n, done }) => (counts[what] ?? 0) >= n && done());

// say prints one line and counts it by its first word; say.until waits for the n-th of a word.
export const say = (what, ...values) => {
  console.log(JSON.stringify([what, ...values]));
  counts[what] = (counts[what] ?? 0) + 1;
  settle();
};
say.until = (what, n) =>
  new Promise((done) => {
    waiting.push({ what, n, done });
    settle();
  });

setTimeout(() => {
  console.error('nothing happened for a minute');
  process.exit(1);
}, 60_000).unref();
