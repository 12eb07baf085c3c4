// Every state of every shared component on one page, for pictures and for a look after a change: /stories. No address
// leads to it, and nothing of it is in the first load.
import { Button } from '@mantine/core';
import { IconHourglass } from '@tabler/icons-react';
import type { Fault } from '../api/fault';
import { Broken } from '../ui/boundary';
import { Copy } from '../ui/copy';
import { Count, Exact } from '../ui/exact';
import { Facts, Figures } from '../ui/figures';
import { Instant } from '../ui/instant';
import { More } from '../ui/more';
import { Answered, Denied, Empty, Failed, Missing, Notice, Stale, Unread, Waiting } from '../ui/states';
import { StatusMark } from '../ui/status';
import { type Column, Pager, Table } from '../ui/table';
import { names, text } from '../ui/text';
import { View } from '../ui/view';
import { Delta } from '../usage/delta';
import { Pie } from '../usage/pie';
import { Share, Spark } from '../usage/row-figures';
import { Dialogs, Fields } from './form-stories';
import { Lives } from './live-stories';
import { Story } from './story';
import { Answers, Controls, Tracks, Trends } from './usage-stories';

const nothing = () => {};

/** The page. */
export default function Stories() {
  return (
    <View title="Stories" lead="Every state of every shared component.">
      <div className="desk">
        <Faults />
        <Answers />
        <Trends />
        <Tracks />
        <Controls />
        <Lists />
        <Amounts />
        <Fields />
        <Dialogs />
        <Lives />
        <Shapes />
      </div>
    </View>
  );
}

const CODES = ['OFFLINE', 'OVERLOADED', 'FORBIDDEN', 'BAD_PAGE', 'RANGE_TOO_FINE', 'DOCUMENT_NOT_TRUSTED', 'INTERNAL'];
const fault = (code: string): Fault => ({
  code,
  message: '',
  requestId: code === 'INTERNAL' ? 'b26d' : null,
  retryAfter: null,
});

function Faults() {
  return (
    <>
      {CODES.map((code) => (
        <Story key={code} name={`Failed: ${code}`}>
          <Failed fault={fault(code)} again={nothing} first={nothing} />
        </Story>
      ))}
      <Story name="Stale">
        <Stale fault={fault('OFFLINE')} again={nothing} />
      </Story>
      <Story name="Broken: a part is missing">
        <Broken error={new Error('Failed to fetch dynamically imported module')} />
      </Story>
      <Story name="Broken: an error of ours">
        <Broken error={new Error('x is undefined')} again={nothing} />
      </Story>
      <Story name="Answered: to come, nothing, failed, from before">
        <Answered answer={{ data: undefined, fault: null, again: nothing }} of={() => 1} lines={2}>
          {String}
        </Answered>
        <Answered answer={{ data: {}, fault: null, again: nothing }} of={() => null}>
          {String}
        </Answered>
        <Answered answer={{ data: undefined, fault: fault('INTERNAL'), again: nothing }} of={() => 1}>
          {String}
        </Answered>
        <Answered answer={{ data: {}, fault: fault('OFFLINE'), again: nothing }} of={() => 1}>
          {() => <p>What was known before.</p>}
        </Answered>
      </Story>
      <Story name="Unread">
        <Unread what="The estimate is missing." fault={fault('OFFLINE')} again={nothing} />
      </Story>
      <Story name="Notice">
        <Notice icon={IconHourglass} title="A picture and a sentence" help="And what to do about it.">
          <Button variant="default">Do it</Button>
        </Notice>
      </Story>
      <Story name="Denied">
        <Denied needs="USAGE_VIEW" />
      </Story>
      <Story name="Missing">
        <Missing />
      </Story>
      <Story name="Empty">
        <Empty title={text.table.empty} help={text.table.noneHelp} />
      </Story>
      <Story name="Waiting">
        <Waiting />
      </Story>
    </>
  );
}

interface Row {
  id: string;
  name: string;
  used: string;
  line: string[];
}

const ROWS: Row[] = [
  { id: '1', name: 'Falls', used: '1234.567891', line: ['5', '4', '2'] },
  { id: '2', name: 'Rises', used: '0.000001', line: ['0', '1', '4'] },
  { id: '3', name: 'A very long name that has to be broken into several lines somewhere', used: '0', line: ['1', '1'] },
];

const COLUMNS: Column<Row>[] = [
  { key: 'name', title: 'Name', sort: 'NAME', cell: ({ name }) => <span className="name">{name}</span> },
  { key: 'used', title: 'Used', sort: 'USED', right: true, cell: ({ used }) => <Exact value={used} /> },
  {
    key: 'share',
    title: 'Share',
    right: true,
    cell: ({ used }) => <Share part={used} whole="2000" category="models" />,
  },
  { key: 'line', title: 'Trend', cell: ({ line }) => <Spark values={line} category="models" /> },
];

function Lists() {
  const order = { field: 'USED', direction: 'DESC' } as const;
  const table = (rows: Row[] | undefined, busy = false) => (
    <Table
      caption="Rows"
      columns={COLUMNS}
      rows={rows}
      keyOf={({ id }) => id}
      order={order}
      onOrder={nothing}
      busy={busy}
      waiting={3}
      empty={<Empty title={text.table.none} />}
    />
  );
  return (
    <>
      <Story name="Table">
        {table(ROWS)}
        <Pager
          caption="Rows"
          place={{ args: { first: 25 }, start: 25, size: 25 } as never}
          steps={{ first: {}, previous: {}, next: null, last: null } as never}
          shown={3}
          total={28}
          go={nothing}
          resize={nothing}
        />
      </Story>
      <Story name="Table: more than is shown, and a file of it">
        <Table
          takes
          caption="Rows of many"
          columns={COLUMNS}
          rows={ROWS}
          keyOf={({ id }) => id}
          onOpen={nothing}
          opened="2"
          empty={null}
        />
        <More shown={3} total={1_200} />
      </Story>
      <Story name="Table: waiting">{table(undefined)}</Story>
      <Story name="Table: renewed">{table(ROWS, true)}</Story>
      <Story name="Table: empty">{table([])}</Story>
    </>
  );
}

const SLICES = (used: [string, string, string]) =>
  (['MODELS', 'GUARDRAILS', 'SCRIPTS'] as const).map((category, i) => ({
    category,
    used: used[i]!,
    percent: used[i] === '0' ? '0' : '33.33',
  }));

function Amounts() {
  const at = '2026-11-12T10:00:00Z';
  return (
    <>
      <Story name="Figures">
        <Figures
          items={[
            { name: 'To come', value: undefined },
            { name: 'Main', value: <Count value={1234} />, main: true },
            {
              name: 'Changed',
              value: <Exact value="10" />,
              change: <Delta change={{ value: '8', delta: '2', percent: '25.00' }} />,
            },
          ]}
        />
      </Story>
      <Story name="Facts, changes, amounts">
        <Facts
          items={[
            ['More', <Delta change={{ value: '8', delta: '2', percent: '25.00' }} unit="credits" />],
            ['Less', <Delta change={{ value: '10', delta: '-2', percent: '-20.00' }} unit="credits" />],
            ['The same', <Delta change={{ value: '8', delta: '0', percent: '0.00' }} />],
            ['New', <Delta change={{ value: '0', delta: '8', percent: null }} />],
            ['Rounded', <Exact value="1234.567891" unit="credits" />],
            ['Nearly nothing', <Exact value="0.000001" unit="credits" />],
            ['In debt', <Exact value="-3.5" unit="credits" />],
            ['An instant', <Instant at={at} zone="UTC" timed />],
            ['None', <Instant at={null} zone="UTC" />],
            ['Copied', <Copy value="1" name="one" />],
          ]}
        />
      </Story>
      <Story name="Pie">
        <Pie slices={SLICES(['10', '10', '10'])} label="Three" />
      </Story>
      <Story name="Pie: nothing">
        <Pie slices={SLICES(['0', '0', '0'])} label="None" />
      </Story>
    </>
  );
}

function Shapes() {
  const statuses = Object.keys(names.status) as (keyof typeof names.status)[];
  return (
    <Story name="Statuses">
      <ul className="story">
        {statuses.map((status) => (
          <li key={status}>
            <StatusMark status={status} />
          </li>
        ))}
      </ul>
    </Story>
  );
}
