// A button that copies, and says so.
import { ActionIcon } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { text } from './text';

/** Copies `value`; `name` says what it is. */
export function Copy({ value, name }: { value: string; name: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await write(value);
    setDone(true);
    setTimeout(() => setDone(false), 1_500);
  };
  return (
    <>
      <ActionIcon
        variant="subtle"
        size={24}
        color={done ? 'green.8' : 'gray'}
        aria-label={text.copy(name)}
        title={text.copy(name)}
        onClick={() => void copy()}
      >
        {done ? <IconCheck size={16} /> : <IconCopy size={16} />}
      </ActionIcon>
      <span role="status" className="hidden">
        {done ? text.copied : ''}
      </span>
    </>
  );
}

/** Puts a text into the clipboard. Pages that are not served over TLS have none; there the old way still works. */
export async function write(value: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(value);
  const area = document.createElement('textarea');
  area.value = value;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
