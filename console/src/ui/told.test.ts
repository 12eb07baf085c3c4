import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { micro } from './decimal';
import { exact, percent } from './format';
import { told } from './told';
import telling, { KNOWN } from './told.de';

const german = telling({ exact, percent, micro });

const refused = {
  meter: 'MODEL_CREDITS',
  balance: '4.2',
  limit: '5',
  missing: '0.8',
  sentence: 'In English.',
} as const;

describe('what the server says, in German', () => {
  it.each([
    [['TOOL_RUNS'], 'THRESHOLD', 70, /^70.?% der Tool-Aufrufe sind verbraucht\. .* damit Tools weiterlaufen\.$/],
    [['MODEL_CREDITS'], 'THRESHOLD', 20, /^20.?% der Credits sind verbraucht\. .* Modelle, Guardrails und Skripte/],
    [['MODEL_CREDITS'], 'EXHAUSTED', 100, /^Alle Credits sind verbraucht\. .* ruhen\./],
    [['TOOL_RUNS'], 'EXHAUSTED', 100, /^Alle Tool-Aufrufe sind verbraucht\. Tools ruhen\./],
    [
      ['MODEL_CREDITS', 'TOOL_RUNS'],
      'FREE_CREDITS_EXPIRED',
      100,
      /^Ihre kostenlosen Credits und Tool-Aufrufe sind verf/,
    ],
    [['TOOL_RUNS'], 'FREE_CREDITS_EXPIRED', 100, /^Ihre kostenlosen Tool-Aufrufe sind verfallen\./],
  ] as const)('a banner of %j, %s, %i', (meters, kind, percent, sentence) => {
    const banner = { kind, meters, percent, text: 'In English.' };
    expect(german.banner(banner)).toMatch(sentence);
    expect(told.banner(banner)).toBe('In English.');
  });

  it.each([
    [
      'INSUFFICIENT_CREDITS',
      {},
      'DEPLOY_MODEL',
      'Der Einsatz eines Modells braucht mindestens 5 Credits; da sind 4.2 Credits.',
    ],
    [
      'INSUFFICIENT_CREDITS',
      { limit: '25' },
      'FINE_TUNE',
      'Fine-Tuning braucht mehr als 25 Credits; da sind 4.2 Credits.',
    ],
    // More than the limit is there, and less than the estimate.
    ['INSUFFICIENT_CREDITS', { limit: '1' }, 'FINE_TUNE', 'Fine-Tuning kostet mehr, als da ist: 4.2 Credits.'],
    ['INSUFFICIENT_CREDITS', {}, undefined, 'Das braucht mindestens 5 Credits; da sind 4.2 Credits.'],
    ['CREDITS_EXHAUSTED', { balance: '0' }, undefined, 'Es sind keine Credits übrig. Laden Sie Credits auf.'],
    ['CREDITS_EXHAUSTED', {}, undefined, 'Was übrig ist (4.2 Credits), ist für laufende Arbeit vorgemerkt.'],
    [
      'RUNS_EXHAUSTED',
      { meter: 'TOOL_RUNS', balance: '0' },
      'TOOL_RUN',
      'Es sind keine Tool-Aufrufe übrig. Laden Sie welche auf.',
    ],
    [
      'NEGATIVE_LIMIT_REACHED',
      { balance: '-25' },
      undefined,
      'Alle Credits sind verbraucht. Laden Sie Credits auf, damit es weitergeht.',
    ],
    [
      'FREE_CREDITS_EXPIRED',
      { balance: '0' },
      undefined,
      'Die kostenlosen Credits sind verfallen. Wechseln Sie den Tarif.',
    ],
  ] as const)('a refusal for %s, %j, of %s', (code, more, action, sentence) => {
    expect(german.refusal({ ...refused, ...more, code }, action)).toBe(sentence);
    expect(told.refusal({ ...refused, ...more, code }, action)).toBe('In English.');
  });

  it.each([
    ['LAST_MASTER_ADMIN', [], 'Das Konto braucht wenigstens eine Hauptverwaltung.', null],
    ['INVALID', ['input', 'email'], 'Das ist keine E-Mail-Adresse.', null],
    ['NOT_FOUND', ['input', 'never'], 'Das gibt es nicht, oder Sie reichen nicht hin.', null],
    // What is wrong stands only in the server's words.
    ['INVALID', ['input', 'card'], 'Diese Preisliste ist so nicht gültig.', 'The words.'],
    ['INVALID', ['input', 'tokens', 'inputRate'], 'Ein Wert fehlt oder passt so nicht.', 'The words.'],
    ['NEW_CODE', [], 'Ein Wert fehlt oder passt so nicht.', 'The words.'],
  ])('an objection %s about %j', (code, field, sentence, detail) => {
    const objection = { code, field, message: 'The words.' };
    expect(german.objection(objection)).toBe(sentence);
    expect(german.detail(objection)).toBe(detail);
    expect([told.objection(objection), told.detail(objection)]).toEqual(['The words.', null]);
  });

  it('an objection of the balance says what is missing', () => {
    const refusal = { ...refused, code: 'INSUFFICIENT_CREDITS' } as const;
    expect(german.objection({ code: 'REFUSED', message: '', refusal })).toBe(
      'Das braucht mindestens 5 Credits; da sind 4.2 Credits. Es fehlen 0.8 Credits.',
    );
  });

  it('events and e-mails', () => {
    expect(german.event('UNKNOWN_TOOL', 'x')).toBe('Das Konto hat dieses Tool nicht.');
    expect([german.eventDetail('UNKNOWN_TOOL', 'x'), german.eventDetail('MALFORMED', 'x')]).toEqual([null, 'x']);
    expect(german.mail({ kind: 'STEP', meter: 'TOOL_RUNS', step: 70, subject: '' })).toMatch(/^70.?% der Tool-Aufrufe/);
    expect(german.mail({ kind: 'STOPPED', subject: '' })).toBe('Einsätze angehalten');
  });

  it('words that come without a code, and those of people as they are', () => {
    const stop = 'You’ve used all your available credits. Please add more credits to your account to continue.';
    expect(german.known(stop)).toMatch(/^Alle Credits sind verbraucht\./);
    expect(german.known('The model is too large for fine-tuning.')).toBe('Das Modell ist zu groß für Fine-Tuning.');
    expect(german.known('Out of memory')).toBe('Out of memory');
    expect(told.known(stop)).toBe(stop);
  });
});

// One that the server says no more would be looked for in vain.
it('the server says word by word what is known by its words', () => {
  const sources = ['billing/gate.go', 'billing/cycle.go', 'billing/finetune.go', 'tsdb/recipient.go'];
  const said = sources.map((file) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')).join('\n');
  expect(Object.keys(KNOWN).filter((sentence) => !said.includes(`"${sentence}"`))).toEqual([]);
});

it('every code of a fault has a German sentence of its own, or is ours to mend', () => {
  const codes = [
    ...readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8').matchAll(/^\| `(\w+)`/gm),
  ];
  expect(codes.length).toBeGreaterThan(20);
  const sentences = codes.map(([, code]) => german.fault(code!, 'In English.'));
  expect(sentences.filter((sentence) => /English/.test(sentence))).toEqual([]);
  expect(german.fault('FORBIDDEN', '')).not.toBe(german.fault('INTERNAL', ''));
});
