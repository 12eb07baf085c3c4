// What the lists of members and roles share: the buttons of a row, and the question before something is removed.
import { Button } from '@mantine/core';
import type { Outcome } from '../api/ask';
import { Dialog, useSend } from '../ui/form';
import type { Column } from '../ui/table';

/** The sentences of a list whose rows are changed and removed. */
interface Sentences {
  actions: string;
  change: string;
  remove: string;
  changeOf: (name: string) => string;
  removeOf: (name: string) => string;
  removeHelp: string;
}

interface ActionsProps<R> {
  t: Sentences;
  /** What a row is called; null where nothing can be done with it. */
  name: (row: R) => string | null;
  onChange: (row: R) => void;
  onRemove: (row: R) => void;
}

/** The column of buttons. */
export function actionColumn<R>({ t, name, onChange, onRemove }: ActionsProps<R>): Column<R> {
  const cell = (row: R) => {
    const called = name(row);
    if (called === null) return null;
    return (
      <span className="row-actions">
        <Button size="xs" variant="default" aria-label={t.changeOf(called)} onClick={() => onChange(row)}>
          {t.change}
        </Button>
        <Button size="xs" variant="default" aria-label={t.removeOf(called)} onClick={() => onRemove(row)}>
          {t.remove}
        </Button>
      </span>
    );
  };
  return { key: 'actions', title: t.actions, right: true, cell };
}

interface RemoveProps {
  t: Sentences;
  name: string;
  remove: () => Promise<Outcome<unknown>>;
  onClose: () => void;
}

/** Asks before something is removed. */
export function RemoveDialog({ t, name, remove, onClose }: RemoveProps) {
  const { refused, busy, send } = useSend(onClose);
  return (
    <Dialog
      opened
      title={t.removeOf(name)}
      submit={t.remove}
      busy={busy}
      danger
      refused={refused}
      onClose={onClose}
      onSubmit={() => void send(remove())}
    >
      <p>{t.removeHelp}</p>
    </Dialog>
  );
}
