// An endpoint that keeps events by identity, and does what it is told to meanwhile. The tests against the real server are
// those of clients/clients_test.go.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Kept {
  id: string;
  source: string;
  time: string;
}

export class Books {
  readonly order: string[] = [];
  private readonly seen = new Set<string>();
  /** Answers a request in place of the books; reports whether it did. */
  meddle: ((response: ServerResponse, events: Kept[]) => boolean) | null = null;
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => this.serve(Buffer.concat(chunks).toString(), response));
  });

  async open(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  keep(event: Kept): boolean {
    const key = JSON.stringify([event.source, event.id, event.time]);
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    this.order.push(event.id);
    return true;
  }

  private serve(body: string, response: ServerResponse): void {
    let events: Kept[];
    try {
      events = JSON.parse(body) as Kept[];
    } catch {
      answer(response, 400, { error: { code: 'MALFORMED', message: 'no JSON' } });
      return;
    }
    if (this.meddle?.(response, events)) return;
    const results = events.map((event) => ({ status: this.keep(event) ? 'STORED' : 'DUPLICATE' }));
    answer(response, 200, { results });
  }
}

export function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

export function away(response: ServerResponse): boolean {
  answer(response, 503, { error: { code: 'UNAVAILABLE', message: 'away' } });
  return true;
}
