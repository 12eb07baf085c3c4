// "Why it changed": the resources that moved most between two periods, each a link to its page.
import { Skeleton } from '@mantine/core';
import { Link } from 'react-router';
import { useAsk } from '../api/ask';
import { type Category, MoversDocument } from '../gql/graphql';
import { useOnChange } from '../live/live';
import { type Tab, usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { geometry, micro } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { amount } from '../ui/format';
import { useParameters } from '../ui/params';
import { Failed } from '../ui/states';
import { names, text } from '../ui/text';
import { Delta } from './delta';
import { type Mover, movers } from './movers';
import { type Before, usePeriod } from './period';
import { periodOf } from './tabs';

const t = text.answers.movers;
const MOST = 3;
const TAB: Record<Category, Tab> = { MODELS: 'models', GUARDRAILS: 'guardrails', SCRIPTS: 'scripts', TOOLS: 'tools' };

/** The card; it asks once what stands above it is there. */
export function Why({ before, waits }: { before: Before | null; waits: boolean }) {
  const { account } = usePlace();
  const { range } = usePeriod();
  const variables = { account: account.id, range, compare: { range: before?.range ?? null }, most: MOST };
  const { data, fault, again } = useAsk(MoversDocument, variables, before === null || waits);
  useOnChange(again);
  const found = data?.account;
  const rows = found ? movers(nodes(found.more), nodes(found.less), MOST) : null;
  return (
    <section className="card why" aria-label={t.title} data-card="why">
      <div className="card-head">
        <div>
          <h2>{t.title}</h2>
          <p>{before ? t.lead(before.name) : text.answers.answer.noBefore}</p>
        </div>
      </div>
      {fault ? (
        <Failed fault={fault} again={again} />
      ) : before === null ? null : !rows ? (
        <div className="stack">
          {Array.from({ length: MOST }, (_, i) => (
            <Skeleton key={i} height={44} />
          ))}
        </div>
      ) : rows.length === 0 ? (
        <p className="hint">{t.none}</p>
      ) : (
        <Rows rows={rows} />
      )}
    </section>
  );
}

interface Connection<N> {
  edges: { node: N }[];
}

function nodes<N>({ edges }: Connection<N>): N[] {
  return edges.map(({ node }) => node);
}

function Rows({ rows }: { rows: Mover[] }) {
  const paths = usePaths();
  const [params] = useParameters();
  const most = Math.max(...rows.flatMap((row) => [geometry(row.now), geometry(row.before)]));
  return (
    <ol className="movers">
      {rows.map((row) => (
        <li key={row.id}>
          <Link to={{ pathname: paths.resource(TAB[row.category], row.id), search: periodOf(params) }}>
            <i className={`dot dot-${row.category.toLowerCase()}`} aria-hidden />
            <span className="mover-name">
              <b>{row.name}</b>
              <small>{names.category[row.category]}</small>
            </span>
          </Link>
          <span className="mover-bars" aria-hidden>
            <i
              className={`bar-${row.category.toLowerCase()}`}
              style={{ width: `${(geometry(row.now) / most) * 100}%` }}
            />
            <i className="bar-before" style={{ width: `${(geometry(row.before) / most) * 100}%` }} />
          </span>
          <span className="mover-figures">
            <b>
              {micro(row.difference) > 0n ? '+' : ''}
              <Exact value={row.difference} unit={text.units.credits} />
            </b>
            <small>
              <Delta now={row.now} before={row.before} unit={text.units.credits} /> {amount(row.before)} →{' '}
              {amount(row.now)}
            </small>
          </span>
        </li>
      ))}
    </ol>
  );
}
