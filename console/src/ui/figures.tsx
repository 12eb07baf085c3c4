// The row of summary figures above a table, and lists of properties in panels.
import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';

/** A figure with its name; `value` undefined is one to come. */
export interface Figure {
  name: string;
  value: ReactNode | undefined;
  main?: boolean;
  /** How it changed. */
  change?: ReactNode;
}

/** Figures side by side. */
export function Figures({ items }: { items: Figure[] }) {
  return (
    <dl className="figures">
      {items.map(({ name, value, main, change }) => (
        <div key={name} className="figure" data-main={main || undefined} data-figure={name}>
          <dt>{name}</dt>
          <dd>
            {value ?? <Skeleton height={26} width={90} />} {change}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Names and values of one thing, one below the other. */
export function Facts({ items }: { items: [name: string, value: ReactNode][] }) {
  return (
    <dl className="facts">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
