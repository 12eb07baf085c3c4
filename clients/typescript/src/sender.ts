import { type Client, UsagegraphError } from './client.js';
import { encode, type Identity, identify, type UsageEvent } from './event.js';
import { pause, retryAfter, wait } from './retry.js';
import type { Spool } from './spool.js';

/** What became of an event. */
export interface Result {
  status: 'STORED' | 'DUPLICATE' | 'CONFLICT' | 'REFUSED' | 'VOIDED';
  /** Of REFUSED, such as UNKNOWN_MODEL. */
  code?: string;
  message?: string;
}

/** How a sender works. */
export interface SenderOptions {
  /** The source of events that name none: whatever reports, such as "gateway-eu". Two senders may share one. */
  source: string;
  /** Keeps events while the server is away, and what is left at the end; missing: they wait in memory alone. */
  spool?: Spool;
  /** The most events of a request, 1 to 10,000; by default 1,000. */
  maxBatch?: number;
  /** How long an event waits for others to go with, in milliseconds; by default 500. */
  maxWait?: number;
  /** The most events in memory, beyond which `send` waits; by default 10,000. */
  maxPending?: number;
  /** Events are stored only if what remains covers them; otherwise all that happened is stored. */
  enforce?: boolean;
  /** Hears of each event, a CloudEvent as JSON, that the server has for good not taken. */
  onRefused?: (event: string, result: Result) => void;
  /** Hears why events could not be handed over for now; they are sent again. */
  onError?: (error: unknown) => void;
}

interface Queued {
  event: string;
  at: number;
}

/** A request cannot be answered otherwise, however often it is sent. */
class Unfit extends Error {
  constructor(readonly result: Result) {
    super(result.message);
  }
}

/** Reports usage: events go in batches and in their order, each again until it is answered. */
export class Sender {
  private readonly options: Required<Omit<SenderOptions, 'spool'>> & { spool: Spool | null };
  private queue: Queued[] = [];
  private names: string[] = [];
  private accepted = 0;
  private answered = 0;
  private passed = 0; // of what was accepted, no longer in memory: answered or in the spool
  private hurry = 0;
  private saving = 0;
  private closed = false;
  private failures = 0;
  private notUntil = 0;
  private spoolRests = 0;
  private waiting: (() => void)[] = [];
  private alarm = new AbortController();
  private readonly stop = new AbortController();
  private readonly opened: Promise<void>;
  private readonly ended: Promise<void>;

  constructor(
    private readonly client: Client,
    options: SenderOptions,
  ) {
    const nothing = () => {};
    this.options = {
      maxBatch: 1000,
      maxWait: 500,
      maxPending: 10_000,
      enforce: false,
      onRefused: nothing,
      onError: nothing,
      spool: null,
      ...(Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as typeof options),
    };
    this.opened = this.open();
    this.ended = this.loop();
  }

  /**
   * Hands an event over and resolves to its identity, once there is room in memory. The event is not stored yet then:
   * `flush` waits for that.
   */
  async send(event: UsageEvent): Promise<Identity> {
    const identity = identify(event, this.options.source);
    const text = encode(event, identity);
    while (!this.closed && this.queue.length >= this.options.maxPending) await this.progress();
    if (this.closed) throw new Error('the sender is closed');
    this.queue.push({ event: text, at: Date.now() });
    this.accepted++;
    if (this.queue.length === 1 || this.queue.length >= this.options.maxBatch) this.wake();
    return identity;
  }

  /** Waits until all that was handed over before is answered: stored, or told to `onRefused`. */
  async flush(): Promise<void> {
    await this.opened;
    const want = this.accepted;
    await this.until(want, () => this.answered >= want);
  }

  /**
   * Waits until all that was handed over before is answered, or in the spool, from where the next sender sends it if
   * this one dies. Without a spool it is `flush`.
   */
  async save(): Promise<void> {
    if (!this.options.spool) return this.flush();
    await this.opened;
    const want = this.accepted;
    this.saving = Math.max(this.saving, want);
    await this.until(want, () => this.passed >= want);
  }

  // Lets what was accepted up to a number go, and waits until something is reached.
  private async until(upTo: number, reached: () => boolean): Promise<void> {
    this.hurry = Math.max(this.hurry, upTo);
    this.wake();
    while (!reached()) {
      if (this.stop.signal.aborted) throw new Error('the sender is closed');
      await this.progress();
    }
  }

  /**
   * Takes no more events and waits until all are answered, at most for so many milliseconds. What is left then stays in
   * the spool; without one it is lost, and the promise is rejected.
   */
  async close(within = 30_000): Promise<void> {
    this.closed = true;
    this.tell();
    const late = new AbortController();
    await Promise.race([this.flush(), wait(within, late.signal)]);
    late.abort();
    this.stop.abort();
    this.wake();
    await this.ended;
    this.tell();
    const left = this.queue.splice(0);
    if (left.length === 0) return;
    if (!this.options.spool) throw new Error(`${left.length} events were not sent`);
    await this.options.spool.add(left.map((q) => q.event));
  }

  /** How many events are not answered yet, of those in memory and those on their way through the spool. */
  get pending(): number {
    return this.accepted - this.answered;
  }

  private progress(): Promise<void> {
    return new Promise((done) => this.waiting.push(done));
  }

  private tell(): void {
    for (const done of this.waiting.splice(0)) done();
  }

  private wake(): void {
    this.alarm.abort();
  }

  private async rest(milliseconds: number): Promise<void> {
    if (!this.alarm.signal.aborted) await wait(milliseconds, this.alarm.signal);
    this.alarm = new AbortController();
  }

  // What is in the spool goes first, since it is older.
  private async loop(): Promise<void> {
    await this.opened;
    while (!this.stop.signal.aborted) {
      const held = this.notUntil - Date.now();
      const { maxBatch, maxWait } = this.options;
      const oldest = this.queue[0];
      const due = oldest ? oldest.at + maxWait - Date.now() : Number.POSITIVE_INFINITY;
      if (this.spills(held > 0)) await this.toSpool(maxBatch);
      else if (held > 0) await this.rest(Math.min(held, maxWait));
      else if (this.names.length > 0) await this.fromSpool();
      else if (oldest && (due <= 0 || this.queue.length >= maxBatch || this.closed || this.hurry > this.answered))
        await this.fromMemory();
      else await this.rest(Math.min(due, 60_000));
    }
  }

  // Finds what an earlier sender left.
  private async open(): Promise<void> {
    const { spool, onError } = this.options;
    try {
      for (const name of (await spool?.list()) ?? []) {
        this.names.push(name);
        const found = (await spool?.read(name))?.length ?? 0;
        this.accepted += found;
        this.passed += found;
      }
    } catch (error) {
      onError(error);
    }
  }

  private spills(held: boolean): boolean {
    const { spool, maxBatch, maxWait, maxPending } = this.options;
    const [oldest] = this.queue;
    if (!spool || !oldest || Date.now() < this.spoolRests) return false;
    const waited = Date.now() - oldest.at >= maxWait || this.passed < this.saving;
    if (held) return waited || this.queue.length >= maxBatch;
    return this.names.length > 0 && this.queue.length >= Math.max(1, maxPending / 2);
  }

  // Moves at most n events from the front of the queue to the spool, and resolves to their name there; null: not now.
  private async toSpool(n: number): Promise<string | null> {
    const { spool, onError } = this.options;
    const batch = this.queue.slice(0, n).map((q) => q.event);
    try {
      const name = await spool!.add(batch);
      this.names.push(name);
      this.forget(batch.length);
      return name;
    } catch (error) {
      this.spoolRests = Date.now() + 10_000; // they wait in memory meanwhile
      onError(error);
      return null;
    }
  }

  // Delivers events, the first n of the queue or, where n is 0, of the spool. While the answer takes longer than maxWait
  // all that is in memory goes to the spool, since this process may be killed: name is that of the first n.
  private async attempt(events: readonly string[], n: number): Promise<{ taken: boolean; name: string | null }> {
    const { spool, maxWait, maxBatch } = this.options;
    if (!spool) return { taken: await this.deliver(events), name: null };
    const state: { taken: boolean | null; name: string | null } = { taken: null, name: null };
    const delivery = this.deliver(events).then((taken) => {
      state.taken = taken;
    });
    const mayKeep = () => this.queue.length > 0 && Date.now() >= this.spoolRests;
    for (;;) {
      const answered = new AbortController();
      await Promise.race([delivery, wait(maxWait, answered.signal)]);
      answered.abort();
      if (state.taken !== null) return { taken: state.taken, name: state.name };
      if (n > 0 && mayKeep()) state.name = await this.toSpool(n);
      if (state.name) n = 0;
      while (n === 0 && mayKeep()) await this.toSpool(maxBatch);
    }
  }

  private async fromSpool(): Promise<void> {
    const { spool, maxBatch } = this.options;
    const name = this.names[0]!;
    try {
      const events = (await spool!.read(name)) ?? [];
      for (let at = 0; at < events.length; at += maxBatch) {
        const { taken } = await this.attempt(events.slice(at, at + maxBatch), 0);
        if (!taken) return; // again from the start: each counts once
      }
      await this.sent(name, events.length);
    } catch (error) {
      this.fail(error, 0);
    }
  }

  private async fromMemory(): Promise<void> {
    const batch = this.queue.slice(0, this.options.maxBatch).map((q) => q.event);
    const { taken, name } = await this.attempt(batch, batch.length);
    if (!taken) return;
    if (!name) {
      this.forget(batch.length);
      this.answer(batch.length);
      return;
    }
    try {
      await this.sent(name, batch.length);
    } catch (error) {
      this.fail(error, 0); // it is sent again, and all of it is a DUPLICATE
    }
  }

  private async sent(name: string, n: number): Promise<void> {
    await this.options.spool!.remove(name);
    this.names = this.names.filter((other) => other !== name);
    this.answer(n);
  }

  // Takes events from the front of the queue: they are answered, or in the spool.
  private forget(n: number): void {
    this.queue.splice(0, n);
    this.passed += n;
    this.tell();
  }

  private answer(n: number): void {
    this.answered += n;
    this.tell();
  }

  // Sends events and hears what became of each; false: they are to be sent again.
  private async deliver(events: readonly string[]): Promise<boolean> {
    let results: readonly Result[];
    try {
      results = await this.post(events);
    } catch (error) {
      if (!(error instanceof Unfit)) {
        if (!this.stop.signal.aborted) this.fail(error, error instanceof UsagegraphError ? error.retryAfter : 0);
        return false;
      }
      if (events.length > 1) {
        const half = events.length >> 1; // too large, or one of them spoils it
        return (await this.deliver(events.slice(0, half))) && (await this.deliver(events.slice(half)));
      }
      results = [error.result];
    }
    this.failures = this.notUntil = 0;
    for (const [i, result] of results.entries()) {
      if (!['STORED', 'DUPLICATE', 'VOIDED'].includes(result.status)) this.options.onRefused(events[i]!, result);
    }
    return true;
  }

  private fail(error: unknown, asked: number): void {
    this.notUntil = Date.now() + pause(++this.failures, asked);
    this.options.onError(error);
  }

  private async post(events: readonly string[]): Promise<readonly Result[]> {
    const path = this.options.enforce ? '/v1/events?mode=ENFORCE' : '/v1/events';
    const type = 'application/cloudevents-batch+json';
    const response = await this.client.post(path, type, `[${events.join(',')}]`, this.stop.signal);
    const text = await response.text();
    const answer = parsed(text);
    if (response.status === 200) {
      if (answer?.results?.length === events.length) return answer.results;
      throw new Error('the answer broke off');
    }
    const { code = `HTTP_${response.status}`, message = `status ${response.status}` } = answer?.error ?? {};
    if ([400, 413, 422].includes(response.status)) throw new Unfit({ status: 'REFUSED', code, message });
    throw new UsagegraphError(code, message, retryAfter(response.headers));
  }
}

interface Answer {
  results?: Result[];
  error?: { code?: string; message?: string };
}

function parsed(text: string): Answer | null {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return null;
  }
}
