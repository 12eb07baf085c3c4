/** Keeps batches of events while the server is away. Names sort by age. */
export interface Spool {
  /** The names of what is kept, the oldest first. */
  list(): Promise<string[]>;
  /** Reads a batch; null where it is gone. */
  read(name: string): Promise<readonly string[] | null>;
  /** Keeps a batch, whole or not at all, and returns its name. It fails where there is no room. */
  add(events: readonly string[]): Promise<string>;
  /** Forgets a batch. */
  remove(name: string): Promise<void>;
}

let counter = 0;

/** A name that sorts after all that were made before. */
export function nameOf(now: number): string {
  counter = (counter + 1) % 1e6;
  return `${String(now).padStart(15, '0')}-${String(counter).padStart(6, '0')}-${crypto.randomUUID().slice(0, 8)}`;
}

/**
 * Keeps events in a browser's storage, such as `localStorage`, which is shared by the tabs of an origin: a batch that
 * two tabs send counts once.
 */
export class WebSpool implements Spool {
  constructor(
    private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>,
    private readonly prefix = 'usagegraph.spool.',
  ) {}

  async list(): Promise<string[]> {
    const names: string[] = [];
    for (let i = 0; i < this.storage.length; i++) {
      const key = this.storage.key(i);
      if (key?.startsWith(this.prefix)) names.push(key.slice(this.prefix.length));
    }
    return names.sort();
  }

  async read(name: string): Promise<readonly string[] | null> {
    return this.storage.getItem(this.prefix + name)?.split('\n') ?? null;
  }

  async add(events: readonly string[]): Promise<string> {
    const name = nameOf(Date.now());
    this.storage.setItem(this.prefix + name, events.join('\n'));
    return name;
  }

  async remove(name: string): Promise<void> {
    this.storage.removeItem(this.prefix + name);
  }
}
