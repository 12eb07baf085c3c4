// The latest entries of the ledger that concern a resource.
import { Link } from 'react-router';
import { MeterFigure } from '../billing/figure';
import { usePaths } from '../shell/paths';
import { count } from '../ui/format';
import { Instant } from '../ui/instant';
import { useParameters } from '../ui/params';
import { type Column, Table } from '../ui/table';
import { Take } from '../ui/take';
import { names, text } from '../ui/text';
import { usePeriod, useSpanAbout } from './period';
import type { Account } from './resource';
import { periodOf } from './tabs';

const t = text.answers.page;

type Entry = NonNullable<Account['ledger']>['edges'][number]['node'];

// What an entry charged the resource, where it stands for several.
function ownPart({ amount: all, lines }: Entry, id: string): string {
  const line = lines.find(({ resourceId }) => resourceId === id);
  if (!line) return all;
  return all.startsWith('-') ? `-${line.amount}` : line.amount;
}

/** The card. */
export function Entries({ id, entries }: { id: string; entries: Entry[] }) {
  const { zone } = usePeriod();
  const paths = usePaths();
  const [params] = useParameters();
  const about = useSpanAbout();
  const columns: Column<Entry>[] = [
    { key: 'at', title: text.ledger.at, cell: ({ effectiveAt }) => <Instant at={effectiveAt} zone={zone} timed /> },
    { key: 'kind', title: text.ledger.kind, cell: ({ kind }) => names.ledger[kind] },
    {
      key: 'what',
      title: text.ledger.what,
      cell: ({ cause, count: parts, note }) => (
        <span className="name plain">
          {names.cause[cause]}
          <small>{[note, parts > 1 && text.ledger.parts(count(parts))].filter(Boolean).join(' · ')}</small>
        </span>
      ),
    },
    {
      key: 'amount',
      title: text.ledger.amount,
      right: true,
      cell: (entry) => <MeterFigure meter={entry.meter} value={ownPart(entry, id)} signed />,
    },
  ];
  return (
    <section className="card" aria-label={t.entries} data-card="entries">
      <div className="card-head">
        <div>
          <h2>{t.entries}</h2>
          <p>{t.entriesLead}</p>
        </div>
        <div className="card-tools">
          <Link to={`${paths.billing('ledger')}?${periodOf(params)}&resource=${encodeURIComponent(id)}`}>
            {t.allEntries}
          </Link>
          <Take name={t.entries} about={about} />
        </div>
      </div>
      <Table
        caption={t.entries}
        columns={columns}
        rows={entries}
        keyOf={({ id: entry }) => entry}
        empty={<p className="hint">{t.noEntries}</p>}
      />
    </section>
  );
}
