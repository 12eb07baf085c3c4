// "Why it changed": the resources that moved most between two periods, each a link to its page.
import { Skeleton } from '@mantine/core';
import { Link } from 'react-router';
import { useParts } from '../api/ask';
import { type Category, type CompareInput, MoversDocument, type MoversQuery } from '../gql/graphql';
import { useOnChange } from '../live/live';
import { type Tab, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { geometry } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { amount, count, exact, NONE, signed } from '../ui/format';
import { useParameters } from '../ui/params';
import { Failed, isStale, Stale, Unread } from '../ui/states';
import type { Column } from '../ui/table';
import { TakeTable } from '../ui/take-table';
import { names, text } from '../ui/text';
import { Delta } from './delta';
import { type Meter, type Mover, movers } from './movers';
import { useAbout, usePeriod } from './period';
import { periodOf } from './tabs';

const t = text.answers.movers;
const MOST = 3;
const TAB: Record<Category, Tab> = { MODELS: 'models', GUARDRAILS: 'guardrails', SCRIPTS: 'scripts', TOOLS: 'tools' };

type Half = NonNullable<MoversQuery['account']>['more'];

// What costs credits, and what is counted in runs.
const ASKED = {
  credits: { measure: 'CREDITS', categories: ['MODELS', 'GUARDRAILS', 'SCRIPTS'], most: MOST },
  runs: { measure: 'RUNS', categories: ['TOOLS'], most: MOST },
} as const;

// Those that moved most by one meter; null while they are not known.
function useMovers(meter: Meter, compare: CompareInput, waits: boolean) {
  const { account } = usePlace();
  const { range } = usePeriod();
  const { categories, ...asked } = ASKED[meter];
  const variables = { account: account.id, range, compare, ...asked, categories: [...categories] };
  const answer = useParts(MoversDocument, variables, waits);
  useOnChange(answer.again);
  const { more, less } = answer.data?.account ?? {};
  const found = more ?? less;
  return { ...answer, more, less, found, rows: found ? movers(nodes(more), nodes(less), MOST, meter) : null };
}

interface WhyProps {
  compare: CompareInput;
  /** What stands above is not there yet. */
  waits: boolean;
  /** Tools ran in one of the two periods. */
  ran: boolean;
}

/**
 * The card; it asks once what stands above it is there. What rose and what fell stand for themselves. Where no credits
 * moved, it is the runs of tools that did.
 */
export function Why({ compare, waits, ran: tools }: WhyProps) {
  const { called } = usePeriod();
  const ofCredits = useMovers('credits', compare, waits);
  const still = ofCredits.rows?.length === 0 && Boolean(ofCredits.more && ofCredits.less);
  const ofRuns = useMovers('runs', compare, waits || !still || !tools);
  const ran = still && (ofRuns.rows?.length ?? 0) > 0;
  const { fault, again, failed, broken, more, less, found, rows } = ran ? ofRuns : ofCredits;
  const before = called(found?.comparedRange);
  const whole = fault ?? (found ? null : broken);
  const stale = isStale({ data: found ?? undefined, fault });
  return (
    <section className="card why" aria-label={t.title} data-card="why">
      <div className="card-head">
        <div>
          <h2>{t.title}</h2>
          <p>{before ? (ran ? t.leadRuns(before) : t.lead(before)) : found ? text.answers.answer.noBefore : NONE}</p>
        </div>
        {before && rows && rows.length > 0 && (
          <TakeMovers rows={rows} meter={ran ? 'runs' : 'credits'} compared={found?.comparedRange} />
        )}
      </div>
      {fault && stale && <Stale fault={fault} again={again} />}
      {whole && !stale ? (
        <Failed fault={whole} again={again} />
      ) : found && !before ? null : !rows ? (
        <div className="stack">
          {Array.from({ length: MOST }, (_, i) => (
            <Skeleton key={i} height={44} />
          ))}
        </div>
      ) : rows.length === 0 && more && less ? (
        <p className="hint">{t.none}</p>
      ) : (
        <Rows rows={rows} meter={ran ? 'runs' : 'credits'} />
      )}
      {found && !more && <Unread what={t.rose} fault={failed('more')} again={again} />}
      {found && !less && <Unread what={t.fell} fault={failed('less')} again={again} />}
    </section>
  );
}

const columnsFor = (meter: Meter): Column<Mover>[] => [
  { key: 'name', title: text.answers.explorer.dimensions.RESOURCE, cell: ({ name }) => name },
  { key: 'category', title: text.overview.category, cell: ({ category }) => names.category[category] },
  {
    key: 'now',
    title: meter === 'runs' ? text.overview.toolRuns : text.overview.creditsUsed,
    cell: ({ now }) => <Exact value={now} />,
  },
  { key: 'before', title: text.answers.compare.before, cell: ({ change }) => <Exact value={change.value} /> },
  { key: 'change', title: text.answers.compare.column, cell: ({ change }) => <Delta change={change} /> },
];

interface TakeMoversProps {
  rows: Mover[];
  meter: Meter;
  compared: Half['comparedRange'];
}

function TakeMovers({ rows, meter, compared }: TakeMoversProps) {
  const about = useAbout([], compared);
  return <TakeTable name={t.title} about={about} columns={columnsFor(meter)} rows={rows} keyOf={({ id }) => id} />;
}

function nodes(half: Half | null | undefined) {
  return half?.edges.map(({ node }) => node) ?? [];
}

function Rows({ rows, meter }: { rows: Mover[]; meter: Meter }) {
  const paths = usePaths();
  const [params] = useParameters();
  const runs = meter === 'runs';
  const shown = runs ? (value: string) => count(Number(value)) : amount;
  const most = Math.max(...rows.flatMap((row) => [geometry(row.now), geometry(row.change.value)]));
  return (
    <ol className="movers">
      {rows.map((row) => (
        <li key={row.id}>
          <Link to={{ pathname: paths.resource(TAB[row.category], row.id), search: periodOf(params) }}>
            <i className={`dot dot-${row.category.toLowerCase()}`} aria-hidden />
            <span className="mover-name">
              <b title={row.name}>{row.name}</b>
              <small>{names.category[row.category]}</small>
            </span>
          </Link>
          <span className="mover-bars" aria-hidden>
            <i
              className={`bar-${row.category.toLowerCase()}`}
              style={{ width: `${(geometry(row.now) / most) * 100}%` }}
            />
            <i className="bar-before" style={{ width: `${(geometry(row.change.value) / most) * 100}%` }} />
          </span>
          <span className="mover-figures">
            <b>
              {runs ? (
                <Exact value={row.change.delta} show={(value) => (value.startsWith('-') ? '' : '+') + exact(value)} />
              ) : (
                <Exact value={row.change.delta} unit={text.units.credits} show={signed} />
              )}
            </b>
            <small>
              <Delta change={row.change} unit={text.units.credits} bare /> {shown(row.change.value)} → {shown(row.now)}
            </small>
          </span>
        </li>
      ))}
    </ol>
  );
}
