// One of an account's models: at most a hundred on offer, and a word to find others by.
import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { count } from './format';
import { text } from './text';

interface Choice {
  id: string;
  name: string;
}

interface ModelChoiceProps {
  label: string;
  /** What is on offer; null while it is not known. */
  found: { totalCount: number; models: Choice[] } | null;
  /** Offered after the models. */
  besides?: Choice[];
  search: string;
  onSearch: (typed: string) => void;
  value: string;
  onChoose: (choice: Choice) => void;
}

/** The choice, with a search where there are more models than are on offer. What is chosen stays on offer. */
export function ModelChoice({ label, found, besides = [], search, onSearch, value, onChoose }: ModelChoiceProps) {
  const [kept, setKept] = useState<Choice | null>(null);
  const models = found?.models ?? [];
  const all = [...(kept && !models.some(({ id }) => id === kept.id) ? [kept] : []), ...models, ...besides];
  const total = found?.totalCount ?? 0;
  const choose = (id: string) => {
    const choice = all.find((one) => one.id === id);
    if (!choice) return;
    if (!besides.includes(choice)) setKept(choice);
    onChoose(choice);
  };
  return (
    <>
      {(total > models.length || search !== '') && (
        <TextInput
          type="search"
          label={text.choice.search}
          description={text.choice.part(count(models.length), count(total))}
          value={search}
          maxLength={100}
          onChange={(event) => onSearch(event.currentTarget.value)}
        />
      )}
      <NativeSelect
        label={label}
        value={value}
        onChange={(event) => choose(event.currentTarget.value)}
        data={all.map(({ id, name }) => ({ value: id, label: name }))}
      />
    </>
  );
}
