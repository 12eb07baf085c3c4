// What the account could save, as the API hints, and the tools that are used more and more.
import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { useAsk } from '../api/ask';
import type { Task } from '../deploy/forms';
import { type Category, HintsCardDocument, type HintsCardQuery } from '../gql/graphql';
import { type Tab, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { micro } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { count, day, exact, NONE } from '../ui/format';
import { Unread } from '../ui/states';
import type { Column } from '../ui/table';
import { TakeTable } from '../ui/take-table';
import { names, text } from '../ui/text';

const t = text.answers.hints;
const TAB: Record<Category, Tab> = { MODELS: 'models', GUARDRAILS: 'guardrails', SCRIPTS: 'scripts', TOOLS: 'tools' };

type Hint = NonNullable<HintsCardQuery['account']>['hints']['hints'][number];

interface HintsProps {
  /** Begins what a hint proposes; without it a hint leads to its resource alone. */
  begin?: ((task: Task) => void) | undefined;
  /** So many at most. */
  most?: number;
}

/** The card; nothing where there is nothing to hint at. */
export default function Hints({ begin, most }: HintsProps) {
  const { account } = usePlace();
  const { data, fault, again } = useAsk(HintsCardDocument, { account: account.id });
  const found = data?.account?.hints;
  if (!found && fault)
    return (
      <section className="card" aria-label={t.title}>
        <Unread what={t.missing} fault={fault} again={again} />
      </section>
    );
  if (!found || found.hints.length === 0) return null;
  return (
    <section className="card hints" aria-label={t.title} data-card="hints">
      <div className="card-head">
        <div>
          <h2>{t.title}</h2>
          {micro(found.savingPerDay) > 0n && <p>{t.lead(exact(found.savingPerDay))}</p>}
        </div>
        <TakeTable name={t.title} columns={COLUMNS} rows={found.hints} keyOf={keyOf} unfiltered />
      </div>
      <ul>
        {found.hints.slice(0, most).map((hint) => (
          <Row key={keyOf(hint)} hint={hint} begin={begin} />
        ))}
      </ul>
    </section>
  );
}

const keyOf = ({ kind, actionId }: Hint) => `${kind} ${actionId}`;

const COLUMNS: Column<Hint>[] = [
  { key: 'name', title: text.answers.explorer.dimensions.RESOURCE, cell: ({ resourceName }) => resourceName },
  {
    key: 'deployment',
    title: text.answers.explorer.dimensions.DEPLOYMENT,
    cell: ({ deploymentName }) => deploymentName ?? NONE,
  },
  { key: 'category', title: text.overview.category, cell: ({ category }) => names.category[category] },
  { key: 'told', title: t.why, cell: told },
  {
    key: 'saving',
    title: t.saving,
    cell: ({ savingPerDay }) => (savingPerDay ? <Exact value={savingPerDay} /> : NONE),
  },
];

function Row({ hint, begin }: Omit<HintsProps, 'most'> & { hint: Hint }) {
  const paths = usePaths();
  const task = taskOf(hint);
  return (
    <li data-hint={hint.kind}>
      <i className={`dot dot-${TAB[hint.category]}`} aria-hidden />
      <span className="hint-words">
        <Link to={paths.resource(TAB[hint.category], hint.resourceId)}>
          {[hint.deploymentName, hint.resourceName].filter(Boolean).join(' · ')}
        </Link>
        <small>{told(hint)}</small>
      </span>
      {hint.savingPerDay && (
        <b>
          <Exact value={hint.savingPerDay} unit={t.aDay} /> <small>{t.aDay}</small>
        </b>
      )}
      {begin && task && (
        <Button
          size="xs"
          variant="default"
          aria-label={`${t.actions[hint.kind]} ${hint.deploymentName ?? hint.resourceName}`}
          onClick={() => begin(task)}
        >
          {t.actions[hint.kind]}
        </Button>
      )}
    </li>
  );
}

function told(hint: Hint): string {
  const since = hint.lastUsedOn ? t.since(day(hint.lastUsedOn, 'UTC')) : t.never;
  switch (hint.kind) {
    case 'IDLE_DEPLOYMENT':
      return t.idle(since, exact(hint.cost ?? '0'));
    case 'SPARE_REPLICAS':
      return t.spare(hint.replicas ?? 0);
    case 'CHEAPER_HARDWARE':
      return t.cheaper(hint.hardware ?? '');
    case 'RISING_TOOL':
      return t.rising(count(hint.runsBefore ?? 0), count(hint.runs ?? 0));
  }
}

function taskOf(hint: Hint): Task | null {
  const { kind, actionId: id, deploymentName, resourceName, replicas, hardware } = hint;
  const name = deploymentName ?? resourceName;
  const running = hint.resource && 'replicas' in hint.resource ? hint.resource.replicas : 0;
  switch (kind) {
    case 'IDLE_DEPLOYMENT':
      return { do: 'undeploy-model', id, name };
    case 'SPARE_REPLICAS':
      return { do: 'scale', id, name, replicas: replicas ?? 1 };
    case 'CHEAPER_HARDWARE':
      return running ? { do: 'redeploy-script', id, name, hardware: hardware ?? '', replicas: running } : null;
    case 'RISING_TOOL':
      return null;
  }
}
