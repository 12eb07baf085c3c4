// The panel at the right side, opened by `open` in the URL.
import { Drawer } from '@mantine/core';
import { type ReactNode, useRef } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useParameters } from './params';
import { text } from './text';

/** What the URL says is open, and how to open another one and to close it. */
export interface Opening {
  open: string | null;
  show: (id: string) => void;
  close: () => void;
}

/**
 * The panel of the URL. Opening it is a step forward; closing it is the step back, so that Back does not open it again.
 * Where one came by a link that had it open already, closing takes it out of the address at hand.
 */
export function useOpening(): Opening {
  const [params, set] = useParameters();
  const navigate = useNavigate();
  const { key, state } = useLocation();
  const left = useRef<string | null>(null);
  const close = () => {
    if (left.current === key) return; // on the way already
    left.current = key;
    if ((state as { panel?: boolean } | null)?.panel) void navigate(-1);
    else set({ open: null }, true);
  };
  return { open: params.get('open'), show: (id) => set({ open: id }, false, { panel: true }), close };
}

interface PanelProps {
  title: ReactNode;
  opened: boolean;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}

/**
 * A panel that takes the focus, gives it back, and closes on Escape. Its head is no banner of the page, so it is a
 * plain block.
 */
export function Panel({ title, opened, onClose, children, wide }: PanelProps) {
  return (
    <Drawer.Root opened={opened} onClose={onClose} position="right" size={wide ? 720 : 520} lockScroll={false}>
      <Drawer.Overlay backgroundOpacity={0.35} />
      <Drawer.Content>
        <div className="dialog-head">
          <Drawer.Title className="panel-title">{title}</Drawer.Title>
          <Drawer.CloseButton aria-label={text.close} />
        </div>
        <Drawer.Body className="panel-body">{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
