// Support's view of an account: the desk, and the audit log.
import { Route, Routes } from 'react-router';
import { usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Copy } from '../ui/copy';
import { Denied, Missing } from '../ui/states';
import { TabLinks } from '../ui/strip';
import { text } from '../ui/text';
import { View } from '../ui/view';
import { Audit } from './audit';
import { Day } from './day';
import { Desk } from './desk';
import { Intake } from './intake';
import { Prices } from './prices';
import { desk } from './text';

const t = text.support;

/** The part of the URL. */
export default function Support() {
  const { account, can } = usePlace();
  const paths = usePaths();
  if (!can('GRANT_CREDITS'))
    return (
      <View title={t.desk}>
        <div className="card">
          <Denied needs="GRANT_CREDITS" />
        </div>
      </View>
    );
  return (
    <View
      title={account.name}
      lead={
        <>
          {t.id} <code>{account.id}</code> <Copy value={account.id} name={t.id} />
        </>
      }
    >
      <TabLinks
        label={t.desk}
        tabs={[
          { to: paths.desk, name: t.tabs.desk },
          { to: paths.ofDesk('day'), name: desk.tabs.day },
          { to: paths.ofDesk('prices'), name: desk.tabs.prices },
          { to: paths.ofDesk('usage'), name: desk.tabs.usage },
          { to: paths.audit, name: t.tabs.audit },
          { to: paths.usage('overview'), name: t.usage },
          { to: paths.billing('ledger'), name: t.ledger },
          { to: paths.billing('emails'), name: t.emails },
        ]}
      />
      <Routes>
        <Route index element={<Desk />} />
        <Route path="audit" element={<Audit />} />
        <Route path="day" element={<Day />} />
        <Route path="prices" element={<Prices />} />
        <Route path="usage" element={<Intake />} />
        <Route path="*" element={<Missing />} />
      </Routes>
    </View>
  );
}
