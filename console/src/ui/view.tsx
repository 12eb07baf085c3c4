// A view that is a title over something.
import type { ReactNode } from 'react';
import { text } from './text';

interface ViewProps {
  title: string;
  lead?: ReactNode;
  /** Below the lead. */
  below?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
}

/** The page with its head. */
export function View({ title, lead, below, tools, children }: ViewProps) {
  return (
    <div className="page">
      <title>{`${title} · ${text.product}`}</title>
      <div className="page-head">
        <div>
          <h1>{title}</h1>
          {lead && <p className="lead">{lead}</p>}
          {below}
        </div>
        {tools}
      </div>
      {children}
    </div>
  );
}
