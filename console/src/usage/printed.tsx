// What a sheet of paper tells beside the figures: whose they are, of when, and when it was printed.
import { usePlace } from '../shell/place';
import { text } from '../ui/text';

/** The line; on paper alone. */
export function Printed({ about }: { about: string[] }) {
  const { account } = usePlace();
  return (
    <p className="print-only">
      {account.name} · {about.join(' · ')} · {text.answers.take.printed(new Date().toISOString())}
    </p>
  );
}
