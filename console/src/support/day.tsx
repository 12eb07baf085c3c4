// A day of an account: what Support tells a customer who asks what happened.
import { Button, TextInput } from '@mantine/core';
import { IconAdjustments, IconCoins, IconHandStop, IconMail } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { type PartedAnswer, useParts } from '../api/ask';
import type { Parted } from '../api/parts';
import { DayStoryDocument, type DayStoryQuery } from '../gql/graphql';
import { usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Count, Exact } from '../ui/exact';
import { count, day as dayName, exact, isolated, moment, NONE } from '../ui/format';
import { More } from '../ui/more';
import { useNow } from '../ui/now';
import { useParameters } from '../ui/params';
import { Answered, Part } from '../ui/states';
import type { Column } from '../ui/table';
import { TakeTable } from '../ui/take-table';
import { text } from '../ui/text';
import { isDay, localDay, localZone, plusDays, startOfDay } from '../ui/zone';
import { readZone } from '../usage/range';
import { Card } from './card';
import { type Facts, inUnits, type Line, linesOf } from './story';
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
  const [opened] = useState(() => new Date(Math.floor(Date.now() / 60_000) * 60_000));
  const renewed = useNow();
  const now = renewed > opened ? renewed : opened;
  const end = to > now ? now : to;
  const answer = useParts(DayStoryDocument, {
    account: account.id,
    range: { from: from.toISOString(), to: to.toISOString(), timeZone: zone },
    from: from.toISOString(),
    to: (end > from ? end : from).toISOString(),
  });
  return (
    <Answered answer={answer} of={({ account: found }) => found} card lines={8}>
      {(found) => <Told found={found} chosen={chosen} zone={zone} {...answer} />}
    </Answered>
  );
}

type Found = NonNullable<Parted<DayStoryQuery>['account']>;

interface ToldProps extends Pick<PartedAnswer<DayStoryQuery>, 'again' | 'failed'> {
  found: Found;
  chosen: string;
  zone: string;
}

// What the story is made of.
const TOLD = ['ledger', 'stops', 'auditLog', 'emailMessages'] as const;

function Told({ found, chosen, zone, again, failed }: ToldProps) {
  const { start, end, charges } = found;
  const facts: Facts = {
    entries: (found.ledger?.edges ?? []).map(({ node }) => node),
    stops: (found.stops?.edges ?? []).map(({ node }) => node),
    changes: (found.auditLog?.edges ?? []).map(({ node }) => node),
    mails: found.emailMessages?.edges ?? [],
  };
  const lines = linesOf(facts);
  const named = (what: string) => `${what}: ${dayName(startOfDay(chosen, zone).toISOString(), zone)}`;
  const cut = TOLD.reduce((n, part) => n + (found[part]?.totalCount ?? 0) - (found[part]?.edges.length ?? 0), 0);
  return (
    <div className="desk" data-story={chosen}>
      <Card title={named(t.charges)} take={charges && <TakeCharges list={charges} name={named(t.charges)} />}>
        <Part of={start && end} fault={failed('start') ?? failed('end')} again={again}>
          {start && end && <Balances start={start} end={end} />}
        </Part>
        <Part of={charges} fault={failed('charges')} again={again}>
          {charges && <Charges list={charges} chosen={chosen} zone={zone} />}
        </Part>
      </Card>
      <Card title={t.story} take={<TakeLines lines={lines} name={named(t.story)} />}>
        {TOLD.map((part) => (
          <Part key={part} of={found[part]} fault={failed(part)} again={again}>
            {null}
          </Part>
        ))}
        <Lines lines={lines} zone={zone} />
        {cut > 0 && <p className="hint">{t.more(cut)}</p>}
      </Card>
    </div>
  );
}

type Whole = NonNullable<DayStoryQuery['account']>;

function Balances({ start, end }: Pick<Whole, 'start' | 'end'>) {
  return (
    <p className="hint">
      {t.balance}: {t.fromTo(exact(start.credits), exact(end.credits))} · {t.runs(count(start.runs), count(end.runs))}
    </p>
  );
}

function Charges({ list, chosen, zone }: { list: Whole['charges']; chosen: string; zone: string }) {
  const paths = usePaths();
  const ledger = (resource: string) => {
    const search = new URLSearchParams({ from: chosen, to: chosen, tz: zone, resource });
    return `${paths.billing('ledger')}?${search}`;
  };
  if (list.totalCount === 0) return <p>{t.noCharges}</p>;
  return (
    <>
      <p data-charged>
        {t.inAll}: {inUnits('MODEL_CREDITS', list.credits)}, {inUnits('TOOL_RUNS', String(list.runs))}
      </p>
      <ul className="story">
        {list.charges.map(({ meter, resourceId, resourceName, amount }) => (
          <li key={`${meter} ${resourceId}`}>
            <Link to={ledger(resourceId)}>{t.charged(isolated(resourceName), inUnits(meter, amount))}</Link>
          </li>
        ))}
      </ul>
      <More shown={list.charges.length} total={list.totalCount} />
    </>
  );
}

const CHARGES: Column<Whole['charges']['charges'][number]>[] = [
  { key: 'name', title: text.answers.explorer.dimensions.RESOURCE, cell: ({ resourceName }) => resourceName },
  {
    key: 'credits',
    title: text.overview.creditsUsed,
    cell: ({ meter, amount }) => (meter === 'MODEL_CREDITS' ? <Exact value={amount} /> : NONE),
  },
  {
    key: 'runs',
    title: text.overview.toolRuns,
    cell: ({ meter, amount }) => (meter === 'TOOL_RUNS' ? <Count value={Number(amount)} /> : NONE),
  },
];

function TakeCharges({ list, name }: { list: Whole['charges']; name: string }) {
  if (list.totalCount === 0) return null;
  const keyOf = ({ meter, resourceId }: (typeof list.charges)[number]) => `${meter} ${resourceId}`;
  return <TakeTable name={name} columns={CHARGES} rows={list.charges} keyOf={keyOf} />;
}

const LINES: Column<Line>[] = [
  { key: 'at', title: desk.usage.at, cell: ({ at }) => <time dateTime={at} /> },
  { key: 'what', title: desk.usage.what, cell: ({ what }) => what },
  { key: 'who', title: t.who, cell: ({ who }) => who ?? NONE },
  { key: 'times', title: t.times, cell: ({ times }) => <Count value={times} /> },
];

function TakeLines({ lines, name }: { lines: Line[]; name: string }) {
  if (lines.length === 0) return null;
  return <TakeTable name={name} columns={LINES} rows={lines} keyOf={({ key }) => key} />;
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
