// An address that leads on to another one.
import { useEffect } from 'react';
import { type To, useLocation, useNavigate } from 'react-router';

/**
 * Leads to `to`, in place of the address it stands for, each time someone comes to it. React Router's Navigate does so
 * once while it is mounted, and React keeps it mounted while the view it leads to is loading.
 */
export function Redirect({ to, relative }: { to: To; relative?: 'route' | 'path' }) {
  const navigate = useNavigate();
  const { key } = useLocation();
  useEffect(() => void navigate(to, { replace: true, relative }), [key]);
  return null;
}
