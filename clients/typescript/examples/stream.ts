// Asks a model that answers in a stream, for a customer whose credits must cover it: reserves what the answer may cost at
// most, shows the text as it comes, and settles what was used.
import { type Client, own, ReserveUsage, SettleReservation } from '../src/index.js';

/** What an answer may cost at most. */
const MOST_CREDITS = '0.05';

interface Used {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
}

/** Answers a customer's question by a model that speaks the protocol of chat completions at `url`. */
export async function answer(
  client: Client,
  url: string,
  ask: { customer: string; model: string; question: string },
  show: (text: string) => void,
): Promise<void> {
  const call = crypto.randomUUID();
  // Throws RefusedError where the balance does not cover it.
  const { reserveUsage } = await client.run(ReserveUsage, {
    input: {
      accountId: own('account', ask.customer),
      meter: 'MODEL_CREDITS',
      amount: MOST_CREDITS,
      idempotencyKey: call,
    },
  });
  const time = new Date().toISOString();
  const used: Used = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0 };
  try {
    await stream(url, ask, show, used);
  } finally {
    // Also where the stream broke off: then what came of it is what was used.
    const event = { source: 'gateway', id: call, time, modelId: own('model', ask.model), ...used };
    const reservationId = reserveUsage.reservation!.id;
    await client.run(SettleReservation, { input: { reservationId, events: [event] } });
  }
}

interface Chunk {
  choices: { delta: { content?: string } }[];
  usage?: {
    prompt_tokens: number;
    completion_tokens: number;
    prompt_tokens_details?: { cached_tokens?: number };
  };
}

// Shows the answer as it comes. Until the model says what was used that is estimated, as about four characters a token.
async function stream(
  url: string,
  { model, question }: { model: string; question: string },
  show: (text: string) => void,
  used: Used,
): Promise<void> {
  const messages = [{ role: 'user', content: question }];
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ model, stream: true, stream_options: { include_usage: true }, messages }),
  });
  if (!response.ok || !response.body) throw new Error(`the model answers ${response.status}`);
  used.inputTokens = Math.floor(question.length / 4) + 1;
  let [rest, shown] = ['', 0];
  const decoder = new TextDecoder();
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      if (line === 'data: [DONE]') return;
      const { choices, usage } = JSON.parse(line.slice(6)) as Chunk;
      for (const { delta } of choices) {
        show(delta.content ?? '');
        shown += delta.content?.length ?? 0;
      }
      used.outputTokens = usage?.completion_tokens ?? Math.floor(shown / 4) + 1;
      if (usage) {
        used.inputTokens = usage.prompt_tokens;
        used.cacheReadTokens = usage.prompt_tokens_details?.cached_tokens ?? 0;
      }
    }
  }
  throw new Error('the stream broke off');
}
