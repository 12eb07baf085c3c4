// A row of links that can be scrolled sideways on a narrow screen.
import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';

/** The links; the one of the page at hand is scrolled into sight. */
export function Strip({ className, label, children }: { className: string; label: string; children: ReactNode }) {
  const row = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    const at = row.current?.querySelector<HTMLElement>('[aria-current]');
    if (!row.current || !at) return;
    const [box, link] = [row.current.getBoundingClientRect(), at.getBoundingClientRect()];
    const past = Math.max(0, link.right - box.right + 24) - Math.max(0, box.left - link.left + 24);
    row.current.scrollLeft += past; // sideways alone: scrollIntoView would move the page as well
  }, [pathname]);
  return (
    <nav ref={row} className={className} aria-label={label}>
      {children}
    </nav>
  );
}
