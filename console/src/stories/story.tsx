// A state of a component, with its name.
import type { ReactNode } from 'react';

/** The card around it. */
export function Story({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section className="card" aria-label={name} data-story-of={name}>
      <div className="card-head">
        <h2>{name}</h2>
      </div>
      {children}
    </section>
  );
}
