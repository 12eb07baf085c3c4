// The names of the API's words.
import type {
  AuditAction,
  Category,
  CpuType,
  EmailKind,
  EmailState,
  FineTuningState,
  GrantKind,
  LedgerCause,
  LedgerKind,
  Preset,
  Scanner,
  ScriptStatus,
  Zone,
} from '../gql/graphql';
import { inLanguage, type Words } from './language';

const english = {
  category: { MODELS: 'Models', GUARDRAILS: 'Guardrails', SCRIPTS: 'Custom scripts', TOOLS: 'Tools' } satisfies Record<
    Category,
    string
  >,
  preset: {
    LAST_24_HOURS: 'Last 24 hours',
    LAST_7_DAYS: 'Last 7 days',
    LAST_30_DAYS: 'Last 30 days',
    LAST_90_DAYS: 'Last 90 days',
    THIS_MONTH: 'This month',
    LAST_MONTH: 'Last month',
    THIS_YEAR: 'This year',
    LAST_YEAR: 'Last year',
    TODAY: 'Today',
    YESTERDAY: 'Yesterday',
    THIS_WEEK: 'This week',
    LAST_WEEK: 'Last week',
    THIS_QUARTER: 'This quarter',
    LAST_QUARTER: 'Last quarter',
    MONTH_TO_DATE: 'Month to date',
    YEAR_TO_DATE: 'Year to date',
  } satisfies Record<Preset, string>,
  granularity: {
    MINUTE: 'Minute',
    HOUR: 'Hour',
    DAY: 'Day',
    WEEK: 'Week',
    MONTH: 'Month',
    QUARTER: 'Quarter',
    YEAR: 'Year',
  },
  status: {
    DEPLOYED: 'Deployed',
    UNDEPLOYED: 'Undeployed',
    DELETED: 'Deleted',
    IN_DEVELOPMENT: 'In development',
    PENDING: 'Pending',
    DRAFT: 'Draft',
    DEPLOYING: 'Deploying',
    READY_TO_DEPLOY: 'Ready to deploy',
    DEPLOYMENT_FAILED: 'Deployment failed',
    RUNNING: 'Running',
    COMPLETED: 'Completed',
    FAILED: 'Failed',
    STOPPED: 'Stopped',
    ACTIVE: 'Active',
  },
  modelType: { BASE: 'Base', FINE_TUNED: 'Fine-tuned' },
  deploymentType: { OPEN_SOURCE: 'Open-source', FINE_TUNED: 'Fine-tuned' },
  cpu: { GENERAL_PURPOSE: 'General purpose', COMPUTE_OPTIMIZED: 'Compute optimized' } satisfies Record<
    Exclude<CpuType, 'OTHER'>,
    string
  >,
  scanner: {
    ANONYMIZE: 'Anonymize',
    BAN_TOPICS: 'Ban topics',
    PROMPT_INJECTION: 'Prompt injection',
    TOXICITY: 'Toxicity',
    BIAS_DETECTION: 'Bias detection',
    RELEVANCE: 'Relevance',
    REGEX: 'Regex',
    DEANONYMIZE: 'Deanonymize',
  } satisfies Record<Exclude<Scanner, 'OTHER'>, string>,
  language: { JAVASCRIPT: 'JavaScript', PYTHON: 'Python' },
  zone: {
    OPEN: 'Everything is allowed',
    NO_FINE_TUNING: 'Fine-tuning is paused',
    LOW: 'New deployments are paused',
    EXHAUSTED: 'All credits used; what runs goes into debt',
    STOPPED: 'Negative limit reached; everything was stopped',
  } satisfies Record<Zone, string>,
  ledger: {
    GRANT: 'Grant',
    CHARGE: 'Charge',
    EXPIRY: 'Expiry',
    ADJUSTMENT: 'Adjustment',
    REFUND: 'Refund',
  } satisfies Record<LedgerKind, string>,
  cause: {
    EVENTS: 'Usage',
    HOSTING: 'Hosting',
    FINE_TUNING: 'Fine-tuning',
    GRANT: 'Grant',
    EXPIRY: 'End of a grant',
    CYCLE: 'Close of the cycle',
    CORRECTION: 'Correction by Support',
    VOID: 'Usage taken back',
  } satisfies Record<LedgerCause, string>,
  grant: { FREE: 'Free', TOP_UP: 'Top-up', PLAN: 'Plan', ADJUSTMENT: 'Adjustment' } satisfies Record<GrantKind, string>,
  email: {
    STEP: 'Usage step',
    LOW_LIMIT: 'Low credits',
    ZERO: 'No credits left',
    NEGATIVE_LIMIT: 'Negative limit',
    STOPPED: 'Deployments stopped',
    SCRIPT_DEPLOYED: 'Script deployed',
    SCRIPT_UNDEPLOYED: 'Script undeployed',
    SCRIPT_FAILED: 'Script failed to deploy',
    GRANT_EXPIRING: 'Grant expires soon',
    GRANT_EXPIRED: 'Grant expired',
    TOKEN_EXPIRING: 'API token expires soon',
  } satisfies Record<EmailKind, string>,
  emailState: {
    QUEUED: 'Queued',
    SENT: 'Sent',
    STORED: 'Stored',
    DEAD: 'Given up',
    SKIPPED: 'Skipped',
    HELD_BACK: 'Held back',
  } satisfies Record<EmailState, string>,
  fineTuning: { RUNNING: 'Running', COMPLETED: 'Completed', FAILED: 'Failed', STOPPED: 'Stopped' } satisfies Record<
    FineTuningState,
    string
  >,
  audit: {
    ACCOUNT_CREATED: 'Account created',
    CREDITS_GRANTED: 'Credits granted',
    CREDITS_ADJUSTED: 'Credits corrected',
    LIMITS_SET: 'Limits set',
    PLAN_CHANGED: 'Plan changed',
    PLAN_CREATED: 'Plan created',
    PLAN_UPDATED: 'Plan updated',
    MEMBER_SET: 'Member set',
    MEMBER_REMOVED: 'Member removed',
    ROLE_SET: 'Role set',
    ROLE_REMOVED: 'Role removed',
    CONTACTS_SET: 'Contacts set',
    TOKEN_CREATED: 'Token created',
    TOKEN_REVOKED: 'Token revoked',
    TOKEN_ROTATED: 'Token rotated',
    USAGE_EXPORTED: 'Usage exported',
    PROVISIONING_SET: 'Provisioning set',
    RESOURCE_PROVISIONED: 'Made by an event',
    USAGE_VOIDED: 'Usage taken back',
    ACCOUNT_UPDATED: 'Account changed',
    RESOURCE_UPDATED: 'Resource changed',
    RATE_CARD_PUBLISHED: 'Rate card published',
    RATE_CARD_WITHDRAWN: 'Rate card withdrawn',
    RATES_SET: 'Own rates set',
  } satisfies Record<AuditAction, string>,
  /** What each status of a script means, and what to do (rules §9). */
  statuses: {
    DRAFT: ['The script is written and was never deployed.', 'Deploy it from Deployments.'] as const,
    DEPLOYING: [
      'A deployment was asked for and is on its way.',
      'Wait; it becomes Deployed or Deployment failed.',
    ] as const,
    DEPLOYED: [
      'The script runs. Each replica is charged by the second.',
      'Undeploy it when it is not needed.',
    ] as const,
    READY_TO_DEPLOY: ['The script was undeployed and can be deployed again.', 'Redeploy it from Deployments.'] as const,
    DEPLOYMENT_FAILED: [
      'The last deployment failed, or was stopped because the credits ran out. The reason is shown in its panel.',
      'Add credits if they ran out, then redeploy.',
    ] as const,
    DELETED: ['The script was deleted. It stays listed with what it used.', 'Nothing.'] as const,
  } satisfies Record<ScriptStatus, readonly [string, string]>,
};

/** Names of the API's words. */
export const names = await inLanguage(english, () => import('./names.de'));
export type NameWords = Words<typeof english>;

/** What each status of a script means; a script is charged while it is deployed. */
export const scriptStatuses = (Object.keys(english.statuses) as (keyof typeof english.statuses)[]).map((status) => {
  const [meaning, next] = names.statuses[status];
  return { status, meaning, next, charged: status === 'DEPLOYED' };
});

/** A scanner's name; one that a rate card added is called as the card does, or by its key. */
export const scannerName = (key: string, name = key): string => (names.scanner as Record<string, string>)[key] ?? name;

/** The name of a kind of CPU, likewise. */
export const cpuName = (cpu: string): string => (names.cpu as Record<string, string>)[cpu] ?? cpu;
