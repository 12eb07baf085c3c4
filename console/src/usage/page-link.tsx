// The way from a panel to the page of its resource.
import { Button } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { Link } from 'react-router';
import { type Tab, usePaths } from '../shell/paths';
import { useParameters } from '../ui/params';
import { text } from '../ui/text';
import { periodOf } from './tabs';

/** A link that keeps period and comparison. */
export function PageLink({ tab, id }: { tab: Tab; id: string }) {
  const paths = usePaths();
  const [params] = useParameters();
  return (
    <Button
      component={Link}
      size="xs"
      variant="default"
      rightSection={<IconArrowRight size={14} aria-hidden />}
      to={{ pathname: paths.resource(tab, id), search: periodOf(params) }}
    >
      {text.answers.page.open}
    </Button>
  );
}
