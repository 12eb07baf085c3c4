// A row of links that can be scrolled sideways on a narrow screen.
import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';

// Sideways alone: scrollIntoView would move the page as well.
function reveal(row: HTMLElement, at: HTMLElement): void {
  const [box, link] = [row.getBoundingClientRect(), at.getBoundingClientRect()];
  row.scrollLeft += Math.max(0, link.right - box.right + 24) - Math.max(0, box.left - link.left + 24);
}

/** The links; the one of the page at hand is scrolled into sight. */
export function Strip({ className, label, children }: { className: string; label: string; children: ReactNode }) {
  const row = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    // With the layout of the next frame: to measure at once would have the page laid out twice.
    const frame = requestAnimationFrame(() => {
      const at = row.current?.querySelector<HTMLElement>('[aria-current]');
      if (row.current && at) reveal(row.current, at);
    });
    return () => cancelAnimationFrame(frame);
  }, [pathname]);
  return (
    <nav ref={row} className={className} aria-label={label}>
      {children}
    </nav>
  );
}
