/** What needs Node: a spool on disk. */
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nameOf, type Spool } from './spool.js';

const END = '.ndjson';

/**
 * Keeps events in a folder, an event a line. Two senders on one folder may send a file both: it counts once all the
 * same.
 */
export class FileSpool implements Spool {
  private bytes: number | null = null; // once they are counted

  /** `most` is the most bytes that are kept; by default 1 GiB. */
  constructor(
    private readonly dir: string,
    private readonly most = 2 ** 30,
  ) {}

  async list(): Promise<string[]> {
    await mkdir(this.dir, { recursive: true, mode: 0o700 });
    return (await readdir(this.dir)).filter((name) => name.endsWith(END)).sort();
  }

  async read(name: string): Promise<readonly string[] | null> {
    try {
      const text = await readFile(join(this.dir, name), 'utf8');
      return text.split('\n').filter((line) => line.trim() !== '');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async add(events: readonly string[]): Promise<string> {
    const text = `${events.join('\n')}\n`;
    const size = Buffer.byteLength(text);
    this.bytes ??= (await Promise.all((await this.list()).map((name) => this.size(name)))).reduce((a, b) => a + b, 0);
    if (this.bytes + size > this.most) throw new Error('the spool is full');
    const name = nameOf(Date.now()) + END;
    const path = join(this.dir, name);
    const file = await open(`${path}.part`, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.part`, path);
    await this.sync();
    this.bytes += size;
    return name;
  }

  // Where folders can be synced, the new name is kept too.
  private async sync(): Promise<void> {
    try {
      const dir = await open(this.dir);
      await dir.sync().finally(() => dir.close());
    } catch {}
  }

  async remove(name: string): Promise<void> {
    const size = await this.size(name);
    await rm(join(this.dir, name), { force: true });
    if (this.bytes !== null) this.bytes -= size;
  }

  private async size(name: string): Promise<number> {
    return stat(join(this.dir, name)).then(
      ({ size }) => size,
      () => 0, // another sender has sent it
    );
  }
}
