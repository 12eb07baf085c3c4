// A page without the shell: while the session is looked up, and when that fails.
import { Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { text } from '../ui/text';
import { Brand } from './brand';

/** The brand, and what is to be said. */
export function Splash({ busy, children }: { busy?: boolean; children?: ReactNode }) {
  return (
    <main className="splash">
      <h1>
        <Brand />
      </h1>
      {busy && (
        <div role="status">
          <Loader size="sm" aria-hidden />
          <span className="hidden">{text.states.loading}</span>
        </div>
      )}
      {children}
    </main>
  );
}
