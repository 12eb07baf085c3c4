import type { Operation } from './operation.js';
import { pause, retryAfter, wait } from './retry.js';

/** The version of this client. */
export const VERSION = '0.2.0';

/** What a client needs. */
export interface ClientOptions {
  /** Where the server is, such as https://usage.example.com. */
  url: string;
  /** An API token. */
  token: string;
  /** Sends the requests; by default `fetch`. */
  fetch?: typeof fetch;
  /** How often an operation is tried while the server is away or overloaded; by default 6, over some 10 seconds. */
  attempts?: number;
  /** How long an answer may take, in milliseconds; by default 30,000. */
  timeout?: number;
}

/** An operation failed as a whole. */
export class UsagegraphError extends Error {
  override name = 'UsagegraphError';
  constructor(
    /** Such as FORBIDDEN, INVALID, THROTTLED. */
    readonly code: string,
    message: string,
    /** When a repeat may help, in milliseconds; 0: the server does not say. */
    readonly retryAfter = 0,
    readonly requestId: string | null = null,
  ) {
    super(message);
  }
}

/** Why a mutation changed nothing. */
export interface UserRefusal {
  code: string;
  message: string;
  field?: readonly string[] | null;
}

/** A mutation changed nothing: what stands in its `userErrors`. */
export class RefusedError extends Error {
  override name = 'RefusedError';
  constructor(
    readonly errors: readonly UserRefusal[],
    /** The answer. */
    readonly data: unknown,
  ) {
    super(errors.map((e) => `${e.code}: ${e.message}`).join('; '));
  }
}

const PASSING = ['OVERLOADED', 'UNAVAILABLE', 'THROTTLED', 'SHUTTING_DOWN', 'TIMEOUT'];

interface Answer {
  data?: unknown;
  errors?: { message: string; extensions?: { code?: string; retryAfter?: number; requestId?: string } }[];
}

/** Asks one server. */
export class Client {
  constructor(private readonly options: ClientOptions) {}

  /**
   * Runs an operation. It is sent again while the server is away or overloaded, which changes nothing the second time
   * as long as the operation has an idempotency key, names events by identity, or upserts; all operations of this
   * package do. For others `repeatable` is false: then they are not sent again once it is not known what became of them.
   */
  async run<Variables, Data>(
    { document }: Operation<Variables, Data>,
    variables: Variables,
    repeatable = true,
  ): Promise<Data> {
    const body = JSON.stringify({ query: document, variables });
    for (let n = 1; ; n++) {
      try {
        return checked(document, (await this.once(body)) as Data);
      } catch (error) {
        const told = error instanceof UsagegraphError ? error : null;
        const unknown = told === null || told.code === 'UNAVAILABLE';
        const passing = told === null ? !(error instanceof RefusedError) : PASSING.includes(told.code);
        if (!passing || (unknown && !repeatable) || n >= (this.options.attempts ?? 6)) throw error;
        await wait(pause(n, told?.retryAfter ?? 0));
      }
    }
  }

  private async once(body: string): Promise<unknown> {
    const response = await this.post('/graphql', 'application/json', body);
    let answer: Answer;
    try {
      answer = (await response.json()) as Answer;
    } catch (error) {
      // What is no SyntaxError says that the answer broke off.
      if (response.status >= 500 || !(error instanceof SyntaxError)) throw error;
      throw new UsagegraphError('BAD_ANSWER', `status ${response.status}, and no JSON`);
    }
    const [first] = answer.errors ?? [];
    if (!first) return answer.data;
    const { code = '', retryAfter: after = 0, requestId = null } = first.extensions ?? {};
    throw new UsagegraphError(code, first.message, Math.max(after * 1000, retryAfter(response.headers)), requestId);
  }

  /** Sends a body once. It throws where there is no answer. */
  post(path: string, mediaType: string, body: string, stop?: AbortSignal): Promise<Response> {
    const { url, token, timeout = 30_000 } = this.options;
    const late = AbortSignal.timeout(timeout);
    return (this.options.fetch ?? fetch)(url.replace(/\/$/, '') + path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': mediaType },
      body,
      signal: stop ? AbortSignal.any([late, stop]) : late,
    });
  }
}

function checked<Data>(document: string, data: Data): Data {
  if (!document.trimStart().startsWith('mutation')) return data;
  for (const payload of Object.values(data as Record<string, { userErrors?: UserRefusal[] } | null>)) {
    if (payload?.userErrors?.length) throw new RefusedError(payload.userErrors, data);
  }
  return data;
}

/** How an id of the platform's own stands where one of Usagegraph's could: kind is account, tool, model or another. */
export function own(kind: string, id: string): string {
  return `external:${kind}:${id}`;
}
