// The two filters that lists share: a word of the name, and statuses. What they are set to stands in data-about, which
// files of the list tell (take.tsx).
import { Button, Checkbox, Popover, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconChevronDown, IconFilter, IconSearch, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { refilter } from './paging';
import { useParameters } from './params';
import { text } from './text';

/** Search by name; `q` in the URL. */
export function Search({ label = text.table.search }: { label?: string }) {
  const [params, set] = useParameters();
  const asked = params.get('q') ?? '';
  const [typed, setTyped] = useState(asked);
  const sent = useRef(asked);
  const send = useDebouncedCallback((value: string) => {
    sent.current = value.trim();
    refilter(set, { q: value.trim().slice(0, 100) || null }, true);
  }, 250);
  useEffect(() => {
    if (asked === sent.current) return;
    sent.current = asked;
    setTyped(asked); // the URL was changed by something else, such as the back button
  }, [asked]);
  const change = (value: string) => {
    setTyped(value);
    send(value);
  };
  return (
    <TextInput
      type="search"
      className="search"
      aria-label={label}
      placeholder={label}
      value={typed}
      maxLength={100}
      data-about={asked ? `${label}: ${asked}` : undefined}
      leftSection={<IconSearch size={16} aria-hidden />}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

/** The words that the URL holds under `name`, among those on offer; empty means all. */
export function readChoices<S extends string>(params: URLSearchParams, name: string, offered: readonly S[]): S[] {
  const wanted = (params.get(name) ?? '').toUpperCase().replaceAll('-', '_').split(',');
  return offered.filter((value) => wanted.includes(value));
}

interface ChoicesProps<S extends string> {
  name: string; // in the URL
  label: string;
  offered: readonly S[];
  titles: Record<S, string>;
}

/** Boxes to tick; none ticked is all. */
export function Choices<S extends string>({ name, label, offered, titles }: ChoicesProps<S>) {
  const [params, set] = useParameters();
  const chosen = readChoices(params, name, offered);
  const choose = (values: string[]) =>
    refilter(set, { [name]: values.map((v) => v.toLowerCase().replaceAll('_', '-')).join(',') || null });
  const shown = chosen.length === 0 ? label : `${label}: ${chosen.map((value) => titles[value]).join(', ')}`;
  return (
    <Popover position="bottom-start" shadow="md" trapFocus returnFocus withRoles={false}>
      <Popover.Target>
        <Button
          variant="default"
          className="choices"
          data-about={chosen.length > 0 ? shown : undefined}
          leftSection={<IconFilter size={16} />}
          rightSection={<IconChevronDown size={14} />}
          aria-haspopup="dialog"
        >
          {shown}
        </Button>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={label}>
        <Checkbox.Group value={chosen} onChange={choose} aria-label={label}>
          <div className="stack-sm">
            {offered.map((value) => (
              <Checkbox key={value} value={value} label={titles[value]} />
            ))}
          </div>
        </Checkbox.Group>
        {chosen.length > 0 && (
          <Button mt="sm" size="xs" variant="subtle" leftSection={<IconX size={14} />} onClick={() => choose([])}>
            {text.table.clear}
          </Button>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
