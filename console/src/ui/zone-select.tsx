// The choice of a time zone: some 430 names, loaded where one can be chosen. It is found by its present and its former
// name.
import '@mantine/core/styles/ScrollArea.css';
import '@mantine/core/styles/Combobox.css';
import { Select, type SelectProps } from '@mantine/core';
import { useMemo, useState } from 'react';
import { refilter } from './paging';
import { useParameters } from './params';
import { text } from './text';
import { localZone, meansZone, offsetName, zones } from './zone';

const t = text.dates;

interface ZoneChoiceProps {
  label: string;
  zone: string;
  onChoose: (zone: string) => void;
  size?: SelectProps['size'];
  /** Where the names open, if not above everything. */
  within?: boolean;
}

/** The field: the zone that is chosen, and the names of others once somebody looks for one. */
export function ZoneChoice({ label, zone, onChoose, size, within }: ZoneChoiceProps) {
  const [looked, setLooked] = useState(false);
  const all = useMemo(() => (looked ? [...new Set([localZone(), zone, ...zones()])] : [zone]), [zone, looked]);
  return (
    <Select
      size={size}
      label={label}
      description={offsetName(zone, new Date())}
      data={all}
      value={zone}
      searchable
      onFocus={() => setLooked(true)}
      onDropdownOpen={() => setLooked(true)}
      limit={60}
      allowDeselect={false}
      comboboxProps={{ withinPortal: !within }}
      nothingFoundMessage={t.noZone}
      filter={({ options, search }) => options.filter((o) => 'value' in o && meansZone(String(o.value), search))}
      onChange={(value) => value && onChoose(value)}
    />
  );
}

/** The zone of a view, which stands in the URL. */
export default function ZoneSelect({ zone }: { zone: string }) {
  const [, set] = useParameters();
  return (
    <ZoneChoice size="xs" within label={t.zone} zone={zone} onChoose={(chosen) => refilter(set, { tz: chosen })} />
  );
}
