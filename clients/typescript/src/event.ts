/**
 * A run of a tool, or the use of a model. Account, tool, model, deployment and reservation are named by their ids, or
 * by own ids as `own` writes them.
 */
export interface UsageEvent {
  account: string;
  /** Identity, with id and time: the sender's source where it is missing. */
  source?: string;
  /** Made when the event is handed over, where it is missing. */
  id?: string;
  /** The moment in which the event is handed over, where it is missing. */
  time?: Date | string;
  /** A run of this tool, or … */
  tool?: string;
  /** How many runs; by default one. */
  runs?: number;
  /** … the use of this model. */
  model?: string;
  deployment?: string;
  inputTokens?: number;
  outputTokens?: number;
  /** Of the input. */
  cacheReadTokens?: number;
  /** Of the input. */
  cacheWriteTokens?: number;
  /** Of the output. */
  reasoningTokens?: number;
  /** Whom it was for. */
  user?: string;
  /** The name of the API key that it came by, never the key itself. */
  apiKey?: string;
  /** What else it was for, at most 10. */
  tags?: Record<string, string>;
  /** The reservation that it settles a part of. */
  reservation?: string;
}

/** The identity of an event, beside its account. */
export interface Identity {
  source: string;
  id: string;
  time: string;
}

/** The identity that an event has, made where it has none. */
export function identify(event: UsageEvent, source: string): Identity {
  const time = event.time ?? new Date();
  return {
    source: event.source ?? source,
    id: event.id ?? crypto.randomUUID(),
    time: typeof time === 'string' ? time : time.toISOString(),
  };
}

const TOKENS = ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'reasoningTokens'] as const;

// JSON would make null of NaN, which is no quantity at all; what is not of the event's kind would be left out.
function check(event: UsageEvent): void {
  for (const name of ['runs', ...TOKENS] as const) {
    const value = event[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`${name} is not a whole number from 0`);
    if (value !== 0 && (name === 'runs') !== Boolean(event.tool))
      throw new TypeError('an event of a tool has runs, and one of a model has tokens');
  }
}

/** The CloudEvent of an event, as JSON. */
export function encode(event: UsageEvent, { source, id, time }: Identity): string {
  if (!event.account) throw new TypeError('an event without an account');
  if (!event.tool === !event.model) throw new TypeError('an event is of a tool or of a model');
  check(event);
  const { deployment: deploymentId, reservation: reservationId } = event;
  const { cacheReadTokens, cacheWriteTokens, reasoningTokens, user, apiKey, tags } = event;
  const common = { user, apiKey, tags, reservationId };
  const tokens = { inputTokens: event.inputTokens ?? 0, outputTokens: event.outputTokens ?? 0 };
  const data = event.tool
    ? { runs: event.runs ?? 1, ...common }
    : { ...tokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, deploymentId, ...common };
  const type = event.tool ? 'usagegraph.tool.run' : 'usagegraph.inference';
  const subject = event.tool ?? event.model;
  return JSON.stringify({ specversion: '1.0', type, source, id, time, subject, account: event.account, data });
}
