// Keys that work everywhere: the palette, the list of keys, the search of a list, and the way to a tab.
import { Modal } from '@mantine/core';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { pathsOf } from '../shell/paths';
import { useOptionalPlace } from '../shell/place';
import { Boundary } from '../ui/boundary';
import { text } from '../ui/text';
import { periodOf } from '../usage/tabs';

const Palette = lazy(() => import('./palette'));
const t = text.answers.keys;

type Paths = ReturnType<typeof pathsOf>;

// The second key after "g": where it leads within an account.
const GO: Record<string, (paths: Paths) => string> = {
  o: (paths) => paths.usage('overview'),
  t: (paths) => paths.usage('tools'),
  m: (paths) => paths.usage('models'),
  g: (paths) => paths.usage('guardrails'),
  s: (paths) => paths.usage('scripts'),
  e: (paths) => paths.billing('explore'),
  l: (paths) => paths.billing('ledger'),
  d: (paths) => paths.deployments('running'),
};
const WITHIN = 1_500;

/** Opens the palette from elsewhere, such as a button. */
export const OPEN = 'usagegraph:palette';

/** Listens to the keys; stands once. */
export function Keys() {
  const [shown, setShown] = useState<'palette' | 'help' | null>(null);
  // What was typed after ⌘K while the palette is still on its way; null while none is.
  const early = useRef<string | null>(null);
  const navigate = useNavigate();
  const account = useOptionalPlace()?.account.id;
  const paths = useMemo(() => (account === undefined ? null : pathsOf(account)), [account]);
  const { pathname } = useLocation();
  useEffect(() => {
    early.current = null;
    setShown(null);
  }, [pathname]);
  useEffect(() => {
    let after = 0; // when "g" was pressed
    const pressed = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        early.current = isOpen() || early.current !== null ? null : '';
        return setShown((now) => (now === 'palette' ? null : 'palette'));
      }
      if (early.current !== null && isPlain(event) && !isOpen()) {
        event.preventDefault();
        early.current = event.key === 'Backspace' ? early.current.slice(0, -1) : early.current + event.key;
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target) || isOpen()) return;
      const go = paths && event.timeStamp - after < WITHIN ? GO[event.key] : undefined;
      after = event.key === 'g' && !go ? event.timeStamp : 0;
      if (paths && go) void navigate({ pathname: go(paths), search: periodOf(new URLSearchParams(location.search)) });
      else if (event.key === '?') setShown('help');
      else if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('main input[type="search"]');
        if (search) event.preventDefault();
        search?.focus();
      }
    };
    const open = () => setShown('palette');
    document.addEventListener('keydown', pressed);
    window.addEventListener(OPEN, open);
    return () => {
      document.removeEventListener('keydown', pressed);
      window.removeEventListener(OPEN, open);
    };
  }, [navigate, paths]);
  return (
    <>
      {shown === 'palette' && (
        <Boundary>
          <Suspense fallback={null}>
            <Palette
              begun={early}
              onClose={() => {
                early.current = null;
                setShown(null);
              }}
            />
          </Suspense>
        </Boundary>
      )}
      <Modal.Root opened={shown === 'help'} onClose={() => setShown(null)} centered lockScroll={false}>
        <Modal.Overlay backgroundOpacity={0.35} />
        <Modal.Content>
          <div className="dialog-head">
            <Modal.Title className="panel-title">{t.title}</Modal.Title>
            <Modal.CloseButton aria-label={text.close} />
          </div>
          <Modal.Body>
            <dl className="facts keys">
              {t.list.map(([keys, what]) => (
                <div key={keys}>
                  <dt>
                    {keys.split(' ').map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </Modal.Body>
        </Modal.Content>
      </Modal.Root>
    </>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
}

// A key that writes, or takes back what was written.
function isPlain({ key, metaKey, ctrlKey, altKey }: KeyboardEvent): boolean {
  return !metaKey && !ctrlKey && !altKey && (key.length === 1 || key === 'Backspace');
}

const isOpen = () => document.querySelector('[role="dialog"]') !== null;
