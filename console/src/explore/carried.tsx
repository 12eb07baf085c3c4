// Of which usage: the filters of the explorer, by category and use and by whom and what it was for.
import { NativeSelect, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { refilter } from '../ui/paging';
import { useParameters } from '../ui/params';
import { Choices } from '../ui/search';
import { names, text } from '../ui/text';
import { CATEGORIES, KINDS, type Question } from './question';

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
      {tag !== null && <Field label={t.tagValue} name="value" value={question.value} />}
      {by.includes('RESOURCE_TAG') && (
        <Field label={t.resourceTagKey} name="resource-tag" value={question.resourceTag} />
      )}
      <Choices name="category" label={text.overview.category} offered={CATEGORIES} titles={names.category} />
      <Choices name="use" label={text.answers.page.kind} offered={KINDS} titles={text.answers.page.kindNames} />
    </div>
  );
}

// A word that is sent when it was typed: on Enter, or when the field is left.
function Field({ label, name, value }: { label: string; name: string; value: string | null }) {
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
