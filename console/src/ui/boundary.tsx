// What a view shows in place of a white page when a part of it cannot be loaded or fails.
import { Button } from '@mantine/core';
import { IconPlugConnectedX, IconRefresh } from '@tabler/icons-react';
import { Component, type ReactNode } from 'react';
import { Notice } from './states';
import { text } from './text';

interface BoundaryProps {
  /** Another value starts over: the address, where the boundary stands around what the address shows. */
  of?: string;
  children: ReactNode;
}

interface State {
  error: Error | null;
  of: string | undefined;
}

/** Catches what fails below it. */
export class Boundary extends Component<BoundaryProps, State> {
  override state: State = { error: null, of: this.props.of };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  static getDerivedStateFromProps(props: BoundaryProps, state: State): Partial<State> | null {
    return props.of === state.of ? null : { error: null, of: props.of };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div className="page">
        <div className="card">
          <Broken error={error} again={() => this.setState({ error: null })} />
        </div>
      </div>
    );
  }
}

const t = text.states;

/** Offers the new version where a part of this one is gone from the server, and another try otherwise. */
export function Broken({ error, again }: { error: Error; again?: () => void }) {
  const reload = (
    <Button variant="default" onClick={() => location.reload()}>
      {t.reload}
    </Button>
  );
  if (isMissingPart(error))
    return (
      <Notice icon={IconRefresh} title={t.newer} help={t.partHelp} urgent>
        {reload}
      </Notice>
    );
  return (
    <Notice icon={IconPlugConnectedX} title={t.failed} help={t.brokenHelp} urgent>
      {again && (
        <Button variant="default" onClick={again}>
          {text.retry}
        </Button>
      )}{' '}
      {reload}
    </Notice>
  );
}

// What browsers say of a module or a style sheet that cannot be had: Chromium, Firefox, Safari, and Vite of style
// sheets.
const MISSING = /dynamically imported module|importing a module script failed|failed to load module|unable to preload/i;

/** Reports whether a part of the console could not be loaded, as after an update of the server. */
export function isMissingPart(error: Error): boolean {
  return MISSING.test(error.message);
}
