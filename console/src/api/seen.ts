// A page that nobody sees asks nothing; what it left out is made good when it is seen again.

/** Runs `run` at once if the page is seen, else when it is. The function that it returns calls it off. */
export function whenSeen(run: () => void): () => void {
  if (!document.hidden) {
    run();
    return () => {};
  }
  const seen = () => {
    if (document.hidden) return;
    off();
    run();
  };
  const off = () => document.removeEventListener('visibilitychange', seen);
  document.addEventListener('visibilitychange', seen);
  return off;
}

/** Calls `back` whenever the page is seen again or the network comes back. The function that it returns ends that. */
export function onReturn(back: () => void): () => void {
  const seen = () => !document.hidden && back();
  document.addEventListener('visibilitychange', seen);
  window.addEventListener('online', back);
  return () => {
    document.removeEventListener('visibilitychange', seen);
    window.removeEventListener('online', back);
  };
}

/** Waits so many milliseconds, or until the page is seen again or the network comes back. */
export function patience(milliseconds: number): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      off();
      done();
    };
    const timer = setTimeout(end, milliseconds);
    const off = onReturn(end);
  });
}
