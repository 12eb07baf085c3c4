// The calendar, loaded when a custom range is wanted.
import '@mantine/dates/styles.css';
import { DatePicker } from '@mantine/dates';
import 'dayjs/locale/de';
import { LANGUAGE } from './language';
import { text } from './text';

const t = text.dates;

interface CalendarProps {
  value: [string | null, string | null];
  onChange: (value: [string | null, string | null]) => void;
  first: string;
  last: string;
}

/** Two days, both included. */
export default function Calendar({ value, onChange, first, last }: CalendarProps) {
  return (
    <DatePicker
      type="range"
      allowSingleDateInRange
      value={value}
      onChange={onChange}
      minDate={first}
      maxDate={last}
      defaultDate={value[1] ?? last}
      firstDayOfWeek={1}
      weekendDays={[]}
      hideOutsideDates
      locale={LANGUAGE}
      ariaLabels={t.calendar}
    />
  );
}
