// The sheet of a period: everything that Billing > Usage tells of it, one below the other, for paper.
import { Button } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import { usePlace } from '../shell/place';
import { DateFilter } from '../ui/date-filter';
import { Denied } from '../ui/states';
import { text } from '../ui/text';
import { View } from '../ui/view';
import { CompareSwitch } from './compare-switch';
import Guardrails from './guardrails';
import Models from './models';
import { OnSheet } from './on-sheet';
import Overview from './overview';
import { useAbout, usePeriod } from './period';
import { Printed } from './printed';
import Scripts from './scripts';
import Tools from './tools';

const t = text.answers.sheet;
const PARTS = [
  ['tools', Tools],
  ['models', Models],
  ['guardrails', Guardrails],
  ['scripts', Scripts],
] as const;

/** The view. */
export default function Sheet() {
  const { account, can } = usePlace();
  const { choice, zone } = usePeriod();
  const about = useAbout();
  if (!can('USAGE_VIEW'))
    return (
      <View title={t.title}>
        <div className="card">
          <Denied needs="USAGE_VIEW" />
        </div>
      </View>
    );
  return (
    <View
      title={t.of(account.name)}
      lead={t.lead}
      below={<Printed about={about} />}
      tools={
        <div className="page-tools">
          <CompareSwitch />
          <DateFilter choice={choice} zone={zone} />
          <Button leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>
            {t.print}
          </Button>
        </div>
      }
    >
      <OnSheet.Provider value>
        <div className="sheet">
          <Overview />
          {PARTS.map(([tab, Part]) => (
            <section key={tab} aria-label={text.usage.tabs[tab]}>
              <h2>{text.usage.tabs[tab]}</h2>
              <Part />
            </section>
          ))}
        </div>
      </OnSheet.Provider>
    </View>
  );
}
