// A choice of one, kept in the URL.
import { NativeSelect } from '@mantine/core';
import { refilter } from './paging';
import { useParameters } from './params';

interface PickProps<S extends string> {
  name: string; // in the URL
  label: string;
  all: string;
  offered: readonly S[];
  titles: Record<S, string>;
}

/** The word that the URL holds, among those on offer; null means all. */
export function readPick<S extends string>(params: URLSearchParams, name: string, offered: readonly S[]): S | null {
  const wanted = params.get(name)?.toUpperCase().replaceAll('-', '_');
  return offered.find((value) => value === wanted) ?? null;
}

/** The select. */
export function Pick<S extends string>({ name, label, all, offered, titles }: PickProps<S>) {
  const [params, set] = useParameters();
  const chosen = readPick(params, name, offered);
  return (
    <NativeSelect
      aria-label={label}
      data-about={chosen ? `${label}: ${titles[chosen]}` : undefined}
      value={chosen ?? ''}
      data={[{ value: '', label: all }, ...offered.map((value) => ({ value, label: titles[value] }))]}
      onChange={(event) =>
        refilter(set, { [name]: event.currentTarget.value.toLowerCase().replaceAll('_', '-') || null })
      }
    />
  );
}
