// The clock icon at the top right, and the summary that it opens.
import { Button, Popover, Progress, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAlertTriangleFilled, IconPlugConnectedX } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { Icon, MeterFieldsFragment, StatusFieldsFragment } from '../gql/graphql';
import { usePaths } from '../shell/paths';
import { usePlace } from '../shell/place';
import { Copy } from '../ui/copy';
import { Exact } from '../ui/exact';
import { ahead, exact, moment, share, whole } from '../ui/format';
import { text } from '../ui/text';
import { localZone } from '../ui/zone';
import { useLive } from './live';
import type { Unread } from './unread';

/** The icon with its summary; a quiet sign beside it while the live connection is lost. */
export function Clock() {
  const { status, unread, wire } = useLive();
  const [open, { toggle, close }] = useDisclosure(false);
  const label = status
    ? text.widget.label(text.widget.states[status.icon], leftOf(status.credits))
    : text.widget.loading;
  return (
    <div className="clock">
      <span role="status" className="wire">
        {wire === 'lost' && (
          <>
            <IconPlugConnectedX size={16} aria-hidden /> <span className="wire-text">{text.widget.lost}</span>
          </>
        )}
      </span>
      <Popover
        opened={open}
        onChange={(on) => !on && close()}
        position="bottom-end"
        width={336}
        shadow="lg"
        trapFocus
        returnFocus
        withRoles={false}
      >
        <Popover.Target>
          <UnstyledButton
            className="clock-button"
            onClick={toggle}
            aria-label={label}
            aria-expanded={open}
            aria-haspopup="dialog"
            data-icon={status?.icon ?? 'NONE'}
            title={label}
          >
            <ClockShape icon={status?.icon ?? null} />
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown role="dialog" aria-label={text.widget.title} className="clock-summary" tabIndex={-1}>
          {status ? (
            <Summary status={status} unread={unread} onLeave={close} />
          ) : (
            <Text size="sm" role={unread.has('creditStatus') ? 'alert' : undefined}>
              {unread.has('creditStatus') ? `${text.widget.unread} ${text.states.unread}` : text.widget.loading}
            </Text>
          )}
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}

function leftOf({ remainingPercent, remaining, allocation }: MeterFieldsFragment): string {
  return share(remainingPercent, remaining, allocation);
}

// The ring tells the share as well as the colour does, and an empty account has another shape altogether (rules §4).
const RING: Record<Exclude<Icon, 'TRIANGLE'>, number> = { GREEN: 1, YELLOW: 0.5, RED: 0.16 };

/** The four shapes: a full ring, half a ring, a stump of a ring, a triangle. Grey until the state is known. */
export function ClockShape({ icon, size = 26 }: { icon: Icon | null; size?: number }) {
  if (icon === 'TRIANGLE') return <IconAlertTriangleFilled size={size} className="icon-triangle" aria-hidden />;
  const round = 2 * Math.PI * 9.5;
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      aria-hidden
      className={`icon-${(icon ?? 'none').toLowerCase()}`}
    >
      <circle cx="12" cy="12" r="9.5" stroke="currentColor" strokeOpacity="0.25" strokeWidth="2.6" />
      {icon && (
        <circle
          cx="12"
          cy="12"
          r="9.5"
          stroke="currentColor"
          strokeWidth="2.6"
          strokeLinecap="round"
          pathLength={round}
          strokeDasharray={`${RING[icon] * round} ${round}`}
          transform="rotate(-90 12 12)"
        />
      )}
      <path d="M12 7v5.2l3.2 1.9" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

interface SummaryProps {
  status: StatusFieldsFragment;
  unread: Unread;
  onLeave: () => void;
}

// Parts that could not be read lately, and what is said in their place.
const MISSING = [
  ['creditStatus', text.states.stale],
  ['creditStatus.outlook', `${text.widget.noOutlook} ${text.states.unread}`],
  ['banners', `${text.widget.noBanners} ${text.states.unread}`],
] as const;

/** What the widget tells. */
export function Summary({ status, unread, onLeave }: SummaryProps) {
  const { can } = usePlace();
  const paths = usePaths();
  return (
    <>
      <div className="summary-state">
        <ClockShape icon={status.icon} size={22} />
        <div>
          <strong>{text.widget.states[status.icon]}</strong>
          <Text size="xs" c="dimmed">
            {text.widget.meaning[status.icon]}
          </Text>
        </div>
      </div>
      <dl className="summary-account">
        <dt>{text.widget.account}</dt>
        <dd>
          <code data-testid="account-id">{status.accountId}</code>{' '}
          <Copy value={status.accountId} name={text.widget.account} />
        </dd>
      </dl>
      <MeterSummary meter={status.credits} />
      <MeterSummary meter={status.runs} />
      {status.outlook && <Outlook outlook={status.outlook} asOf={status.asOf} />}
      {MISSING.map(
        ([part, sentence]) =>
          unread.has(part) && (
            <Text key={part} size="xs" c="dimmed" role="alert">
              {sentence}
            </Text>
          ),
      )}
      {can('USAGE_VIEW') ? (
        <Button component={Link} to={paths.usage('overview')} fullWidth variant="light" onClick={onLeave}>
          {text.widget.manage}
        </Button>
      ) : (
        <Text size="xs" c="dimmed">
          {text.widget.askAdmin}
        </Text>
      )}
    </>
  );
}

function MeterSummary({ meter }: { meter: MeterFieldsFragment }) {
  const zone = localZone();
  const name = text.meters[meter.meter];
  return (
    <div role="group" className="summary-meter" aria-label={name} data-meter={meter.meter}>
      <h2>
        {name} <span>{text.widget.feeds[meter.meter]}</span>
      </h2>
      <div className="summary-figures">
        <span>
          <b>
            <Exact value={meter.remaining} show={whole} />
          </b>{' '}
          {text.widget.remaining}
        </span>
        <span>
          {text.widget.of} <Exact value={meter.allocation} show={whole} /> {text.widget.total}
        </span>
      </div>
      <Progress
        value={Math.min(100, Number(meter.remainingPercent))}
        size={6}
        aria-label={text.widget.share(name)}
        color={tone(meter.remainingPercent)}
      />
      {meter.nextExpiry && (
        <Text size="xs" c="dimmed">
          {text.widget.expires(exact(meter.nextExpiry.amount), moment(meter.nextExpiry.at, zone))}
        </Text>
      )}
    </div>
  );
}

function tone(remainingPercent: string): string {
  const share = Number(remainingPercent);
  if (share > 75) return 'green.7';
  return share >= 25 ? 'yellow.7' : 'red.7';
}

function Outlook({ outlook, asOf }: { outlook: NonNullable<StatusFieldsFragment['outlook']>; asOf: string }) {
  const end = outlook.exhaustedAt ?? outlook.stopAt;
  return (
    <Text size="xs" c="dimmed">
      {text.widget.rate} <Exact value={outlook.ratePerHour} /> {text.widget.anHour}
      {end && (
        <>
          {' '}
          · {outlook.exhaustedAt ? text.widget.emptyIn : text.widget.stopsIn} {ahead(end, new Date(asOf))}
        </>
      )}
    </Text>
  );
}
