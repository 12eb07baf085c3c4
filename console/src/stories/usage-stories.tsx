// Every state of what shows usage: the trend, the answer, the line of time, filters and gates.
import type { Fault } from '../api/fault';
import { Gated } from '../deploy/gate';
import type { DecisionFieldsFragment } from '../gql/graphql';
import { DateFilter } from '../ui/date-filter';
import { Choices, Search } from '../ui/search';
import { Part } from '../ui/states';
import { TabLinks } from '../ui/strip';
import { Take } from '../ui/take';
import { TakeTable } from '../ui/take-table';
import { names } from '../ui/text';
import { Answer } from '../usage/answer';
import { CompareSwitch } from '../usage/compare-switch';
import { Track } from '../usage/segments';
import type { Segment } from '../usage/timeline';
import { TrendCard } from '../usage/trend';
import type { Trend } from '../usage/trend-option';
import { Story } from './story';

const nothing = () => {};
const BUSY: Fault = { code: 'UNAVAILABLE', message: '', requestId: 'b26d', retryAfter: 3 };
const DAYS = ['2026-05-01', '2026-05-02', '2026-05-03'].map((day) => `${day}T00:00:00Z`);
const RANGE = { from: DAYS[0]!, to: '2026-05-04T00:00:00Z', preset: null, timeZone: 'UTC' };

const series = (credits: string[], runs: number[]): Trend['series'] => ({
  starts: DAYS,
  credits,
  runs,
  models: credits,
  guardrails: ['0', '0', '0'],
  scripts: ['0', '0', '0'],
  firstPartial: false,
  lastPartial: true,
});

const trend = (credits: string[], runs: number[], compared = false): Trend => ({
  granularity: 'DAY',
  timeZone: 'UTC',
  range: RANGE,
  series: series(credits, runs),
  comparedRange: compared ? { ...RANGE, from: '2026-04-28T00:00:00Z', to: DAYS[0]! } : null,
  comparedSeries: compared ? series(['2', '1', '0.5'], [3, 1, 2]) : null,
});

/** The trend in its states. */
export function Trends() {
  return (
    <>
      <Story name="Trend: waiting">
        <TrendCard trend={undefined} />
      </Story>
      <Story name="Trend">
        <TrendCard trend={trend(['1', '3.5', '2'], [4, 0, 9])} />
      </Story>
      <Story name="Trend: compared">
        <TrendCard trend={trend(['1', '3.5', '2'], [4, 0, 9], true)} />
      </Story>
      <Story name="Trend: nothing">
        <TrendCard trend={trend(['0', '0', '0'], [0, 0, 0])} />
      </Story>
    </>
  );
}

const overview = {
  asOf: '2026-05-03T12:00:00Z',
  runs: { used: 13, allocation: 100, remaining: 87, usedPercent: '13' },
  credits: { used: '6.5', allocation: '75', remaining: '68.5', usedPercent: '8.67', slices: [] },
  inRange: { range: RANGE, credits: '6.5', runs: 13, slices: [], comparedRange: null },
};
const WHOLE = { status: null, forecast: null, plan: null };

/** The answer on top of the Overview in its states. */
export function Answers() {
  return (
    <>
      <Story name="Answer: waiting">
        <Answer account={undefined} broken={WHOLE} />
      </Story>
      <Story name="Answer: without the balance">
        <Answer account={{ overview }} broken={WHOLE} />
      </Story>
      <Story name="Answer: a part could not be read">
        <Answer account={{ overview }} broken={{ ...WHOLE, status: BUSY }} />
      </Story>
      <Story name="Part: failed">
        <Part of={null} fault={BUSY} again={nothing}>
          {null}
        </Part>
      </Story>
      <Story name="Part: as it was before">
        <Part of={[]} fault={BUSY} again={nothing}>
          <p>What was known before.</p>
        </Part>
      </Story>
    </>
  );
}

const segment = (start: string, end: string | null, replicas: number): Segment => ({
  category: 'MODELS',
  deploymentId: 'd',
  start,
  end,
  stopped: false,
  hardware: 'g5.xlarge',
  cpuCount: 0,
  replicas,
  ratePerHour: '1.509',
  seconds: 3600,
  credits: '1.509',
});
const SPAN = { from: Date.parse(RANGE.from), to: Date.parse(RANGE.to) };

/** The line of time in its states. */
export function Tracks() {
  const of = (segments: Segment[]) => <Track segments={segments} span={SPAN} most={3.018} category="models" />;
  return (
    <>
      <Story name="Track">
        {of([
          segment('2026-05-03T06:00:00Z', null, 1),
          segment('2026-05-02T00:00:00Z', '2026-05-02T18:00:00Z', 2),
          segment('2026-04-30T00:00:00Z', '2026-05-01T01:00:00Z', 1),
        ])}
      </Story>
      <Story name="Track: never">{of([])}</Story>
    </>
  );
}

const DECISION: DecisionFieldsFragment = {
  action: 'DEPLOY_MODEL',
  allowed: true,
  zone: 'OPEN',
  meter: 'MODEL_CREDITS',
  balance: '3',
  available: '3',
  limit: '5',
};
const REFUSED: DecisionFieldsFragment = {
  ...DECISION,
  allowed: false,
  zone: 'LOW',
  refusal: {
    code: 'INSUFFICIENT_CREDITS',
    meter: 'MODEL_CREDITS',
    balance: '3',
    limit: '5',
    missing: '2',
    sentence: 'Insufficient credits.',
  },
};

/** Filters, gates and what takes out files. */
export function Controls() {
  const gated = (name: string, decision: DecisionFieldsFragment | undefined) => (
    <Gated decision={decision} onClick={nothing}>
      {name}
    </Gated>
  );
  return (
    <>
      <Story name="Gated">
        {gated('Not known yet', undefined)} {gated('Allowed', DECISION)} {gated('Refused', REFUSED)}
      </Story>
      <Story name="Filters">
        <div className="filters">
          <Search />
          <Choices name="story" label="Status" offered={['DEPLOYED', 'UNDEPLOYED']} titles={names.status} />
          <CompareSwitch />
          <DateFilter choice={{ preset: 'LAST_7_DAYS' }} zone="Europe/Vienna" />
        </div>
      </Story>
      <Story name="Tabs">
        <TabLinks
          label="Tabs"
          tabs={[
            { to: '/stories', name: 'This one' },
            { to: '/accounts', name: 'Another' },
          ]}
        />
      </Story>
      <Story name="Take">
        <Take name="Rows" /> <Take name="Chart" chart table={false} />
        <TakeTable
          name="Card without a table"
          columns={[{ key: 'tool', title: 'Tool', cell: (row: string) => row }]}
          rows={['search', 'fetch']}
          keyOf={(row) => row}
        />
      </Story>
    </>
  );
}
