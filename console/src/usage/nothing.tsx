// What stands where a tab lists nothing.
import { Button } from '@mantine/core';
import { refilter } from '../ui/paging';
import { useParameters } from '../ui/params';
import { Empty } from '../ui/states';
import { text } from '../ui/text';

/** Nothing there at all, or nothing that fits the filter. */
export function Nothing({ of, filtered }: { of: keyof typeof text.usage.empty; filtered: boolean }) {
  const [, set] = useParameters();
  const [title, help] = text.usage.empty[of];
  if (!filtered) return <Empty title={title} help={help} />;
  return (
    <Empty title={text.table.none} help={text.table.noneHelp}>
      <Button variant="default" onClick={() => refilter(set, { q: null, status: null, type: null })}>
        {text.table.clear}
      </Button>
    </Empty>
  );
}
