// One tooltip for all exact figures of the page, since a table has hundreds of them.
import { useEffect, useState } from 'react';

interface Tip {
  text: string;
  x: number;
  y: number;
}

/** Shows data-exact of what the pointer rests on, or was tapped. Stands once at the root. */
export function ExactTip() {
  const [tip, setTip] = useState<Tip | null>(null);
  useEffect(() => {
    const over = (event: Event) => {
      const target = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-exact]') : null;
      if (!target) return setTip(null);
      const box = target.getBoundingClientRect();
      setTip({ text: target.dataset['exact'] ?? '', x: box.left + box.width / 2, y: box.top });
    };
    const away = () => setTip(null);
    document.addEventListener('pointerover', over);
    document.addEventListener('scroll', away, true);
    return () => {
      document.removeEventListener('pointerover', over);
      document.removeEventListener('scroll', away, true);
    };
  }, []);
  if (!tip) return null;
  const x = Math.min(Math.max(tip.x, 90), window.innerWidth - 90);
  return <div className="exact-tip" aria-hidden style={{ left: x, top: tip.y }}>{tip.text}</div>;
}
