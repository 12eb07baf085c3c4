// Support's view of an account: the desk, and the audit log.
import { Link, Route, Routes } from 'react-router';
import { usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Copy } from '../ui/copy';
import { Denied, Missing } from '../ui/states';
import { Strip } from '../ui/strip';
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
  const tab = (to: string, name: string) => (
    <Link to={to} aria-current={location.pathname === to ? 'page' : undefined}>
      {name}
    </Link>
  );
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
      <Strip className="tabs" label={t.desk}>
        {tab(paths.desk, t.tabs.desk)}
        {tab(paths.ofDesk('day'), desk.tabs.day)}
        {tab(paths.ofDesk('prices'), desk.tabs.prices)}
        {tab(paths.ofDesk('usage'), desk.tabs.usage)}
        {tab(paths.audit, t.tabs.audit)}
        <Link to={paths.usage('overview')}>{t.usage}</Link>
        <Link to={paths.billing('ledger')}>{t.ledger}</Link>
        <Link to={paths.billing('emails')}>{t.emails}</Link>
      </Strip>
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
