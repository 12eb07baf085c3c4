// The panel at the right side, opened by `open` in the URL.
import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { text } from './text';

interface PanelProps {
  title: ReactNode;
  opened: boolean;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}

/** A panel that takes the focus, gives it back, and closes on Escape. Its head is no banner of the page, so it is a plain block. */
export function Panel({ title, opened, onClose, children, wide }: PanelProps) {
  return (
    <Drawer.Root opened={opened} onClose={onClose} position="right" size={wide ? 720 : 520} lockScroll={false}>
      <Drawer.Overlay backgroundOpacity={0.35} />
      <Drawer.Content>
        <div className="dialog-head"><Drawer.Title className="panel-title">{title}</Drawer.Title><Drawer.CloseButton aria-label={text.close} /></div>
        <Drawer.Body className="panel-body">{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
