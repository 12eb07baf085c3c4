// The pricing table (rules §7), of any version of the rate card.
import { NativeSelect } from '@mantine/core';
import type { ReactNode } from 'react';
import { useAsk } from '../api/ask';
import { PricingDocument, type PricingQuery } from '../gql/graphql';
import { decimal, micro } from '../ui/decimal';
import { Exact } from '../ui/exact';
import { day, exact, NONE } from '../ui/format';
import { cpuName, scannerName } from '../ui/names';
import { useParameters } from '../ui/params';
import { Answered } from '../ui/states';
import { type Column, Table } from '../ui/table';
import { text } from '../ui/text';
import { localZone } from '../ui/zone';

const t = text.pricing;
type Card = NonNullable<PricingQuery['rateCard']>;
type Machine = Card['models'][number];
type Box = Card['scripts'][number];

/** The page. */
export default function Pricing() {
  const [params, set] = useParameters();
  const version = Math.trunc(Number(params.get('version'))) || null;
  const answer = useAsk(PricingDocument, { version });
  const card = answer.data?.rateCard;
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>{t.title}</h1>
          <p className="lead">{t.lead}</p>
        </div>
        {card && <Versions card={card} choose={(v) => set({ version: v })} />}
      </div>
      <Answered answer={answer} of={({ rateCard }) => rateCard ?? null} card lines={10}>
        {(found) => <Tables card={found} />}
      </Answered>
    </div>
  );
}

function since(at: string): string {
  return Date.parse(at) <= 0 ? t.always : day(at, localZone());
}

function Versions({ card, choose }: { card: Card; choose: (version: string) => void }) {
  if (card.versions.length === 1) return <p className="lead">{t.version(card.version, since(card.effectiveFrom))}</p>;
  return (
    <NativeSelect
      aria-label={t.versions}
      value={String(card.version)}
      onChange={(event) => choose(event.currentTarget.value)}
      data={card.versions.map((v) => ({
        value: String(v.version),
        label: t.version(v.version, since(v.effectiveFrom)),
      }))}
    />
  );
}

function Section({ title, note, children, id }: { title: string; note?: string; children: ReactNode; id: string }) {
  return (
    <section className="card table-card" aria-labelledby={id}>
      <div className="card-head">
        <div>
          <h2 id={id}>{title}</h2>
          {note && <p>{note}</p>}
        </div>
      </div>
      {children}
    </section>
  );
}

const rate = (value: string) => <span className="num">{exact(value)}</span>;
const month = (value: string) => <Exact value={decimal(micro(value) * 720n)} unit={text.units.credits} />;

const profile = {
  key: 'name',
  title: t.profile,
  cell: (m: { name: string }) => <span className="name">{m.name}</span>,
};
const rates = [
  { key: 'rate', title: t.perHour, right: true, cell: (m: { ratePerHour: string }) => rate(m.ratePerHour) },
  { key: 'month', title: t.month, right: true, cell: (m: { ratePerHour: string }) => month(m.ratePerHour) },
];
const SCRIPT: Column<Box>[] = [
  profile,
  { key: 'vcpus', title: text.scripts.vcpus, right: true, cell: (m) => m.vcpus ?? NONE },
  {
    key: 'memory',
    title: text.scripts.memory,
    right: true,
    cell: (m) => (m.memoryGb ? text.scripts.gb(m.memoryGb) : NONE),
  },
  ...rates,
];
const MODEL: Column<Machine>[] = [
  profile,
  { key: 'gpu', title: t.gpu, cell: (m) => (m.gpu ? `${m.gpuCount} × ${m.gpu}` : NONE) },
  ...rates,
];

function Tables({ card }: { card: Card }) {
  return (
    <div className="pricing">
      <div>
        <Section id="scripts" title={t.scripts}>
          <Table takes caption={t.scripts} columns={SCRIPT} rows={card.scripts} keyOf={(m) => m.name} empty={null} />
        </Section>
        <Section id="guardrails" title={t.guardrails} note={t.example}>
          <Table
            takes
            caption={t.guardrails}
            rows={card.guardrails}
            keyOf={(g) => g.cpu}
            empty={null}
            columns={[
              {
                key: 'cpu',
                title: text.guardrails.cpuType,
                cell: (g) => <span className="name">{cpuName(g.cpu)}</span>,
              },
              { key: 'rate', title: t.perCpuHour, right: true, cell: (g) => rate(g.ratePerCpuHour) },
            ]}
          />
          <Table
            takes
            caption={t.scanners}
            rows={card.scanners}
            keyOf={(s) => s.scannerKey}
            empty={null}
            columns={[
              {
                key: 'scanner',
                title: text.guardrails.scanner,
                cell: (s) => <span className="name">{scannerName(s.scannerKey, s.name)}</span>,
              },
              { key: 'cpus', title: t.cpus, right: true, cell: (s) => (s.free ? t.free : s.cpuCount) },
            ]}
          />
        </Section>
        <Section id="inference" title={t.inference}>
          <Table
            takes
            caption={t.inference}
            rows={
              [
                [t.input, card.inference.inputRate],
                [t.cacheRead, card.inference.cacheReadRate],
                [t.cacheWrite, card.inference.cacheWriteRate],
                [t.output, card.inference.outputRate],
                [t.reasoning, card.inference.reasoningRate],
              ] as const
            }
            keyOf={([name]) => name}
            empty={null}
            columns={[
              { key: 'kind', title: t.kind, cell: ([name]) => <span className="name">{name}</span> },
              { key: 'rate', title: t.perMillion, right: true, cell: ([, value]) => rate(value) },
            ]}
          />
        </Section>
      </div>
      <div>
        <Section id="models" title={t.models}>
          <Table takes caption={t.models} columns={MODEL} rows={card.models} keyOf={(m) => m.name} empty={null} />
        </Section>
        <FineTuning rates={card.fineTuning} />
      </div>
    </div>
  );
}

function FineTuning({ rates }: { rates: Card['fineTuning'] }) {
  const size = (s: Card['fineTuning']['sizes'][number]) =>
    (s.toIncluded ? t.sizeTo : t.sizeBelow)(exact(s.fromBillions), exact(s.toBillions));
  return (
    <Section id="fine-tuning" title={t.fineTuning} note={t.formula}>
      <Table
        takes
        caption={t.size}
        rows={rates.sizes}
        keyOf={(s) => s.fromBillions}
        empty={null}
        columns={[
          { key: 'size', title: t.size, cell: (s) => <span className="name">{size(s)}</span> },
          { key: 'methods', title: t.methods, cell: (s) => s.methods.join(', ') },
          { key: 'factor', title: t.factor, right: true, cell: (s) => rate(s.factor) },
        ]}
      />
      <div className="two">
        <Table
          takes
          caption={t.method}
          rows={rates.methods}
          keyOf={(m) => m.method}
          empty={null}
          columns={[
            { key: 'method', title: t.method, cell: (m) => <span className="name">{m.method}</span> },
            { key: 'factor', title: t.factor, right: true, cell: (m) => rate(m.factor) },
          ]}
        />
        <Table
          takes
          caption={t.hardware}
          rows={rates.hardware}
          keyOf={(h) => h.gpu}
          empty={null}
          columns={[
            { key: 'hardware', title: t.hardware, cell: (h) => <span className="name">{h.gpu}</span> },
            { key: 'factor', title: t.factor, right: true, cell: (h) => rate(h.factor) },
          ]}
        />
      </div>
    </Section>
  );
}
