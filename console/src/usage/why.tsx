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
import { amount, NONE, signed } from '../ui/format';
import { useParameters } from '../ui/params';
import { Failed, isStale, Stale, Unread } from '../ui/states';
import { names, text } from '../ui/text';
import { Delta } from './delta';
import { type Mover, movers } from './movers';
import { usePeriod } from './period';
import { periodOf } from './tabs';

const t = text.answers.movers;
const MOST = 3;
const TAB: Record<Category, Tab> = { MODELS: 'models', GUARDRAILS: 'guardrails', SCRIPTS: 'scripts', TOOLS: 'tools' };

type Half = NonNullable<MoversQuery['account']>['more'];

/** The card; it asks once what stands above it is there. What rose and what fell stand for themselves. */
export function Why({ compare, waits }: { compare: CompareInput; waits: boolean }) {
  const { account } = usePlace();
  const { range, called } = usePeriod();
  const asked = { account: account.id, range, compare, most: MOST };
  const { data, fault, again, failed, broken } = useParts(MoversDocument, asked, waits);
  useOnChange(again);
  const { more, less } = data?.account ?? {};
  const found = more ?? less;
  const before = called(found?.comparedRange);
  const rows = found ? movers(nodes(more), nodes(less), MOST) : null;
  const whole = fault ?? (found ? null : broken);
  const stale = isStale({ data: found ?? undefined, fault });
  return (
    <section className="card why" aria-label={t.title} data-card="why">
      <div className="card-head">
        <div>
          <h2>{t.title}</h2>
          <p>{before ? t.lead(before) : found ? text.answers.answer.noBefore : NONE}</p>
        </div>
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
        <Rows rows={rows} />
      )}
      {found && !more && <Unread what={t.rose} fault={failed('more')} again={again} />}
      {found && !less && <Unread what={t.fell} fault={failed('less')} again={again} />}
    </section>
  );
}

function nodes(half: Half | null | undefined) {
  return half?.edges.map(({ node }) => node) ?? [];
}

function Rows({ rows }: { rows: Mover[] }) {
  const paths = usePaths();
  const [params] = useParameters();
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
              <Exact value={row.change.delta} unit={text.units.credits} show={signed} />
            </b>
            <small>
              <Delta change={row.change} unit={text.units.credits} /> {amount(row.change.value)} → {amount(row.now)}
            </small>
          </span>
        </li>
      ))}
    </ol>
  );
}
