// Where a click on a group leads: to its page, to its time in finer steps, or to it alone.
import { useCallback } from 'react';
import { useNavigate } from 'react-router';
import type { Granularity } from '../gql/graphql';
import { type Tab, usePaths } from '../shell/paths';
import { refilter } from '../ui/paging';
import { useParameters } from '../ui/params';
import { closer } from '../usage/drill';
import { usePeriod } from '../usage/period';
import { spanOf, writeChoice } from '../usage/range';
import { periodOf } from '../usage/tabs';
import { onlyOf } from './only';
import { type Dimension, type Question, writeBy } from './question';
import type { Row } from './rows';

const TABS: Record<string, Exclude<Tab, 'overview'>> = {
  MODELS: 'models',
  GUARDRAILS: 'guardrails',
  SCRIPTS: 'scripts',
  TOOLS: 'tools',
};

/** The page of the resource that a row is of; null where it is of none. */
export function usePage(): (row: Row) => { pathname: string; search: string } | null {
  const paths = usePaths();
  const [params] = useParameters();
  const search = periodOf(params);
  return useCallback(
    (row) => {
      const tab = row.category ? TABS[row.category] : undefined;
      return tab && row.resourceId ? { pathname: paths.resource(tab, row.resourceId), search } : null;
    },
    [paths, search],
  );
}

/** The parameters that show the time of a row closer; null where the period is that minute already. */
export function useTime(step: Granularity): (row: Row) => Record<string, string | null> | null {
  const { choice, zone, now } = usePeriod();
  return useCallback(
    ({ start, end }) => {
      if (!start || !end) return null;
      const { from, to } = spanOf(choice, zone, now);
      const range = { from: from.toISOString(), to: to.toISOString() };
      const into = closer({ start, end }, range, step, zone);
      return into && { ...writeChoice(into.choice), step: into.step?.toLowerCase() ?? null };
    },
    [step, choice, zone, now],
  );
}

/**
 * What a click on a bar does: a resource opens its page, a time is shown closer, and anything else is shown alone, by
 * the resources that it is made of.
 */
export function useInto(question: Question, step: Granularity): (row: Row, along: Dimension) => void {
  const [, set] = useParameters();
  const navigate = useNavigate();
  const page = usePage();
  const time = useTime(step);
  return useCallback(
    (row, along) => {
      const to = along === 'RESOURCE' ? page(row) : null;
      if (to) return void navigate(to);
      const changes = along === 'TIME' ? time(row) : onlyOf(row, along);
      if (!changes) return;
      const rest = question.by.filter((word) => word !== along);
      refilter(set, { ...changes, ...(along === 'TIME' ? {} : writeBy(rest.length > 0 ? rest : ['RESOURCE'])) });
    },
    [question, navigate, page, time, set],
  );
}
