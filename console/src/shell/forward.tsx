// A page that only leads to another.
import { Navigate, useLocation } from 'react-router';

/**
 * Leads to `to`, anew at each visit: while the page behind it is still being loaded, the one that leads there stays mounted, and a
 * second click on its link must lead on too.
 */
export function Forward({ to }: { to: string }) {
  return <Navigate key={useLocation().key} to={to} replace />;
}
