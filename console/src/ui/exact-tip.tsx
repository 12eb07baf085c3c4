// One tooltip for all exact figures of the page, since a table has hundreds of them.
import { type RefObject, useEffect, useRef, useState } from 'react';

interface Tip {
  text: string;
  x: number;
  y: number;
}

const ID = 'exact-tip';

/**
 * Shows data-exact of what the pointer rests on, was tapped, or has the focus; Escape puts it away. Stands once at the
 * root.
 */
export function ExactTip() {
  const [tip, setTip] = useState<Tip | null>(null);
  const told = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const show = (target: HTMLElement | null) => {
      describe(told, target);
      setTip(target && placed(target));
    };
    const over = (event: Event) => show(figureOf(event.target));
    const focused = (event: Event) =>
      show(event.target instanceof Element && event.target.matches(':focus-visible') ? figureOf(event.target) : null);
    // Focus scrolls its figure into view.
    const moved = () => show(told.current === document.activeElement ? told.current : null);
    const pressed = (event: KeyboardEvent) => event.key === 'Escape' && show(null);
    const left = () => show(null);
    document.addEventListener('pointerover', over);
    document.addEventListener('focusin', focused);
    document.addEventListener('focusout', left);
    document.addEventListener('scroll', moved, true);
    document.addEventListener('keydown', pressed);
    return () => {
      document.removeEventListener('pointerover', over);
      document.removeEventListener('focusin', focused);
      document.removeEventListener('focusout', left);
      document.removeEventListener('scroll', moved, true);
      document.removeEventListener('keydown', pressed);
    };
  }, []);
  if (!tip) return null;
  const x = Math.min(Math.max(tip.x, 90), window.innerWidth - 90);
  return (
    <div id={ID} role="tooltip" className="exact-tip" style={{ left: x, top: tip.y }}>
      {tip.text}
    </div>
  );
}

function figureOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-exact]') : null;
}

function placed(target: HTMLElement): Tip {
  const box = target.getBoundingClientRect();
  return { text: target.dataset['exact'] ?? '', x: box.left + box.width / 2, y: box.top };
}

// Screen readers read the tip with its figure.
function describe(told: RefObject<HTMLElement | null>, target: HTMLElement | null): void {
  told.current?.removeAttribute('aria-describedby');
  target?.setAttribute('aria-describedby', ID);
  told.current = target;
}
