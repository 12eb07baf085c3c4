// The sentences of the server in German, made from what stands beside them. The page waits for this module before
// anything else of it runs, so it imports nothing of the page but types and other sentences.
import type { Action, EmailKind, Meter, UsageRefusal, UserErrorCode } from '../gql/graphql';
import german from './names.de';
import type { BannerFacts, MailFacts, ObjectionFacts, RefusalFacts, Telling, Writing } from './told';

function amountOf({ exact }: Writing, meter: Meter, amount: string): string {
  const runs = amount === '1' ? 'Tool-Aufruf' : 'Tool-Aufrufe';
  return `${exact(amount)} ${meter === 'TOOL_RUNS' ? runs : 'Credits'}`;
}

function banner({ percent }: Writing, { kind, meters, percent: step }: BannerFacts): string {
  const runs = meters[0] === 'TOOL_RUNS';
  switch (kind) {
    case 'FREE_CREDITS_EXPIRED': {
      const free = meters.length > 1 ? 'Credits und Tool-Aufrufe' : runs ? 'Tool-Aufrufe' : 'Credits';
      return `Ihre kostenlosen ${free} sind verfallen. Wechseln Sie den Tarif, damit es weitergeht.`;
    }
    case 'EXHAUSTED':
      return runs
        ? 'Alle Tool-Aufrufe sind verbraucht. Tools ruhen. Wechseln Sie den Tarif oder laden Sie auf.'
        : 'Alle Credits sind verbraucht. Neue Einsätze und Aufrufe von Modellen ruhen. ' +
            'Wechseln Sie den Tarif oder laden Sie auf.';
    case 'THRESHOLD': {
      const share = percent(String(step));
      const what = runs ? 'Tools' : 'Modelle, Guardrails und Skripte';
      const used = `${share} der ${runs ? 'Tool-Aufrufe' : 'Credits'} sind verbraucht.`;
      return `${used} Laden Sie auf oder wechseln Sie den Tarif, damit ${what} weiterlaufen.`;
    }
  }
}

const STOPPED = 'Alle Credits sind verbraucht. Laden Sie Credits auf, damit es weitergeht.';

const ACTIONS: Record<Action, string> = {
  TOOL_RUN: 'Der Aufruf eines Tools',
  INFERENCE: 'Die Nutzung eines Modells',
  DEPLOY_MODEL: 'Der Einsatz eines Modells',
  DEPLOY_GUARDRAIL: 'Der Einsatz eines Guardrails',
  DEPLOY_SCRIPT: 'Der Einsatz eines Skripts',
  SCALE_UP: 'Mehr Größe',
  FINE_TUNE: 'Fine-Tuning',
  IMPORT_PROJECT: 'Das Einlesen',
};

function refusal(writing: Writing, { code, meter, balance, limit }: RefusalFacts, action?: Action): string {
  const { micro } = writing;
  const left = amountOf(writing, meter, balance);
  switch (code) {
    case 'NEGATIVE_LIMIT_REACHED':
      return STOPPED;
    case 'FREE_CREDITS_EXPIRED': {
      const free = meter === 'TOOL_RUNS' ? 'Tool-Aufrufe' : 'Credits';
      return `Die kostenlosen ${free} sind verfallen. Wechseln Sie den Tarif.`;
    }
    case 'CREDITS_EXHAUSTED':
    case 'RUNS_EXHAUSTED':
      // There is something left, all of it reserved.
      if (micro(balance) > 0n) return `Was übrig ist (${left}), ist für laufende Arbeit vorgemerkt.`;
      return code === 'RUNS_EXHAUSTED'
        ? 'Es sind keine Tool-Aufrufe übrig. Laden Sie welche auf.'
        : 'Es sind keine Credits übrig. Laden Sie Credits auf.';
    case 'INSUFFICIENT_CREDITS': {
      const what = action ? ACTIONS[action] : 'Das';
      // The limit is what the action asks for by itself; what it would cost may be more.
      if (micro(balance) > micro(limit)) return `${what} kostet mehr, als da ist: ${left}.`;
      const least = action === 'FINE_TUNE' ? 'mehr als' : 'mindestens';
      return `${what} braucht ${least} ${amountOf(writing, meter, limit)}; da sind ${left}.`;
    }
  }
}

const CODES: Record<UserErrorCode, string> = {
  NOT_FOUND: 'Das gibt es nicht, oder Sie reichen nicht hin.',
  INVALID: 'Ein Wert fehlt oder passt so nicht.',
  NAME_TAKEN: 'Der Name oder die eigene ID ist schon vergeben.',
  CONFLICT: 'Das wurde schon einmal mit anderem Inhalt gesendet.',
  WRONG_STATE: 'In diesem Zustand geht das nicht.',
  REFUSED: 'Das Guthaben lässt das nicht zu.',
  TIME_OUT_OF_RANGE: 'Der Zeitpunkt liegt außerhalb dessen, was möglich ist.',
  UNKNOWN_HARDWARE: 'Die Preisliste kennt diese Hardware, Art der CPU oder diesen Scanner nicht.',
  UNSUPPORTED: 'Für diese Größe des Modells oder dieses Verfahren gibt es kein Fine-Tuning.',
  FIXED: 'Dieser Hinweis bleibt, bis Credits eintreffen.',
  LAST_MASTER_ADMIN: 'Das Konto braucht wenigstens eine Hauptverwaltung.',
  IN_USE: 'Mitglieder oder Tokens haben diese Rolle.',
  TOO_MUCH: 'Das erlaubt mehr, als Sie selbst dürfen.',
};

// By code and argument, where that says more than the code alone.
const ARGUMENTS: Record<string, string> = {
  'INVALID name': 'Ein Name hat 1 bis 200 sichtbare Zeichen; diesen nimmt der Server nicht.',
  'INVALID replicas': 'Diese Zahl von Repliken ist nicht möglich.',
  'INVALID scannerKey': 'Wählen Sie einen Scanner.',
  'INVALID language': 'Wählen Sie eine Sprache.',
  'INVALID trainingTokens': 'Trainings-Token und Epochen müssen über 0 liegen, und der Preis muss darstellbar sein.',
  'INVALID epochs': 'Ein Fine-Tuning hat 1 bis 1.000 Epochen.',
  'INVALID credits': 'Diese Menge von Credits ist nicht möglich.',
  'INVALID runs': 'Diese Menge von Tool-Aufrufen ist nicht möglich.',
  'INVALID amount': 'Dieser Betrag ist nicht möglich.',
  'INVALID reference': 'Dieser Bezug ist zu kurz, zu lang oder nicht lesbar.',
  'INVALID expiresAt': 'Das Ende muss in der Zukunft liegen.',
  'INVALID kind': 'Diese Art lässt sich nicht gutschreiben.',
  'INVALID note': 'Diese Notiz ist zu lang oder nicht lesbar.',
  'INVALID email': 'Das ist keine E-Mail-Adresse.',
  'INVALID emails': 'Höchstens 20 Adressen; eine davon ist keine E-Mail-Adresse.',
  'INVALID userId': 'Diese Benutzer-ID ist leer, zu lang oder nicht lesbar.',
  'INVALID role': 'Diese Rolle gibt es hier nicht, oder nur der Betreiber vergibt sie.',
  'INVALID scopes': 'Die Rolle oder das Mitglied darf nicht alles davon.',
  'INVALID permissions': 'Eine Rolle braucht wenigstens ein Recht.',
  'INVALID apiTokenId': 'Dieses Token ist zu Ende, schon erneuert oder nur vom Betreiber zu erneuern.',
  'INVALID overlapSeconds': 'Das alte Token gilt höchstens 7 Tage weiter.',
  'INVALID timeZone': 'Diese Zeitzone gibt es nicht.',
  'INVALID externalId': 'Eine eigene ID hat 1 bis 200 lesbare Zeichen.',
  'INVALID muted': 'Diese E-Mails bekommt sonst kein Administrator: Der letzte kann sie nicht abbestellen.',
  'INVALID card': 'Diese Preisliste ist so nicht gültig.',
  'INVALID lowCreditLimit': 'Die Grenze für Einsätze liegt bei 0 oder darüber.',
  'INVALID fineTuningLimit': 'Die Grenze für Fine-Tuning liegt bei 0 oder darüber.',
  'INVALID negativeLimit': 'Die untere Grenze liegt bei 0 oder darunter.',
  'NOT_FOUND accountId': 'Dieses Konto gibt es nicht, oder Sie reichen nicht hin.',
  'NOT_FOUND memberId': 'Dieses Mitglied gibt es nicht mehr.',
  'NOT_FOUND apiTokenId': 'Dieses Token gibt es nicht.',
  'NOT_FOUND planId': 'Diesen Tarif gibt es nicht.',
  'NOT_FOUND grantId': 'Das Konto hat keine solche gültige Gutschrift.',
  'NOT_FOUND bannerId': 'Diesen Hinweis gibt es nicht mehr.',
  'NOT_FOUND version': 'Diese Fassung der Preisliste gibt es nicht.',
  'NAME_TAKEN name': 'Dieser Name ist schon vergeben oder einer eingebauten Rolle vorbehalten.',
  'NAME_TAKEN userId': 'Ein Mitglied hat diese Adresse schon.',
  'NAME_TAKEN externalId': 'Diese eigene ID ist schon vergeben.',
  'WRONG_STATE modelId': 'Dieses Modell ist gelöscht.',
  'WRONG_STATE deploymentId': 'Was ansteht oder gelöscht ist, lässt sich nicht wieder einsetzen.',
  'WRONG_STATE guardrailId': 'Ein Guardrail, der ansteht oder gelöscht ist, lässt sich nicht wieder einsetzen.',
  'WRONG_STATE scriptId': 'In seinem jetzigen Status lässt sich das Skript nicht einsetzen.',
  'WRONG_STATE planId': 'Dieser Tarif nimmt keine Konten mehr auf.',
  'WRONG_STATE version': 'Diese Fassung gilt schon oder gleich; veröffentlichen Sie eine andere.',
  WRONG_STATE: 'Das ist nicht im Einsatz.',
  'TIME_OUT_OF_RANGE effectiveFrom': 'So früh kann die Fassung nicht beginnen, oder eine spätere steht schon fest.',
  'TIME_OUT_OF_RANGE from': 'Eigene Preise beginnen frühestens in einigen Minuten.',
  'UNKNOWN_HARDWARE hardware': 'Die Preisliste kennt diese Hardware nicht.',
  'UNKNOWN_HARDWARE gpu': 'Fine-Tuning läuft nicht auf dieser GPU.',
  'UNKNOWN_HARDWARE cpu': 'Die Preisliste kennt diese Art von CPU nicht.',
  'UNKNOWN_HARDWARE scannerKey': 'Die Preisliste kennt diesen Scanner nicht.',
  'UNKNOWN_HARDWARE guardrailId': 'Die Preisliste kennt den Scanner dieses Guardrails nicht mehr.',
  'UNKNOWN_HARDWARE hosting': 'Keine Fassung der Preisliste hat diese Hardware.',
  'TOO_MUCH name': 'So viele darf es nicht geben, oder die Rolle darf mehr als Sie selbst.',
  'TOO_MUCH accountId': 'Das Konto hat schon so viele eigene Preise, wie es haben darf.',
  'TOO_MUCH role': 'Die Rolle darf mehr als Sie selbst.',
  'TOO_MUCH memberId': 'Das Mitglied darf mehr als Sie selbst.',
};

const argumentOf = ({ code, field }: ObjectionFacts) =>
  [code, (field ?? []).filter((part) => part !== 'input').join('.')].join(' ').trim();

function objection(writing: Writing, facts: ObjectionFacts): string {
  if (facts.refusal) {
    const { meter, missing } = facts.refusal;
    return `${refusal(writing, facts.refusal)} Es fehlen ${amountOf(writing, meter, missing)}.`;
  }
  return ARGUMENTS[argumentOf(facts)] ?? CODES[facts.code as UserErrorCode] ?? CODES.INVALID;
}

// Where the argument alone does not tell what is wrong with it, such as which line of a rate card.
function detail(facts: ObjectionFacts): string | null {
  if (facts.refusal) return null;
  const vague = facts.code === 'INVALID' && (facts.field ?? []).at(-1) === 'card';
  const unknown = !(argumentOf(facts) in ARGUMENTS) && (facts.code === 'INVALID' || !(facts.code in CODES));
  return vague || unknown ? facts.message : null;
}

const BUSY = 'Der Server ist ausgelastet. Versuchen Sie es gleich wieder.';
const FAULTS: Record<string, string> = {
  BAD_RANGE:
    'Diesen Zeitraum gibt es so nicht: Er muss enden, nachdem er beginnt, und darf nicht zu weit zurückliegen.',
  RANGE_TOO_FINE: 'Das wären zu viele Schritte. Wählen Sie gröbere oder einen kürzeren Zeitraum.',
  BODY_TOO_LARGE: 'Das ist zu viel auf einmal.',
  FORBIDDEN: 'Das dürfen Sie in diesem Konto nicht.',
  NOT_FOUND: CODES.NOT_FOUND,
  INVALID: CODES.INVALID,
  UNAUTHENTICATED: 'Ihre Sitzung ist zu Ende. Melden Sie sich neu an.',
  OVERLOADED: BUSY,
  THROTTLED: BUSY,
  UNAVAILABLE: BUSY,
  SHUTTING_DOWN: BUSY,
  COST_TOO_HIGH: 'Diese Frage ist zu aufwendig. Fragen Sie nach weniger auf einmal.',
  DOCUMENT_TOO_COMPLEX: 'Diese Frage ist zu aufwendig. Fragen Sie nach weniger auf einmal.',
};
const OURS = 'Hier ist uns ein Fehler unterlaufen. Nennen Sie dem Support die Anfrage-ID.';

const EVENTS: Record<UsageRefusal, string> = {
  MALFORMED: 'Das ist kein lesbares Ereignis.',
  TIME_REQUIRED: 'Die Zeit fehlt.',
  SOURCE_REQUIRED: 'Die Quelle fehlt.',
  ID_REQUIRED: 'Die ID fehlt.',
  BAD_IDENTITY: 'Quelle oder ID ist länger als 200 Zeichen oder hat Steuerzeichen.',
  TIME_AHEAD: 'Die Zeit liegt mehr als 5 Minuten voraus.',
  TIME_TOO_OLD: 'So alte Ereignisse werden nicht aufbewahrt.',
  BAD_TARGET: 'Es muss genau ein Tool oder ein Modell nennen, mit Mengen seiner Art.',
  QUANTITY_NEGATIVE: 'Eine Menge ist negativ, oder es sind 0 Aufrufe.',
  QUANTITY_TOO_LARGE: 'Eine Menge ist zu groß.',
  UNKNOWN_ACCOUNT: 'Dieses Konto gibt es nicht.',
  UNKNOWN_TOOL: 'Das Konto hat dieses Tool nicht.',
  UNKNOWN_MODEL: 'Das Konto hat dieses Modell nicht.',
  UNKNOWN_DEPLOYMENT: 'Das Modell hat diesen Einsatz nicht.',
  TOOL_IN_DEVELOPMENT: 'Das Tool war nie im Einsatz.',
  UNKNOWN_RESERVATION: 'Das Konto hat diese Vormerkung nicht.',
  RESERVATION_CLOSED: 'Die Vormerkung ist abgerechnet oder freigegeben.',
  BAD_ATTRIBUTION: 'Benutzer, API-Schlüssel oder Tags passen so nicht.',
  FREE_CREDITS_EXPIRED: 'Was kostenlos war, ist verfallen.',
  RUNS_EXHAUSTED: 'Es sind keine Tool-Aufrufe übrig.',
  NEGATIVE_LIMIT_REACHED: 'Die Credits haben die untere Grenze erreicht.',
  CREDITS_EXHAUSTED: 'Es sind keine Credits übrig.',
  INSUFFICIENT_CREDITS: 'Es ist weniger da, als es kostet.',
};
const OTHER_EVENTS: Record<string, string> = {
  CONFLICT: 'Unter dieser Quelle, ID und Zeit ist ein anderes Ereignis gespeichert.',
  UNKNOWN_TYPE: 'Diese Art von Ereignis kennt der Server nicht.',
};

// Which part of it is wrong.
const VAGUE = ['MALFORMED', 'UNKNOWN_TYPE', 'BAD_ATTRIBUTION', 'QUANTITY_TOO_LARGE', 'BAD_TARGET'];

function mail({ percent }: Writing, { kind, meter, step }: MailFacts): string {
  const what = meter === 'TOOL_RUNS' ? 'Tool-Aufrufe' : 'Credits';
  const titles: Partial<Record<EmailKind, string>> = {
    STEP: step ? `${percent(String(step))} der ${what} verbraucht` : german.email.STEP,
    ZERO: `Keine ${what} übrig`,
  };
  return titles[kind] ?? german.email[kind];
}

/** What the server says without a code, word by word: told.test.ts looks for each in its source. */
export const KNOWN: Record<string, string> = {
  'You’ve used all your available credits. Please add more credits to your account to continue.': STOPPED,
  'debt carried into the next cycle': 'Minus in den nächsten Monat übertragen',
  'not sent: the recipient was no administrator or billing contact of the account any more':
    'nicht gesendet: Der Empfänger gehörte nicht mehr zur Verwaltung und war kein Kontakt der Abrechnung mehr',
  'not sent: the recipient has muted e-mails of this kind': 'nicht gesendet: Der Empfänger will solche E-Mails nicht',
  'not sent: another copy goes to this address': 'nicht gesendet: An diese Adresse geht schon eine andere Kopie',
  'the model was registered without its size': 'Das Modell wurde ohne seine Größe angemeldet.',
  'the model is too large for fine-tuning': 'Das Modell ist zu groß für Fine-Tuning.',
  "this method does not fit the model's size": 'Dieses Verfahren passt nicht zur Größe des Modells.',
  'fine-tuning does not run on this hardware': 'Fine-Tuning läuft nicht auf dieser Hardware.',
  'training tokens and epochs must be positive, and their price within range':
    'Trainings-Token und Epochen müssen über 0 liegen, und der Preis muss darstellbar sein.',
};

// The server may write the same as a sentence, with a capital and a full stop.
const plain = (sentence: string) => (sentence.charAt(0).toLowerCase() + sentence.slice(1)).replace(/\.$/, '');
const PLAIN = new Map(Object.entries(KNOWN).map(([sentence, told]) => [plain(sentence), told]));

/** How it is told, with figures as the page writes them. */
export default function telling(writing: Writing): Telling {
  return {
    banner: (facts) => banner(writing, facts),
    refusal: (facts, action) => refusal(writing, facts, action),
    objection: (facts) => objection(writing, facts),
    detail,
    fault: (code) => FAULTS[code] ?? OURS,
    event: (code) => EVENTS[code as UsageRefusal] ?? OTHER_EVENTS[code] ?? EVENTS.MALFORMED,
    eventDetail: (code, message) => (VAGUE.includes(code) ? message : null),
    mail: (facts) => mail(writing, facts),
    known: (sentence) => PLAIN.get(plain(sentence)) ?? sentence,
  };
}
