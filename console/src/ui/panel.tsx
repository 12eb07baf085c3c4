// The panel at the right side, opened by `open` in the URL.
import { Drawer } from '@mantine/core';
import { type ReactNode } from 'react';
import { text } from './text';

interface PanelProps {
  title: ReactNode;
  name: string;
  opened: boolean;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}

/** A panel that takes the focus, gives it back, and closes on Escape. */
export function Panel({ title, name, opened, onClose, children, wide }: PanelProps) {
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size={wide ? 720 : 520} title={title} aria-label={name}
      closeButtonProps={{ 'aria-label': text.close }} classNames={{ title: 'panel-title', body: 'panel-body' }}>
      {children}
    </Drawer>
  );
}
