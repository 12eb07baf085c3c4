// What the rows of a tab tell beside the API's own columns: their share and a small line.
import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { trusted } from '../api/trusted';
import { RowTrendsDocument } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { geometry, micro } from '../ui/decimal';
import { share } from '../ui/format';
import { text } from '../ui/text';
import { partOf } from './change';
import { usePeriod } from './period';
import { spanOf } from './range';
import { grouped, lineStep } from './strips';

// So many questions at once for the lines of one page; the rest follow one after another.
const AT_ONCE = 8;

export type Meter = 'credits' | 'runs';

/** The small lines of rows by id, in the steps of the period; empty until they are there. */
export function useRowTrends(ids: string[], meter: Meter): Map<string, string[]> {
  const client = useClient();
  const { account } = usePlace();
  const { choice, zone, range, now } = usePeriod();
  const [lines, setLines] = useState<Map<string, string[]>>(new Map());
  const key = ids.join(' ');
  useEffect(() => {
    let gone = false;
    const { from, to } = spanOf(choice, zone, now);
    const granularity = lineStep(from, to);
    const groups = grouped(key ? key.split(' ') : [], from, to, granularity);
    const ask = async (group: string[]) => {
      const variables = { account: account.id, range, ids: group, granularity, zone };
      const { data } = await client.query(trusted(RowTrendsDocument), variables).toPromise();
      return data?.account?.usage.edges.map(({ node }) => node) ?? [];
    };
    const all = async () => {
      const found = (await Promise.all(groups.slice(0, AT_ONCE).map(ask))).flat();
      if (!gone) setLines(linesOf(found, meter));
      for (const group of groups.slice(AT_ONCE)) {
        if (gone) return;
        const more = await ask(group);
        if (!gone) setLines((before) => new Map([...before, ...linesOf(more, meter)]));
      }
    };
    void all();
    return () => {
      gone = true;
    };
  }, [client, account.id, choice, zone, range, now, key, meter]);
  return lines;
}

interface Bucket {
  resourceId?: string | null;
  partial?: boolean | null;
  credits: string;
  runs: number;
}

// The figures of each resource in order. Buckets cut at the ends of the period would look like a fall: they are left
// out where enough whole ones remain.
function linesOf(buckets: Bucket[], meter: Meter): Map<string, string[]> {
  const byId = new Map<string, Bucket[]>();
  for (const bucket of buckets)
    byId.set(bucket.resourceId ?? '', [...(byId.get(bucket.resourceId ?? '') ?? []), bucket]);
  return new Map(
    [...byId].map(([id, all]) => {
      const whole = all.filter(({ partial }) => !partial);
      return [id, (whole.length > 2 ? whole : all).map((bucket) => String(bucket[meter]))];
    }),
  );
}

/** The part of a row in the sum of all, as a bar and in percent. */
export function Share({ part, whole, category }: { part: string; whole: string; category: string }) {
  const value = partOf(part, whole);
  return (
    <span className="share" data-share={value}>
      <i className="share-bar" aria-hidden>
        <i className={`bar-${category}`} style={{ width: `${Math.max(0, Math.min(100, Number(value)))}%` }} />
      </i>
      <span className="num">{share(value, part, whole)}</span>
    </span>
  );
}

const WIDTH = 84;
const HEIGHT = 24;

/** A line without axes; its figures are in the chart of the resource's page. */
export function Spark({ values, category }: { values: string[] | undefined; category: string }) {
  if (!values || values.length < 2) return <span className="spark" aria-hidden />;
  const heights = values.map(geometry);
  const most = Math.max(...heights);
  const at = (value: number, i: number) => {
    const x = 2 + (i * (WIDTH - 4)) / (heights.length - 1);
    const y = HEIGHT - 2 - (most > 0 ? (value / most) * (HEIGHT - 5) : 0);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  };
  const points = heights.map(at).join(' ');
  return (
    <svg className="spark" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img">
      <title>{told(values)}</title>
      <polygon
        className={`spark-area fill-${category}`}
        points={`2,${HEIGHT - 2} ${points} ${WIDTH - 2},${HEIGHT - 2}`}
      />
      <polyline className={`spark-line stroke-${category}`} points={points} />
    </svg>
  );
}

function told(values: string[]): string {
  const first = micro(values[0]!);
  const last = micro(values.at(-1)!);
  const t = text.answers.line;
  return last > first ? t.rises : last < first ? t.falls : t.level;
}
