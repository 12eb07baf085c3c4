// Pauses between attempts, in milliseconds: doubled each time, from the first to the longest, and drawn at random below
// that, so that many clients do not come back at once.
const FIRST = 200;
const LONGEST = 30_000;

/** How long to wait after the n-th failed attempt, from 1. What the server asks for counts if it is longer. */
export function pause(n: number, asked: number): number {
  const most = Math.min(LONGEST, FIRST * 2 ** Math.min(n - 1, 10));
  return Math.max(asked, most / 2 + Math.random() * (most / 2));
}

/** Waits; `stop` ends that early. */
export function wait(milliseconds: number, stop?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      stop?.removeEventListener('abort', end);
      done();
    };
    const timer = setTimeout(end, milliseconds);
    if (stop?.aborted) end();
    else stop?.addEventListener('abort', end);
  });
}

/** What an answer asks for, in milliseconds; 0 where it asks for nothing. */
export function retryAfter(headers: Headers): number {
  const seconds = Number(headers.get('Retry-After') ?? 0);
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= 3600 ? seconds * 1000 : 0;
}
