// The choice of the time zone: some 430 names, loaded when the dates are opened.
import '@mantine/core/styles/ScrollArea.css';
import '@mantine/core/styles/Combobox.css';
import { Select } from '@mantine/core';
import { useMemo, useState } from 'react';
import { refilter } from './paging';
import { useParameters } from './params';
import { text } from './text';
import { localZone, meansZone, offsetName, zones } from './zone';

const t = text.dates;

/** The zone stands in the URL. */
export default function ZoneSelect({ zone }: { zone: string }) {
  const [, set] = useParameters();
  const [looked, setLooked] = useState(false); // the names are there when somebody looks for one
  const all = useMemo(() => (looked ? [...new Set([localZone(), zone, ...zones()])] : [zone]), [zone, looked]);
  return (
    <Select
      size="xs"
      label={t.zone}
      description={offsetName(zone, new Date())}
      data={all}
      value={zone}
      searchable
      onFocus={() => setLooked(true)}
      onDropdownOpen={() => setLooked(true)}
      limit={60}
      allowDeselect={false}
      comboboxProps={{ withinPortal: false }}
      nothingFoundMessage={t.noZone}
      filter={({ options, search }) => options.filter((o) => 'value' in o && meansZone(String(o.value), search))}
      onChange={(value) => value && refilter(set, { tz: value })}
    />
  );
}
