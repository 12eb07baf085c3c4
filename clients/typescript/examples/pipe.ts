// Reports what it reads from standard input, an event a line. An empty line is answered by "saved" once all before it is
// stored or on disk.
//
//   USAGEGRAPH_URL=http://localhost:8080 USAGEGRAPH_TOKEN=… node dist/examples/pipe.js my-gateway /var/lib/my-gateway/usage
import { createInterface } from 'node:readline';
import { Client, Sender, type UsageEvent } from '../src/index.js';
import { FileSpool } from '../src/node.js';

const { USAGEGRAPH_URL = '', USAGEGRAPH_TOKEN = '' } = process.env;
const [source = 'pipe', folder = 'usage'] = process.argv.slice(2);
const sender = new Sender(new Client({ url: USAGEGRAPH_URL, token: USAGEGRAPH_TOKEN }), {
  source,
  spool: new FileSpool(folder),
  onRefused: (event, { status, code, message }) => console.error(status, code, message, event),
});
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== '') {
    await sender.send(JSON.parse(line) as UsageEvent);
    continue;
  }
  await sender.save();
  console.log('saved');
}
await sender.close();
