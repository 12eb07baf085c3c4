// A question that failed is asked again by itself where that may help; an answer that has grown old in a page that
// nobody saw is asked for again when it is seen.
import { useEffect, useRef } from 'react';
import { FRESH_FOR } from './client';
import type { Fault } from './fault';
import { onReturn, whenSeen } from './seen';

// What passes: the network, a restart, load, a fault of ours. Anything else stays as it is however often one asks.
const PASSING = new Set([
  'OFFLINE',
  'OVERLOADED',
  'THROTTLED',
  'SHUTTING_DOWN',
  'REQUEST_TIMEOUT',
  'UNAVAILABLE',
  'INTERNAL',
]);
const FIRST = 3_000;
const LONGEST = 60_000;

/** Reports whether a fault may pass by itself. */
export function passes(fault: Fault): boolean {
  return PASSING.has(fault.code) || fault.retryAfter !== null;
}

/** How long to wait before the next try, in milliseconds: doubling, and never less than the server asks for. */
export function waitFor(fault: Fault, tries: number): number {
  return Math.max((fault.retryAfter ?? 0) * 1_000, Math.min(LONGEST, FIRST * 2 ** tries));
}

/** Asks again after a fault that may pass, at once when the page is seen again or the network comes back. */
export function useHealing(fault: Fault | null, again: () => void): void {
  const tries = useRef(0);
  useEffect(() => {
    if (!fault) tries.current = 0;
    if (!fault || !passes(fault)) return;
    let off = () => {};
    const timer = setTimeout(() => (off = whenSeen(again)), waitFor(fault, tries.current++));
    const back = onReturn(again);
    return () => {
      clearTimeout(timer);
      off();
      back();
    };
  }, [fault, again]);
}

/** Asks again when a page is seen again whose answer is older than answers stay fresh. */
export function useReturning(answer: unknown, again: () => void): void {
  const since = useRef(0);
  useEffect(() => void (since.current = Date.now()), [answer]);
  useEffect(() => {
    if (answer === undefined) return;
    return onReturn(() => Date.now() - since.current > FRESH_FOR && again());
  }, [answer, again]);
}
