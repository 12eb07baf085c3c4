// Tabs of one browser share a sign-in: a new one asks the others, and what one renews or ends holds for all.
import type { Credential } from './credential';

type Message =
  | { kind: 'ask'; session: string | null }
  | { kind: 'tell'; credential: Credential }
  | { kind: 'left'; session: string };

const NAME = 'usagegraph.session';
// How long other tabs have to answer, in milliseconds. They are on the same device; a frozen one does not answer at
// all.
const ANSWER_WITHIN = 250;

/** Asks the other tabs for their credential, of a session or of any; null where none answers. */
export function askTabs(session: string | null): Promise<Credential | null> {
  return new Promise((done) => {
    const channel = new BroadcastChannel(NAME);
    const end = (credential: Credential | null) => {
      clearTimeout(timer);
      channel.close();
      done(credential);
    };
    const timer = setTimeout(() => end(null), ANSWER_WITHIN);
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.kind === 'tell' && (session === null || data.credential.session === session)) end(data.credential);
    };
    channel.postMessage({ kind: 'ask', session } satisfies Message);
  });
}

interface Listening {
  current: () => Credential | null;
  /** Another tab has a newer token of this session. */
  onNewer: (credential: Credential) => void;
  /** Another tab has signed out of this session. */
  onLeft: () => void;
}

/** Answers other tabs, and hears what they tell. The function that it returns ends that. */
export function listenToTabs({ current, onNewer, onLeft }: Listening): () => void {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    const mine = current();
    if (!mine) return;
    if (data.kind === 'ask' && (data.session === null || data.session === mine.session)) {
      channel.postMessage({ kind: 'tell', credential: mine } satisfies Message);
    }
    if (data.kind === 'tell' && data.credential.session === mine.session && data.credential.since > mine.since) {
      onNewer(data.credential);
    }
    if (data.kind === 'left' && data.session === mine.session) onLeft();
  };
  return () => channel.close();
}

/** Tells the other tabs of a renewed credential. */
export function tellTabs(credential: Credential): void {
  say({ kind: 'tell', credential });
}

/** Tells the other tabs that this session has ended. */
export function leaveTabs(session: string): void {
  say({ kind: 'left', session });
}

function say(message: Message): void {
  const channel = new BroadcastChannel(NAME);
  channel.postMessage(message);
  channel.close();
}
