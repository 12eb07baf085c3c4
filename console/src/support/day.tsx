// A day of an account: what Support tells a customer who asks what happened.
import { Button, TextInput } from '@mantine/core';
import { IconAdjustments, IconCoins, IconHandStop, IconMail } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useParts } from '../api/ask';
import { DayStoryDocument, type DayStoryQuery } from '../gql/graphql';
import { usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { count, day as dayName, exact, isolated, moment } from '../ui/format';
import { useParameters } from '../ui/params';
import { Failed, Missing, Part, Waiting } from '../ui/states';
import { isDay, localDay, localZone, plusDays, startOfDay } from '../ui/zone';
import { readZone } from '../usage/range';
import { Card } from './card';
import { chargesOf, inUnits, type Line, linesOf } from './story';
import { desk } from './text';

const t = desk.day;
const ICONS = { ledger: IconCoins, change: IconAdjustments, mail: IconMail, stop: IconHandStop };

/** The page; the day stands in the URL. */
export function Day() {
  const { account } = usePlace();
  const [params, set] = useParameters();
  const zone = readZone(params, localZone());
  const today = localDay(new Date(), zone);
  const asked = params.get('day') ?? '';
  const chosen = isDay(asked) && asked <= today ? asked : today;
  const go = (day: string) => set({ day });
  return (
    <>
      <div className="filters">
        <Button variant="default" onClick={() => go(plusDays(chosen, -1))}>
          {t.before}
        </Button>
        <TextInput
          type="date"
          aria-label={t.pick}
          value={chosen}
          max={today}
          onChange={(event) => event.currentTarget.value && go(event.currentTarget.value)}
        />
        <Button variant="default" disabled={chosen >= today} onClick={() => go(plusDays(chosen, 1))}>
          {t.after}
        </Button>
      </div>
      <Story key={`${account.id} ${chosen}`} chosen={chosen} zone={zone} />
    </>
  );
}

function Story({ chosen, zone }: { chosen: string; zone: string }) {
  const { account } = usePlace();
  const from = startOfDay(chosen, zone);
  const to = startOfDay(plusDays(chosen, 1), zone);
  const now = new Date(Math.floor(Date.now() / 60_000) * 60_000);
  const end = to > now ? now : to;
  const { data, fault, again, failed } = useParts(DayStoryDocument, {
    account: account.id,
    range: { from: from.toISOString(), to: to.toISOString(), timeZone: zone },
    from: from.toISOString(),
    to: end.toISOString(),
  });
  const found = data?.account;
  if (fault || !found)
    return (
      <div className="card">
        {fault ? <Failed fault={fault} again={again} /> : data ? <Missing /> : <Waiting lines={8} />}
      </div>
    );
  const within = ({ createdAt }: { createdAt: string }) => createdAt >= from.toISOString() && new Date(createdAt) < to;
  const mails = (found.emails?.edges ?? []).map(({ node }) => node).filter(within);
  const entries = (found.ledger?.edges ?? []).map(({ node }) => node);
  const changes = (found.auditLog?.edges ?? []).map(({ node }) => node);
  const total = (found.ledger?.totalCount ?? 0) + (found.auditLog?.totalCount ?? 0);
  const cut = total - entries.length - changes.length;
  const { start, end: last } = found;
  return (
    <div className="desk" data-story={chosen}>
      <Card title={`${t.charges}: ${dayName(from.toISOString(), zone)}`}>
        <Part of={start && last} fault={failed('start') ?? failed('end')} again={again}>
          {start && last && <Balances start={start} end={last} />}
        </Part>
        <Part of={found.ledger} fault={failed('ledger')} again={again}>
          <Charges entries={entries} chosen={chosen} zone={zone} />
        </Part>
      </Card>
      <Card title={t.story}>
        {(['ledger', 'auditLog', 'emails'] as const).map((part) => (
          <Part key={part} of={found[part]} fault={failed(part)} again={again}>
            {null}
          </Part>
        ))}
        <Lines lines={linesOf(entries, changes, mails)} zone={zone} />
        {cut > 0 && <p className="hint">{t.more(cut)}</p>}
      </Card>
    </div>
  );
}

type Found = NonNullable<DayStoryQuery['account']>;

function Balances({ start, end }: Pick<Found, 'start' | 'end'>) {
  return (
    <p className="hint">
      {t.balance}: {t.fromTo(exact(start.credits), exact(end.credits))} · {t.runs(count(start.runs), count(end.runs))}
    </p>
  );
}

type Entries = Parameters<typeof chargesOf>[0];

function Charges({ entries, chosen, zone }: { entries: Entries; chosen: string; zone: string }) {
  const paths = usePaths();
  const charges = chargesOf(entries);
  const ledger = (resource: string | null) => {
    const search = new URLSearchParams({ from: chosen, to: chosen, tz: zone, ...(resource && { resource }) });
    return `${paths.billing('ledger')}?${search}`;
  };
  if (charges.length === 0) return <p>{t.noCharges}</p>;
  return (
    <ul className="story">
      {charges.map(({ key, resource, name, meter, amount }) => (
        <li key={key}>
          <Link to={ledger(resource)}>{t.charged(isolated(name), inUnits(meter, amount))}</Link>
        </li>
      ))}
    </ul>
  );
}

function Lines({ lines, zone }: { lines: Line[]; zone: string }) {
  if (lines.length === 0) return <p>{t.quiet}</p>;
  return (
    <ol className="story">
      {lines.map(({ key, at, kind, what, who, times }) => {
        const Icon = ICONS[kind];
        return (
          <li key={key} data-kind={kind}>
            <Icon size={16} aria-hidden />
            <span>
              {what}
              {who && ` ${t.by(isolated(who))}`}
              {times > 1 && ` × ${count(times)}`}
            </span>
            <small>
              <time dateTime={at}>{moment(at, zone)}</time>
            </small>
          </li>
        );
      })}
    </ol>
  );
}
