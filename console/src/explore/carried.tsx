// Of which usage: the filters of the explorer, by category and use and by whom and what it was for.
import '@mantine/core/styles/ScrollArea.css';
import '@mantine/core/styles/Combobox.css';
import { Button, NativeSelect, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useAsk } from '../api/ask';
import { PaletteSearchDocument, ThingDocument } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { weekday } from '../ui/format';
import { refilter } from '../ui/paging';
import { useParameters } from '../ui/params';
import { Choices } from '../ui/search';
import { names, text } from '../ui/text';
import { CATEGORIES, KINDS, ONLY, type Question } from './question';

const t = text.answers.explorer;

/** The filters. */
export function Carried({ question, tagKeys }: { question: Question; tagKeys: string[] }) {
  const [, set] = useParameters();
  const { tag, by } = question;
  const keys = tag !== null && !tagKeys.includes(tag) ? [tag, ...tagKeys] : tagKeys;
  return (
    <div className="filters explorer">
      <Field label={t.dimensions.USER} name="user" value={question.user} />
      <Field label={t.dimensions.API_KEY} name="api-key" value={question.apiKey} />
      <NativeSelect
        label={t.tagKey}
        value={tag ?? ''}
        data={[{ value: '', label: t.nothing }, ...keys.map((key) => ({ value: key, label: key }))]}
        onChange={(event) => refilter(set, { tag: event.currentTarget.value || null, value: null })}
      />
      {tag !== null && <Field label={t.tagValue} name="value" value={question.value} of={tag} />}
      {by.includes('RESOURCE_TAG') && (
        <Field label={t.resourceTagKey} name="resource-tag" value={question.resourceTag} />
      )}
      <Choices name="category" label={text.overview.category} offered={CATEGORIES} titles={names.category} />
      <Choices name="use" label={text.answers.page.kind} offered={KINDS} titles={text.answers.page.kindNames} />
      <ResourceChoice />
      <Chips question={question} />
    </div>
  );
}

// A resource to ask of alone, found by a part of its name.
function ResourceChoice() {
  const { account, can } = usePlace();
  const [, set] = useParameters();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 150);
  const { data } = useAsk(
    PaletteSearchDocument,
    { account: account.id, search, resources: true, accounts: false },
    search.length < 2 || !can('RESOURCE_VIEW'),
  );
  if (!can('RESOURCE_VIEW')) return null;
  const kinds = text.answers.palette.kinds;
  const found = (['tools', 'models', 'guardrails', 'scripts'] as const).map((kind) => ({
    group: kinds[kind],
    items: (data?.account?.[kind]?.edges ?? []).map(({ node }) => ({ value: node.id, label: node.name })),
  }));
  return (
    <Select
      className="explorer-resource"
      label={t.dimensions.RESOURCE}
      placeholder={t.any}
      data={found.filter(({ items }) => items.length > 0)}
      value={null}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      filter={({ options }) => options}
      nothingFoundMessage={search.length < 2 ? t.twoLetters : text.answers.palette.none}
      onChange={(id) => {
        setTyped('');
        if (id) refilter(set, { resource: id });
      }}
    />
  );
}

// What the question is narrowed to, each with a way to drop it.
function Chips({ question: { only } }: { question: Question }) {
  const [, set] = useParameters();
  const named = useAsk(ThingDocument, { id: only.resource ?? '' }, only.resource === null).data?.node;
  const deployment = useAsk(ThingDocument, { id: only.deployment ?? '' }, only.deployment === null).data?.node;
  const nameOf = (node: typeof named) => (node && 'name' in node ? node.name : '…');
  const told: Record<(typeof ONLY)[number], [string, string]> = {
    resource: [t.dimensions.RESOURCE, nameOf(named)],
    deployment: [t.dimensions.DEPLOYMENT, nameOf(deployment)],
    owner: [t.dimensions.OWNER, only.owner ?? ''],
    hardware: [t.dimensions.HARDWARE, only.hardware ?? ''],
    hour: [t.dimensions.HOUR_OF_DAY, `${String(only.hour).padStart(2, '0')}:00`],
    weekday: [t.dimensions.DAY_OF_WEEK, only.weekday === null ? '' : weekday(only.weekday % 7)],
  };
  return ONLY.filter((name) => only[name] !== null).map((name) => {
    const line = told[name].join(': ');
    return (
      <Button
        key={name}
        variant="default"
        className="chip"
        data-about={line}
        aria-label={`${text.table.clear}: ${line}`}
        rightSection={<IconX size={14} aria-hidden />}
        onClick={() => refilter(set, { [name]: null })}
      >
        {line}
      </Button>
    );
  });
}

interface FieldProps {
  label: string;
  name: string;
  value: string | null;
  /** What a file calls it; the label by default. */
  of?: string;
}

// A word that is sent when it was typed: on Enter, or when the field is left.
function Field({ label, name, value, of = label }: FieldProps) {
  const [, set] = useParameters();
  const [typed, setTyped] = useState(value ?? '');
  useEffect(() => setTyped(value ?? ''), [value]);
  const send = () => {
    if (typed !== (value ?? '')) refilter(set, { [name]: typed || null });
  };
  return (
    <TextInput
      label={label}
      placeholder={value === '' ? t.without : t.any}
      data-about={value === null ? undefined : `${of}: ${value || t.without}`}
      value={typed}
      maxLength={256}
      rightSection={
        value !== null && (
          <button
            type="button"
            className="link-button"
            aria-label={`${text.table.clear}: ${label}`}
            onClick={() => refilter(set, { [name]: null })}
          >
            <IconX size={14} aria-hidden />
          </button>
        )
      }
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={send}
      onKeyDown={(event) => event.key === 'Enter' && send()}
    />
  );
}
