// A row of links that can be scrolled sideways on a narrow screen, and the tabs of a view, which are one.
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, type To, useLocation } from 'react-router';

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

interface TabLink {
  to: To;
  name: string;
  /** Whether it is the present one; without it that is told by the path. */
  current?: boolean;
}

interface TabLinksProps {
  label: string;
  tabs: readonly TabLink[];
}

const pathOf = (to: To) => (typeof to === 'string' ? to.replace(/[?#].*$/, '') : (to.pathname ?? ''));

/** The tabs of a view. */
export function TabLinks({ label, tabs }: TabLinksProps) {
  const { pathname } = useLocation();
  return (
    <Strip className="tabs" label={label}>
      {tabs.map(({ to, name, current = pathOf(to) === pathname }) => (
        <Link key={pathOf(to)} to={to} aria-current={current ? 'page' : undefined}>
          {name}
        </Link>
      ))}
    </Strip>
  );
}
