/* eslint-disable */
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** An opaque place in a list or in a stream of events; use it only with the field it came from. */
  Cursor: { input: string; output: string; }
  /** An instant as RFC 3339 in UTC with at most 6 decimals of a second, such as `"2026-03-01T00:00:00Z"`. Input takes offsets up to 23:59, `t` and `z` in either case, up to 9 decimals (cut to 6), and a leap second (`23:59:60` in UTC) as the first second of the next day. */
  DateTime: { input: string; output: string; }
  /** A decimal number as a string with at most 6 decimals and no exponent, such as `"70.5"`. Credits are exact to 0.000001; percents carry 2 decimals. Input also takes a JSON integer, never a float. */
  Decimal: { input: string; output: string; }
  /** Any JSON value: the state before and after an audited change, and events whose members are looked at one by one. */
  JSON: { input: unknown; output: unknown; }
  /**
   * A whole number as a JSON number. Input beyond ±9,007,199,254,740,991 (2^53 − 1) is refused. Answers have all digits of 64 bits; JavaScript and other readers
   * that hold numbers as doubles read them exactly up to that bound. Only sums of runs and tokens can pass it: `UsageRow` has them as strings too, and so does
   * `CreditStatus` the runs of an account.
   */
  Long: { input: number; output: number; }
  /** A name from the IANA time zone database, such as `"Asia/Kathmandu"` or `"UTC"`. */
  TimeZone: { input: string; output: string; }
};

/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type Account = Node & {
  __typename?: 'Account';
  /** Whether an action is allowed now. Without an amount it tells the zone, with one also the fit. */
  access: Decision;
  /** API tokens, newest first. */
  apiTokens: ApiTokenConnection;
  /** The audit log, newest first. */
  auditLog: AuditEntryConnection;
  /** Both balances at a past instant, as of its whole second; 0 before the account was made. An instant in the future is a fault with code BAD_RANGE. */
  balanceAt: BalanceAt;
  /** The banners for the calling user, in order. */
  banners: BannerList;
  /** From when usage is in the books; earlier usage is charted but draws nothing. Null: all of it. */
  booksFrom?: Maybe<Scalars['DateTime']['output']>;
  /**
   * What each resource was charged in a range, by the ledger: credits before runs, the dearest first. Hosting belongs to the seconds that it charges, everything else to the instant at
   * which it took effect. What has accrued and is not posted yet is not in it.
   */
  charges: ChargeList;
  /** When it was created. */
  createdAt: Scalars['DateTime']['output'];
  /** The widget: icon, both balances, what is allowed. */
  creditStatus: CreditStatus;
  /** What can be deployed and what runs, in one list: deployments of models, models that have none, guardrails and scripts, without what was deleted. Made to be ordered by what it costs and by how long nobody has used it. */
  deployables: DeployableItemConnection;
  /** A model's deployment of the account by id or own id, whatever its status; null if there is none. */
  deployment?: Maybe<Deployment>;
  /** E-mails by what they say, latest first: one row for what went to several recipients. Of a filter's states one copy must be in one. */
  emailMessages: EmailMessageConnection;
  /** E-mails sent and to be sent, latest first. */
  emails: EmailConnection;
  /** The event of an identity; null where none is stored, or it is kept no longer. */
  event?: Maybe<UsageEvent>;
  /**
   * Usage events as they are stored, latest first: what is dated from `from` to `to`, at most 14 days apart; more is a fault with code BAD_RANGE.
   * Events are kept for 400 days, unless the installation says otherwise.
   */
  events: UsageEventConnection;
  /** The platform's own id of it, unique among all accounts; null: none. */
  externalId?: Maybe<Scalars['String']['output']>;
  /** What a fine-tuning job would cost; null if the model is not of this account. */
  fineTuningEstimate?: Maybe<FineTuningEstimate>;
  /** Fine-tuning jobs, latest first. */
  fineTuningJobs: FineTuningJobConnection;
  /** Grants, latest first. */
  grants: GrantConnection;
  /** A guardrail of the account by id or own id, whatever its status; null if there is none. */
  guardrail?: Maybe<Guardrail>;
  /** The Guardrails tab. */
  guardrails: GuardrailConnection;
  /** What could be saved: what is deployed and not used, replicas beyond need, cheaper hardware, and the tools that rose most. */
  hints: HintList;
  /** What hosting would cost; null if the rate card does not know the hardware. Either `hardware`, or `scanner` and `cpuType`. */
  hostingEstimate?: Maybe<HostingEstimate>;
  /** Opaque global id, to be shared with Support. */
  id: Scalars['ID']['output'];
  /** The ledger, latest effective first. */
  ledger: LedgerEntryConnection;
  /** Which e-mails of the account the calling member gets; null for who is none, such as a program. */
  mailPreferences?: Maybe<MailPreferences>;
  /** A member of the account by id or own id; null if there is none. */
  member?: Maybe<Member>;
  /** Members, by name. */
  members: MemberConnection;
  /** A model of the account by id or own id, whatever its status; null if there is none. */
  model?: Maybe<Model>;
  /** The Models tab. */
  models: ModelConnection;
  /** Name of the account. */
  name: Scalars['String']['output'];
  /** The Overview tab. */
  overview: Overview;
  /** Rates that the account and its models have of their own: past, present and to come, the account's first, each oldest first. */
  ownRates: Array<OwnRates>;
  /** The plan it is on, and its cycle. */
  plan: AccountPlan;
  /** Whether events may make tools and models of their own accord. */
  provisioning: Provisioning;
  /**
   * What was refused of the account lately, latest first, some seconds behind: the last 10,000 events of the last 7 days, unless the installation
   * says otherwise. Under a flood not all are remembered. What names no account, or one out of reach, stands nowhere.
   */
  refusals: RefusedEventConnection;
  /** Reservations, latest first. */
  reservations: ReservationConnection;
  /** Roles to be had, the built-in ones first, then by name. */
  roles: Array<Role>;
  /** A custom script of the account by id or own id, whatever its status; null if there is none. */
  script?: Maybe<Script>;
  /** The Custom Scripts tab. */
  scripts: ScriptConnection;
  /** When and on what models, guardrails and scripts ran, latest first: each segment, on one hardware with one number of replicas (rules §6). */
  segments: HostingSegmentConnection;
  /** Limits and contacts. */
  settings: AccountSettings;
  /** Monthly statements, latest first. */
  statements: StatementConnection;
  /** The keys of the tags that events carried so far, by name, at most 100: what `usage` may group by and filter. */
  tagKeys: Array<Scalars['String']['output']>;
  /** What the platform attached to it, by key. */
  tags: Array<Tag>;
  /** A tool of the account by id or own id, whatever its status; null if there is none. */
  tool?: Maybe<Tool>;
  /** The Tools tab: tools deployed at least once. */
  tools: ToolConnection;
  /** When its name, time zone, own id, tags, limits, plan or provisioning was last changed; `createdAt` where none was. A change of plan counts when it is asked for, not when its cycle begins. */
  updatedAt: Scalars['DateTime']['output'];
  /** Usage of the account by any grouping. */
  usage: UsageConnection;
  /** Tool runs and credits over time. At most 3,000 buckets, else a fault with code RANGE_TOO_FINE. */
  usageTrend: UsageTrend;
  /** What `voidEvents` would take back by a filter: what fits it and is not taken back yet. */
  voidPreview: VoidedUsage;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountAccessArgs = {
  action: Action;
  amount?: InputMaybe<Scalars['Decimal']['input']>;
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  scanner?: InputMaybe<Scanner>;
  scannerKey?: InputMaybe<Scalars['String']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountApiTokensArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountAuditLogArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<AuditFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountBalanceAtArgs = {
  time: Scalars['DateTime']['input'];
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountChargesArgs = {
  first?: Scalars['Int']['input'];
  range?: InputMaybe<RangeInput>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountDeployablesArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<DeployableFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  range?: InputMaybe<RangeInput>;
  sort?: InputMaybe<DeployableSort>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountDeploymentArgs = {
  id: Scalars['ID']['input'];
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountEmailMessagesArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<EmailFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountEmailsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<EmailFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountEventArgs = {
  id: Scalars['String']['input'];
  source: Scalars['String']['input'];
  time: Scalars['DateTime']['input'];
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountEventsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<EventFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  from?: InputMaybe<Scalars['DateTime']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  to?: InputMaybe<Scalars['DateTime']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountFineTuningEstimateArgs = {
  epochs: Scalars['Int']['input'];
  gpu?: InputMaybe<Scalars['String']['input']>;
  hardware?: InputMaybe<FineTuningHardware>;
  method: FineTuningMethod;
  modelId: Scalars['ID']['input'];
  trainingTokens: Scalars['Long']['input'];
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountFineTuningJobsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  states?: InputMaybe<Array<FineTuningState>>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountGrantsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<GrantFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountGuardrailArgs = {
  id: Scalars['ID']['input'];
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountGuardrailsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  compare?: InputMaybe<CompareInput>;
  filter?: InputMaybe<GuardrailFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  range?: InputMaybe<RangeInput>;
  sort?: InputMaybe<GuardrailSort>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountHintsArgs = {
  idleDays?: Scalars['Int']['input'];
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountHostingEstimateArgs = {
  category: Category;
  cpu?: InputMaybe<Scalars['String']['input']>;
  cpuType?: InputMaybe<CpuType>;
  hardware?: InputMaybe<Scalars['String']['input']>;
  replicas?: Scalars['Int']['input'];
  scanner?: InputMaybe<Scanner>;
  scannerKey?: InputMaybe<Scalars['String']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountLedgerArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<LedgerFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  fold?: LedgerFold;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountMemberArgs = {
  id: Scalars['ID']['input'];
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountMembersArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountModelArgs = {
  id: Scalars['ID']['input'];
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountModelsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  compare?: InputMaybe<CompareInput>;
  filter?: InputMaybe<ModelFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  range?: InputMaybe<RangeInput>;
  sort?: InputMaybe<ModelSort>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountOverviewArgs = {
  compare?: InputMaybe<CompareInput>;
  range?: InputMaybe<RangeInput>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountRefusalsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<RefusalFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountReservationsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  states?: InputMaybe<Array<ReservationState>>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountScriptArgs = {
  id: Scalars['ID']['input'];
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountScriptsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  compare?: InputMaybe<CompareInput>;
  filter?: InputMaybe<ScriptFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  range?: InputMaybe<RangeInput>;
  sort?: InputMaybe<ScriptSort>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountSegmentsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  deploymentId?: InputMaybe<Scalars['ID']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  range?: InputMaybe<RangeInput>;
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  stopped?: InputMaybe<Scalars['Boolean']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountStatementsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountToolArgs = {
  id: Scalars['ID']['input'];
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountToolsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  compare?: InputMaybe<CompareInput>;
  filter?: InputMaybe<ToolFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  range?: InputMaybe<RangeInput>;
  sort?: InputMaybe<ToolSort>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountUsageArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  compare?: InputMaybe<CompareInput>;
  filter?: InputMaybe<UsageFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  granularity?: InputMaybe<Granularity>;
  groupBy?: Array<UsageDimension>;
  having?: InputMaybe<Array<UsageBound>>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<Array<UsageOrder>>;
  range?: InputMaybe<RangeInput>;
  resourceTagKeys?: InputMaybe<Array<Scalars['String']['input']>>;
  tagKeys?: InputMaybe<Array<Scalars['String']['input']>>;
  timeZone?: InputMaybe<Scalars['TimeZone']['input']>;
  top?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountUsageTrendArgs = {
  category?: InputMaybe<Category>;
  compare?: InputMaybe<CompareInput>;
  granularity?: InputMaybe<Granularity>;
  range?: InputMaybe<RangeInput>;
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  timeZone?: InputMaybe<Scalars['TimeZone']['input']>;
};


/**
 * An account: what it has, what it used and what it may do. All fields of one operation share one `asOf`. What takes a reading of its own is null, with an error
 * beside it, where that fails; everything else is answered.
 */
export type AccountVoidPreviewArgs = {
  filter: VoidFilterInput;
};

/** Accounts in the caller's reach, newest first unless asked for otherwise. */
export type AccountConnection = {
  __typename?: 'AccountConnection';
  /** The rows. */
  edges: Array<AccountEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
};

/** A row of `AccountConnection`. */
export type AccountEdge = {
  __typename?: 'AccountEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** What stands in the row. */
  node: Account;
};

/** Which accounts to list; every part given must fit. Balances are as posted, at most a minute ago; what is foretold is at most an hour old. `creditStatus` of a row is exact. */
export type AccountFilter = {
  /** Credits that remain. */
  credits?: InputMaybe<AmountBounds>;
  /** Credits or runs remain, and are foretold to be used up before this instant. */
  exhaustedBefore?: InputMaybe<Scalars['DateTime']['input']>;
  /** The e-mail of a member begins with this, whatever the case; at most 100 characters. */
  memberEmail?: InputMaybe<Scalars['String']['input']>;
  /** On one of these plans now, at most 100. */
  planIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Runs that remain. */
  runs?: InputMaybe<AmountBounds>;
  /** In one of these zones. */
  zones?: InputMaybe<Array<Zone>>;
};

/** The plan that an account is on. */
export type AccountPlan = {
  __typename?: 'AccountPlan';
  /** Day of the month on which cycles begin, 1 to 31, clamped to the month's end. */
  anchorDay: Scalars['Int']['output'];
  /** Credits a month; 0 without a plan. */
  credits: Scalars['Decimal']['output'];
  /** End of the running cycle: the next rollover. */
  cycleEnd: Scalars['DateTime']['output'];
  /** Start of the running cycle. */
  cycleStart: Scalars['DateTime']['output'];
  /** Opaque global id, for caches of clients. Not for `node`. */
  id: Scalars['ID']['output'];
  /** Name of the plan; null without one. */
  name?: Maybe<Scalars['String']['output']>;
  /** A change that waits for the rollover; null if none. */
  pending?: Maybe<PendingPlan>;
  /** Runs a month; 0 without a plan. */
  runs: Scalars['Long']['output'];
};

/** Settings of an account. */
export type AccountSettings = {
  __typename?: 'AccountSettings';
  /** Mail addresses that get the billing mails beside admins and master admins. */
  billingContacts: Array<Scalars['String']['output']>;
  /** Fine-tuning needs more credits than this; default 25. */
  fineTuningLimit: Scalars['Decimal']['output'];
  /** Opaque global id, for caches of clients. Not for `node`. */
  id: Scalars['ID']['output'];
  /** New deployments need at least this many credits; default 5. */
  lowCreditLimit: Scalars['Decimal']['output'];
  /** At this balance, a negative number, everything stops; default −25. */
  negativeLimit: Scalars['Decimal']['output'];
  /** How to reach Support: a mail address or URL. */
  supportContact: Scalars['String']['output'];
  /** Zone of dates in mails. */
  timeZone: Scalars['TimeZone']['output'];
};

/** Order of accounts; equal ones in the order of their making. Balances and forecasts move, and accounts with them, also from page to page. */
export type AccountSort = {
  /** Which end comes first. */
  direction?: SortDirection;
  /** What to sort by. */
  field?: AccountSortField;
};

/** What accounts are sorted by. */
export type AccountSortField =
  /** When they were made. */
  | 'CREATED_AT'
  /** Credits that remain; needs BALANCES_VIEW. */
  | 'CREDITS'
  /** When credits are foretold to be used up; needs USAGE_VIEW. Those that are not, or are used up, come after all others. */
  | 'CREDITS_EXHAUSTED_AT'
  /** Name, whatever the case. */
  | 'NAME'
  /** Runs that remain; needs BALANCES_VIEW. */
  | 'RUNS'
  /** When runs are foretold to be used up; needs USAGE_VIEW. Those that are not, or are used up, come after all others. */
  | 'RUNS_EXHAUSTED_AT';

/** An action that a balance may forbid. */
export type Action =
  /** To deploy or redeploy a guardrail. */
  | 'DEPLOY_GUARDRAIL'
  /** To deploy or redeploy a model. */
  | 'DEPLOY_MODEL'
  /** To deploy or redeploy a custom script. */
  | 'DEPLOY_SCRIPT'
  /** To start a fine-tuning job. */
  | 'FINE_TUNE'
  /** To import a project. */
  | 'IMPORT_PROJECT'
  /** To use a model. */
  | 'INFERENCE'
  /** To give a deployment more replicas. */
  | 'SCALE_UP'
  /** To invoke a tool. */
  | 'TOOL_RUN';

/** Who did something, as it was known at the time. */
export type Actor = {
  __typename?: 'Actor';
  /** A person, a program or Usagegraph itself. */
  kind: PrincipalKind;
  /** Name for show: a person's e-mail, a token's name, a job's name. */
  name: Scalars['String']['output'];
  /** The role acted in; null for Usagegraph itself. */
  role?: Maybe<Scalars['String']['output']>;
};

/** A correction, up or down. */
export type AdjustCreditsInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Credits or whole runs, not 0. Above 0 it makes an ADJUSTMENT grant; below 0 it lowers what `grantId` counts for. */
  amount: Scalars['Decimal']['input'];
  /** Exclusive end of the grant made; a fraction of a second is cut. Null: never. Forbidden below 0. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The grant to lower; required below 0, forbidden above. */
  grantId?: InputMaybe<Scalars['ID']['input']>;
  /** 1 to 128 characters. A repeat with the same content returns the first result. */
  idempotencyKey: Scalars['String']['input'];
  /** Which meter. */
  meter: Meter;
  /** Support's reference, 1 to 200 characters. */
  reference: Scalars['String']['input'];
};

/** Result of `adjustCredits`. */
export type AdjustCreditsPayload = {
  __typename?: 'AdjustCreditsPayload';
  /** Status after the commit; null if refused. */
  creditStatus?: Maybe<CreditStatus>;
  /** The grant made or lowered; null if refused. */
  grant?: Maybe<Grant>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** The least and the most of an amount, both included; null: no bound. Credits or runs. */
export type AmountBounds = {
  /** The least. */
  atLeast?: InputMaybe<Scalars['Decimal']['input']>;
  /** The most. */
  atMost?: InputMaybe<Scalars['Decimal']['input']>;
};

/** A secret that a program signs in with. The secret itself is shown once, by `createApiToken`. */
export type ApiToken = Node & {
  __typename?: 'ApiToken';
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Which documents it may send. */
  documents: DocumentsPolicy;
  /** From when it is refused; null: never. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** When it was last used, to the minute; null: never. */
  lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  /** That member; null also where the person is none any more. */
  member?: Maybe<Member>;
  /** The member that it speaks for; null for a program. */
  memberId?: Maybe<Scalars['ID']['output']>;
  /** Name for show. */
  name: Scalars['String']['output'];
  /** What it may do: its role, narrowed to the scopes chosen at creation. */
  permissions: Array<Permission>;
  /** The first characters of the secret, enough to recognise it by. */
  prefix: Scalars['String']['output'];
  /** When it was revoked; null while it is good. */
  revokedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What the token may do at most. */
  role: Role;
  /** That token. */
  successor?: Maybe<ApiToken>;
  /** The token that took its place when it was rotated; null: none. */
  successorId?: Maybe<Scalars['ID']['output']>;
  /** When it was made, rotated or revoked, whichever was last. */
  updatedAt: Scalars['DateTime']['output'];
};

/** API tokens of an account, newest first, revoked ones included. */
export type ApiTokenConnection = {
  __typename?: 'ApiTokenConnection';
  /** The rows. */
  edges: Array<ApiTokenEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
};

/** A row of `ApiTokenConnection`. */
export type ApiTokenEdge = {
  __typename?: 'ApiTokenEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** What stands in the row. */
  node: ApiToken;
};

/** What an audited change was. */
export type AuditAction =
  /** An account was created. */
  | 'ACCOUNT_CREATED'
  /** Name, time zone, own id or tags of the account changed. */
  | 'ACCOUNT_UPDATED'
  /** The extra billing contacts changed. */
  | 'CONTACTS_SET'
  /** Credits or runs were corrected. */
  | 'CREDITS_ADJUSTED'
  /** Credits or runs were granted. */
  | 'CREDITS_GRANTED'
  /** The limits of the account changed. */
  | 'LIMITS_SET'
  /** A member was removed. */
  | 'MEMBER_REMOVED'
  /** A member was added or given another role. */
  | 'MEMBER_SET'
  /** The account's plan changed, or a change was noted for the rollover. */
  | 'PLAN_CHANGED'
  /** A plan on offer was made. */
  | 'PLAN_CREATED'
  /** A plan on offer was changed. */
  | 'PLAN_UPDATED'
  /** It was said whether events may make tools and models of their own accord. */
  | 'PROVISIONING_SET'
  /** An account, or one of its models, got rates of its own. */
  | 'RATES_SET'
  /** A version of the rate card was published. */
  | 'RATE_CARD_PUBLISHED'
  /** A version of the rate card was withdrawn before it began. */
  | 'RATE_CARD_WITHDRAWN'
  /** An event made the tool or model that it names by an own id. */
  | 'RESOURCE_PROVISIONED'
  /** Name, owner, endpoint, own id or tags of a tool, model, deployment, guardrail or script changed. */
  | 'RESOURCE_UPDATED'
  /** A custom role was removed. */
  | 'ROLE_REMOVED'
  /** A custom role was made or changed. */
  | 'ROLE_SET'
  /** An API token was made. */
  | 'TOKEN_CREATED'
  /** An API token was revoked. */
  | 'TOKEN_REVOKED'
  /** An API token was rotated: another took its place. */
  | 'TOKEN_ROTATED'
  /** Usage was exported. */
  | 'USAGE_EXPORTED'
  /** Usage events were taken back. */
  | 'USAGE_VOIDED';

/** One entry of the audit log. Append-only. */
export type AuditEntry = Node & {
  __typename?: 'AuditEntry';
  /** What was done. */
  action: AuditAction;
  /** Who did it. */
  actor: Actor;
  /** IP address that the request came from; null for jobs and the command line. */
  address?: Maybe<Scalars['String']['output']>;
  /** State after, likewise; null if none is left. Never holds a secret. */
  after?: Maybe<Scalars['JSON']['output']>;
  /** When it happened. */
  at: Scalars['DateTime']['output'];
  /** State before, by the names of the contract and in its units; null if there was none. Never holds a secret. */
  before?: Maybe<Scalars['JSON']['output']>;
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Id of the request, as sent in its answer. */
  requestId?: Maybe<Scalars['String']['output']>;
  /** Name of what it was done to, as it was then, of a person the e-mail; null if it has none. */
  target?: Maybe<Scalars['String']['output']>;
  /** Id of what it was done to; null if that is the account itself. */
  targetId?: Maybe<Scalars['ID']['output']>;
  /** It, as it is now; null also where it is gone. */
  targetNode?: Maybe<Node>;
};

/** The audit log of an account, newest first. */
export type AuditEntryConnection = {
  __typename?: 'AuditEntryConnection';
  /** The rows. */
  edges: Array<AuditEntryEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
};

/** A row of `AuditEntryConnection`. */
export type AuditEntryEdge = {
  __typename?: 'AuditEntryEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** What stands in the row. */
  node: AuditEntry;
};

/** Which audit entries to show; every part given must fit. */
export type AuditFilter = {
  /** One of these actions. */
  actions?: InputMaybe<Array<AuditAction>>;
  /** Actor's name contains this, whatever the case; at most 100 characters. */
  actor?: InputMaybe<Scalars['String']['input']>;
  /** Happened in this range. */
  range?: InputMaybe<RangeInput>;
};

/** Both balances at a past instant: the sum of entries effective by then, what a perfectly punctual meter would have shown. */
export type BalanceAt = {
  __typename?: 'BalanceAt';
  /** Credits; negative in debt. */
  credits: Scalars['Decimal']['output'];
  /** Runs; negative in debt. */
  runs: Scalars['Long']['output'];
  /** The instant. */
  time: Scalars['DateTime']['output'];
};

/** A banner at the top of every page. */
export type Banner = {
  __typename?: 'Banner';
  /** What it prompts for. */
  action: BannerAction;
  /** Opaque; names the banner and its arming, for `dismissBanner`. Not for `node`. */
  id: Scalars['ID']['output'];
  /** Kind. */
  kind: BannerKind;
  /** Where the action leads: how to reach Support, a mail address or URL. */
  link: Scalars['String']['output'];
  /** The meters it speaks of, credits first; both where free credits and free runs have expired. */
  meters: Array<Meter>;
  /** The percent step reached: 20, 50, 70, 80 or 90; 100 where it is fixed. */
  percent: Scalars['Int']['output'];
  /** When it was raised. */
  raisedAt: Scalars['DateTime']['output'];
  /** Whether the user may dismiss it. */
  removable: Scalars['Boolean']['output'];
  /**
   * The same as `link`.
   * @deprecated Use `link`.
   */
  target: Scalars['String']['output'];
  /** The text to show. */
  text: Scalars['String']['output'];
};

/** What a banner prompts for. */
export type BannerAction =
  /** Top up or upgrade. */
  | 'TOP_UP_OR_UPGRADE'
  /** Upgrade the plan. */
  | 'UPGRADE'
  /** Upgrade or top up the plan. */
  | 'UPGRADE_OR_TOP_UP';

/** Kind of a banner (rules §8). */
export type BannerKind =
  /** All of a meter is used; fixed. */
  | 'EXHAUSTED'
  /** Free credits or runs have expired; fixed. */
  | 'FREE_CREDITS_EXPIRED'
  /** A share of a meter is used; removable. */
  | 'THRESHOLD';

/** The banners that the caller is to see now, in order. */
export type BannerList = {
  __typename?: 'BannerList';
  /** The account. */
  account?: Maybe<Account>;
  /** The account's id. */
  accountId: Scalars['ID']['output'];
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** In order: expired, credits exhausted, runs exhausted, then by percent. A banner that the calling user dismissed is left out. */
  banners: Array<Banner>;
  /** Opaque global id of what the calling user sees of the account, for caches of clients. Not for `node`. */
  id: Scalars['ID']['output'];
  /** Number of the account's last change; a frame with a lower one is older. */
  revision: Scalars['Long']['output'];
};

/** The roles that need no definition (rules §11). */
export type BuiltInRole =
  /** Also works with resources and gets the billing mails. */
  | 'ADMIN'
  /** Reads usage of every account. */
  | 'ANALYST'
  /** Also deletes, and sees and manages everything of the account. */
  | 'MASTER_ADMIN'
  /** A human member: widget, banners, asking for access. */
  | 'MEMBER'
  /** The agent platform itself, a service: records usage, works with resources, and manages members, roles and billing contacts. */
  | 'PLATFORM'
  /** Support staff: grants, corrections, plans, limits; reads everything. */
  | 'SUPPORT';

/** What an amount was used for. */
export type Category =
  /** Guardrails: hosting. */
  | 'GUARDRAILS'
  /** Models: inference, hosting, fine-tuning. */
  | 'MODELS'
  /** Custom scripts: hosting. */
  | 'SCRIPTS'
  /** Tools: runs. */
  | 'TOOLS';

/** What one category used. */
export type CategoryUsage = {
  __typename?: 'CategoryUsage';
  /** The category. */
  category: Category;
  /** Share of the whole in percent, 2 decimals; 0 if nothing was used. */
  percent: Scalars['Decimal']['output'];
  /** Credits; runs for TOOLS. */
  used: Scalars['Decimal']['output'];
  /** `used` compared; null where nothing is compared. */
  usedChange?: Maybe<Change>;
};

/** A figure beside the same one of the range compared with. Credits, runs, tokens; seconds for a time. */
export type Change = {
  __typename?: 'Change';
  /** The figure less `value`. */
  delta: Scalars['Decimal']['output'];
  /** `delta` in percent of `value`, 2 decimals; null where `value` is 0. */
  percent?: Maybe<Scalars['Decimal']['output']>;
  /** The figure in the range compared with. */
  value: Scalars['Decimal']['output'];
};

/** Another plan for an account. More of credits or runs takes effect at once, anything else at the rollover (rules §3). */
export type ChangePlanInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** 1 to 128 characters. A repeat with the same content returns the first result. */
  idempotencyKey: Scalars['String']['input'];
  /** The plan; null: none from the rollover on. */
  planId?: InputMaybe<Scalars['ID']['input']>;
};

/** Result of `changePlan`. */
export type ChangePlanPayload = {
  __typename?: 'ChangePlanPayload';
  /** Status after the commit; null if refused. */
  creditStatus?: Maybe<CreditStatus>;
  /** The plan, and what waits for the rollover; null if refused. */
  plan?: Maybe<AccountPlan>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** What was charged within a range, by resource. */
export type ChargeList = {
  __typename?: 'ChargeList';
  /** As many as asked for. */
  charges: Array<ResourceCharge>;
  /** Credits charged to all of them together. */
  credits: Scalars['Decimal']['output'];
  /** Runs charged to all of them together. */
  runs: Scalars['Long']['output'];
  /** Number of resources and meters in all. */
  totalCount: Scalars['Int']['output'];
};

/** What to compare with: either `period`, which needs a range, or `range`; anything else is a fault with code BAD_RANGE. */
export type CompareInput = {
  /** A range by its relation to the one asked for. Where usage so old is no longer kept in the time zone, nothing is compared and every change is null. */
  period?: InputMaybe<Comparison>;
  /** A range of one's own. */
  range?: InputMaybe<RangeInput>;
};

/**
 * Ranges to compare with by name (rules §9). Days and times of day are those of the range's time zone. What is not over yet is compared with as much of the earlier range: this month with the last up to the
 * same day and time of day. A day that the earlier month does not have stands for its last one. What does not begin with the first of a month keeps its number of days: the 7 days up to 3 March are compared
 * with the 7 days up to 3 February, as months differ in length.
 */
export type Comparison =
  /** What came before: the day before for a day, as many days for days, the month before for a month, and so on for quarters and years; else as long a time. */
  | 'PREVIOUS_PERIOD'
  /** The same days of the month before; as many days up to the same day, unless the range begins with a month. */
  | 'SAME_PERIOD_LAST_MONTH'
  /** The same days of the year before; as many days up to the same day, unless the range begins with a month. */
  | 'SAME_PERIOD_LAST_YEAR';

/** Price of a kind of CPU that guardrails run on. */
export type CpuRate = {
  __typename?: 'CpuRate';
  /** Kind of CPU: its name. */
  cpu: Scalars['String']['output'];
  /**
   * Kind of CPU.
   * @deprecated `OTHER` for a kind that this list does not have. Use `cpu`.
   */
  cpuType: CpuType;
  /** Credits per CPU-hour. */
  ratePerCpuHour: Scalars['Decimal']['output'];
};

/** A kind of CPU for guardrails. */
export type CpuRateInput = {
  /** Its name. */
  cpu: Scalars['String']['input'];
  /** Credits per CPU-hour. */
  ratePerCpuHour: Scalars['Decimal']['input'];
};

/** Kind of CPU that a guardrail runs on. */
export type CpuType =
  /** Compute optimised. */
  | 'COMPUTE_OPTIMIZED'
  /** General purpose. */
  | 'GENERAL_PURPOSE'
  /** Another one of the rate card: see `cpu`. Never in an input. */
  | 'OTHER';

/** A new account with its two free grants, and its plan's if one is named. */
export type CreateAccountInput = {
  /** Usage and hosting before this instant, whose fraction of a second is cut, is stored, priced and charted, but draws nothing (rules §2). Null: all is in the books. */
  booksFrom?: InputMaybe<Scalars['DateTime']['input']>;
  /** The platform's own id of it, 1 to 200 characters, unique among all accounts; null: none. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 128 characters. A repeat with the same content returns the first result. */
  idempotencyKey: Scalars['String']['input'];
  /** The first master admin; null: none yet. */
  masterAdmin?: InputMaybe<PersonInput>;
  /** Name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** Plan from the first cycle on; null: none. Needs PLAN_MANAGE. */
  planId?: InputMaybe<Scalars['ID']['input']>;
  /** What to attach to it, at most 20 pairs; null: nothing. */
  tags?: InputMaybe<Array<TagInput>>;
  /** Zone of dates in mails; null: UTC. */
  timeZone?: InputMaybe<Scalars['TimeZone']['input']>;
};

/** Result of `createAccount`. */
export type CreateAccountPayload = {
  __typename?: 'CreateAccountPayload';
  /** The account; null if refused. */
  account?: Maybe<Account>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A token for a program or a person of an account. */
export type CreateApiTokenInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Which documents it may send. */
  documents?: DocumentsPolicy;
  /** From when it is refused, in the future; null: never. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The member that it speaks for, whose banners it may dismiss; null: a program. */
  memberId?: InputMaybe<Scalars['ID']['input']>;
  /** Name for show, 1 to 100 characters. */
  name: Scalars['String']['input'];
  /** Name of the role: MEMBER, ADMIN, MASTER_ADMIN or a custom one; not above the caller's own. */
  role: Scalars['String']['input'];
  /** Narrows the role to these permissions and what they imply; each must be one of the role's. Null: all of the role; empty: nothing. */
  scopes?: InputMaybe<Array<Permission>>;
};

/** Result of `createApiToken`. */
export type CreateApiTokenPayload = {
  __typename?: 'CreateApiTokenPayload';
  /** The token; null if refused. */
  apiToken?: Maybe<ApiToken>;
  /** The secret, shown this once; null if refused. */
  secret?: Maybe<Scalars['String']['output']>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A new plan on offer. */
export type CreatePlanInput = {
  /** Credits a month, 0 or more. */
  credits: Scalars['Decimal']['input'];
  /** Name, 1 to 200 characters, unique. */
  name: Scalars['String']['input'];
  /** Runs a month, 0 or more. */
  runs: Scalars['Long']['input'];
};

/** Result of `createPlan`. */
export type CreatePlanPayload = {
  __typename?: 'CreatePlanPayload';
  /** The plan; null if refused. */
  plan?: Maybe<Plan>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A custom script to make, as a draft. */
export type CreateScriptInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** The platform's own id of it, 1 to 200 characters, unique within account and kind; null: none. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 128 characters; a repeat with the same content returns the first result. Null: every call makes another. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Its language. */
  language: ScriptLanguage;
  /** Script name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** What to attach to it, at most 20 pairs; null: nothing. */
  tags?: InputMaybe<Array<TagInput>>;
};

/** Result of `createScript`. */
export type CreateScriptPayload = {
  __typename?: 'CreateScriptPayload';
  /** The script; null if refused. */
  script?: Maybe<Script>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** The widget: both balances at one instant, with what running hosting has accrued up to then. */
export type CreditStatus = {
  __typename?: 'CreditStatus';
  /** The account. */
  account?: Maybe<Account>;
  /** The account, for Copy. */
  accountId: Scalars['ID']['output'];
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** Model credits. */
  credits: MeterStatus;
  /**
   * Where both meters lead at the pace of the last weeks, hosting as it runs now; null, with an error beside it, where it cannot be read. In frames of a subscription the use that it
   * is made of is at most a minute old.
   */
  forecast?: Maybe<Forecast>;
  /** State of the clock icon. */
  icon: Icon;
  /** Opaque global id, the same for every answer and frame of the account, for caches of clients. Not for `node`. */
  id: Scalars['ID']['output'];
  /** Where present hosting leads; null if nothing is running. */
  outlook?: Maybe<HostingOutlook>;
  /** Number of the account's last change; a frame with a lower one is older. */
  revision: Scalars['Long']['output'];
  /** Tool runs. */
  runs: MeterStatus;
  /** What the credits permit. */
  zone: Zone;
};

/** The Credits card: credits used against the allocation, now, with the pie. */
export type CreditsCard = {
  __typename?: 'CreditsCard';
  /** Credits allotted. */
  allocation: Scalars['Decimal']['output'];
  /** Credits left; negative in debt. */
  remaining: Scalars['Decimal']['output'];
  /** Models, guardrails, scripts, in this order; they sum to `used`. */
  slices: Array<CategoryUsage>;
  /** Credits used. */
  used: Scalars['Decimal']['output'];
  /** Used share of the allocation in percent, 2 decimals. */
  usedPercent: Scalars['Decimal']['output'];
};

/** Whether an action is allowed, at one instant. */
export type Decision = {
  __typename?: 'Decision';
  /** The action asked about. */
  action: Action;
  /** Whether it is allowed. */
  allowed: Scalars['Boolean']['output'];
  /** The amount asked about; null if none was given. */
  amount?: Maybe<Scalars['Decimal']['output']>;
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** What remains less open reservations. */
  available: Scalars['Decimal']['output'];
  /** What remains of it, credits or runs. */
  balance: Scalars['Decimal']['output'];
  /** How a project would be imported; null for other actions. */
  importMode?: Maybe<ImportMode>;
  /** What the action asks for: more than the fine-tuning limit, at least the low-credit limit, or more than 0. */
  limit: Scalars['Decimal']['output'];
  /** The balance that decides. */
  meter: Meter;
  /** Why not; null if allowed. */
  refusal?: Maybe<Refusal>;
  /** The zone of the balance that decides; tool runs know only OPEN and EXHAUSTED. */
  zone: Zone;
};

/** A deployment to delete; it must be undeployed. It stays listed. */
export type DeleteDeploymentInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** The deployment. */
  deploymentId: Scalars['ID']['input'];
};

/** Result of `deleteDeployment`. */
export type DeleteDeploymentPayload = {
  __typename?: 'DeleteDeploymentPayload';
  /** The deployment; null if refused. */
  deployment?: Maybe<Deployment>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A guardrail to delete; its hosting ends. It stays listed. */
export type DeleteGuardrailInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** The guardrail. */
  guardrailId: Scalars['ID']['input'];
};

/** Result of `deleteGuardrail`. */
export type DeleteGuardrailPayload = {
  __typename?: 'DeleteGuardrailPayload';
  /** The guardrail; null if refused. */
  guardrail?: Maybe<Guardrail>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A model to delete; its deployments must be undeployed. It stays listed. */
export type DeleteModelInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** The model. */
  modelId: Scalars['ID']['input'];
};

/** Result of `deleteModel`. */
export type DeleteModelPayload = {
  __typename?: 'DeleteModelPayload';
  /** The model; null if refused. */
  model?: Maybe<Model>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A script to delete; it must not be deployed. It stays listed. */
export type DeleteScriptInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** The script. */
  scriptId: Scalars['ID']['input'];
};

/** Result of `deleteScript`. */
export type DeleteScriptPayload = {
  __typename?: 'DeleteScriptPayload';
  /** The script; null if refused. */
  script?: Maybe<Script>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A guardrail to make and deploy; passes the gate DEPLOY_GUARDRAIL unless it costs nothing. */
export type DeployGuardrailInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** When it takes effect, now or in the past, not before the segment's start; a fraction of a second is cut. Null: now. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** Kind of CPU, by its name on the rate card. */
  cpu?: InputMaybe<Scalars['String']['input']>;
  /** Kind of CPU, unless `cpu` says it; ignored for one that costs nothing. */
  cpuType?: CpuType;
  /** The platform's own id of it, 1 to 200 characters, unique within account and kind; null: none. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 128 characters; a repeat with the same content returns the first result. Null: every call makes another. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Guardrail name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** Whether it waits for `reportDeployment` before it counts as deployed and is metered. */
  pending?: Scalars['Boolean']['input'];
  /** Number of replicas, 1 to 1,000; each is metered. */
  replicas?: Scalars['Int']['input'];
  /** What it scans for: this, or `scannerKey`. */
  scanner?: InputMaybe<Scanner>;
  /** What it scans for, by its key on the rate card. */
  scannerKey?: InputMaybe<Scalars['String']['input']>;
  /** What to attach to it, at most 20 pairs; null: nothing. */
  tags?: InputMaybe<Array<TagInput>>;
  /** When it ended, after `at` and not after now; a fraction of a second is cut: what ran and is over is reported in one call, costs its length however old it is, and passes no gate. Null: it goes on. */
  until?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Result of `deployGuardrail`. */
export type DeployGuardrailPayload = {
  __typename?: 'DeployGuardrailPayload';
  /** The guardrail; null if refused. */
  guardrail?: Maybe<Guardrail>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A model to deploy; passes the gate DEPLOY_MODEL. */
export type DeployModelInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** When it takes effect, now or in the past, not before the segment's start; a fraction of a second is cut. Null: now. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** Where it answers; null: not told. */
  endpoint?: InputMaybe<Scalars['String']['input']>;
  /** The platform's own id of it, 1 to 200 characters, unique within account and kind; null: none. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** Name of the hardware profile, as in the rate card. */
  hardware: Scalars['String']['input'];
  /** 1 to 128 characters; a repeat with the same content returns the first result. Null: every call makes another. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The model. */
  modelId: Scalars['ID']['input'];
  /** Name of the deployment, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** Whether it waits for `reportDeployment` before it counts as deployed and is metered. */
  pending?: Scalars['Boolean']['input'];
  /** Number of replicas, 1 to 1,000; each is metered. */
  replicas?: Scalars['Int']['input'];
  /** What to attach to it, at most 20 pairs; null: nothing. */
  tags?: InputMaybe<Array<TagInput>>;
  /** When it ended, after `at` and not after now; a fraction of a second is cut: what ran and is over is reported in one call, costs its length however old it is, and passes no gate. Null: it goes on. */
  until?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Result of `deployModel`. */
export type DeployModelPayload = {
  __typename?: 'DeployModelPayload';
  /** The deployment; null if refused. */
  deployment?: Maybe<Deployment>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A script to deploy: it is DEPLOYING until `reportDeployment`. Passes the gate DEPLOY_SCRIPT. */
export type DeployScriptInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** When it takes effect, now or in the past, not before the segment's start; a fraction of a second is cut. Null: now. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** Name of the hardware profile, as in the rate card. */
  hardware: Scalars['String']['input'];
  /** Number of replicas, 1 to 1,000; each is metered. */
  replicas?: Scalars['Int']['input'];
  /** The script. */
  scriptId: Scalars['ID']['input'];
  /** When it ended, after `at` and not after now; a fraction of a second is cut: what ran and is over is reported in one call, costs its length however old it is, and passes no gate. Null: it goes on. */
  until?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Result of `deployScript`. */
export type DeployScriptPayload = {
  __typename?: 'DeployScriptPayload';
  /** The script; null if refused. */
  script?: Maybe<Script>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** Something deployed: a model's deployment, a guardrail or a script. */
export type Deployable = Deployment | Guardrail | Script;

/** Which to list; every part given must fit. */
export type DeployableFilter = {
  /** Of these categories. */
  categories?: InputMaybe<Array<Category>>;
  /** Only what runs and costs something. */
  running?: Scalars['Boolean']['input'];
  /** Name, or that of its model, contains this, whatever the case; at most 100 characters. */
  search?: InputMaybe<Scalars['String']['input']>;
  /** One of these statuses; a model without deployment has none. */
  status?: InputMaybe<Array<DeployableStatus>>;
};

/** Something that runs or could be deployed. */
export type DeployableItem = {
  __typename?: 'DeployableItem';
  /** What it is: MODELS, GUARDRAILS or SCRIPTS. */
  category: Category;
  /** Credits used: its hosting, and inference that names the deployment; of a model without deployment, all that the model used. */
  creditsUsed: Scalars['Decimal']['output'];
  /** The model's deployment, the guardrail or the script; null: a model that has no deployment. */
  deployable?: Maybe<Deployable>;
  /**
   * For how many whole days at least nobody has used what runs, counted from its deployment at most, up to 28. Null: it does not run, costs nothing, or is a guardrail or
   * script whose use was never reported while the account is in use. Inference that names no deployment counts for all of its model.
   */
  idleDays?: Maybe<Scalars['Int']['output']>;
  /** Of a model, its type. */
  modelType?: Maybe<ModelType>;
  /** What all replicas together cost an hour; null while it does not run. */
  ratePerHour?: Maybe<Scalars['Decimal']['output']>;
  /** It, with its tags, owner and own id. */
  resource?: Maybe<Resource>;
  /** The model, guardrail or script. */
  resourceId: Scalars['ID']['output'];
  /** Its name. */
  resourceName: Scalars['String']['output'];
};

/** A page of what can be deployed. */
export type DeployableItemConnection = {
  __typename?: 'DeployableItemConnection';
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** The rows. */
  edges: Array<DeployableItemEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** The range that `creditsUsed` covers. */
  range: Range;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
  /** Sums over them. */
  totals: DeployableTotals;
};

/** A row of what can be deployed. */
export type DeployableItemEdge = {
  __typename?: 'DeployableItemEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** What stands there. */
  node: DeployableItem;
};

/** Order of what can be deployed. */
export type DeployableSort = {
  /** Which end comes first. */
  direction?: SortDirection;
  /** What to sort by. */
  field?: DeployableSortField;
};

/** What it is sorted by. */
export type DeployableSortField =
  /** Credits used within the range; needs USAGE_VIEW. */
  | 'CREDITS_USED'
  /** For how long nobody has used it, equally idle ones by what they cost; unknown comes last. Needs USAGE_VIEW. */
  | 'IDLE_DAYS'
  /** Name of the deployment, guardrail or script; of a model that has no deployment its own. */
  | 'NAME'
  /** What it costs an hour; what does not run comes last. */
  | 'RATE_PER_HOUR';

/** What state something is in that can be deployed: that of a deployment, guardrail or script. */
export type DeployableStatus =
  /** It runs, or waits for `reportDeployment`. */
  | 'DEPLOYED'
  /** A script that waits for `reportDeployment`. */
  | 'DEPLOYING'
  /** A script that failed or was stopped. */
  | 'DEPLOYMENT_FAILED'
  /** A script before its first deployment. */
  | 'DRAFT'
  /** A script that was undeployed. */
  | 'READY_TO_DEPLOY'
  /** A deployment of a model, or a guardrail, that does not run. */
  | 'UNDEPLOYED';

/** Sums over what the filter leaves, paging ignored. */
export type DeployableTotals = {
  __typename?: 'DeployableTotals';
  /** How many of them nobody has used for 7 days. */
  idle: Scalars['Int']['output'];
  /** What these cost an hour together. */
  idleRatePerHour: Scalars['Decimal']['output'];
  /** What they cost an hour together. */
  ratePerHour: Scalars['Decimal']['output'];
  /** How many run and cost something. */
  running: Scalars['Int']['output'];
};

/** A deployment of a model on hardware. */
export type Deployment = Node & {
  __typename?: 'Deployment';
  /** The account. */
  account?: Maybe<Account>;
  /** The account it belongs to. */
  accountId: Scalars['ID']['output'];
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Where it answers; null if not told. */
  endpoint?: Maybe<Scalars['String']['output']>;
  /** The platform's own id of it, unique within account and kind; null: none. */
  externalId?: Maybe<Scalars['String']['output']>;
  /** Name of the hardware profile, as in the rate card. */
  hardware: Scalars['String']['output'];
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Date of the last update: deployed, scaled, undeployed, reported or deleted. */
  lastUpdatedOn: Scalars['DateTime']['output'];
  /** That model. */
  model?: Maybe<Model>;
  /** The model deployed. */
  modelId: Scalars['ID']['output'];
  /** Name of the deployment. */
  name: Scalars['String']['output'];
  /** Whether it waits for `reportDeployment`; nothing is metered meanwhile. */
  pending: Scalars['Boolean']['output'];
  /** Credits per replica-hour in force since the last deploy or redeploy. */
  ratePerHour: Scalars['Decimal']['output'];
  /** Why it is not running; null unless it was stopped or failed. */
  reason?: Maybe<Scalars['String']['output']>;
  /** Number of replicas; each is metered. */
  replicas: Scalars['Int']['output'];
  /** Its status now. */
  status: DeploymentStatus;
  /** What the platform attached to it, by key. */
  tags: Array<Tag>;
  /** Open-source or fine-tuned. */
  type: DeploymentType;
  /** When its status, replicas or hardware, or what is said of it, last changed; `lastUpdatedOn` knows the first three alone. */
  updatedAt: Scalars['DateTime']['output'];
};

/** A change of a tool, a model's deployment, a guardrail or a script. Each comes once, in order. */
export type DeploymentChange = {
  __typename?: 'DeploymentChange';
  /** When it counts from; for a stop, the second in which the limit was reached. */
  at: Scalars['DateTime']['output'];
  /** What it is a change of. */
  category: Category;
  /** Resume after this event with it. */
  cursor: Scalars['Cursor']['output'];
  /** It, as it is when the frame is made. */
  deployment?: Maybe<Deployment>;
  /** The model's deployment; null for others. */
  deploymentId?: Maybe<Scalars['ID']['output']>;
  /** Where it answers; null if not told. */
  endpoint?: Maybe<Scalars['String']['output']>;
  /** Hardware profile or kind of CPU; null if none. */
  hardware?: Maybe<Scalars['String']['output']>;
  /** What happened. */
  kind: DeploymentChangeKind;
  /** Why it failed or was stopped; null otherwise. */
  reason?: Maybe<Scalars['String']['output']>;
  /** Replicas after the change; 0 when not running. */
  replicas: Scalars['Int']['output'];
  /** It, as it is when the frame is made: a cache that keeps objects by their id takes the change from it. Null once it is gone. */
  resource?: Maybe<Resource>;
  /** The tool, model, guardrail or script. */
  resourceId: Scalars['ID']['output'];
  /** Its name. */
  resourceName: Scalars['String']['output'];
  /** Number of the change in the account. */
  revision: Scalars['Long']['output'];
};

/** What happened to a resource. */
export type DeploymentChangeKind =
  /** It was deleted. */
  | 'DELETED'
  /** It was deployed, or deployed again. */
  | 'DEPLOYED'
  /** Its deployment failed. */
  | 'FAILED'
  /** A deployment was asked for and is pending. */
  | 'PENDING'
  /** It was registered or made. */
  | 'REGISTERED'
  /** Its number of replicas changed. */
  | 'SCALED'
  /** It was stopped at the negative limit. */
  | 'STOPPED'
  /** It was undeployed. */
  | 'UNDEPLOYED';

/** A page of a model's deployments. */
export type DeploymentConnection = {
  __typename?: 'DeploymentConnection';
  /** The rows. */
  edges: Array<DeploymentEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
};

/** A row of the drill-down: the deployment, and its figures within the range. */
export type DeploymentEdge = {
  __typename?: 'DeploymentEdge';
  /** Credits consumed by it: hosting, and the inference that names it. */
  creditsUsed: Scalars['Decimal']['output'];
  /** `creditsUsed` compared. */
  creditsUsedChange?: Maybe<Change>;
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** The deployment as it is now. */
  node: Deployment;
};

/** Which deployments to list; every part given must fit. */
export type DeploymentFilter = {
  /** Name contains this, whatever the case; at most 100 characters. */
  search?: InputMaybe<Scalars['String']['input']>;
  /** One of these statuses. */
  status?: InputMaybe<Array<DeploymentStatus>>;
};

/** A frame of `deploymentChanges`. */
export type DeploymentFrame = DeploymentChange | DeploymentSnapshot;

/** How a pending deployment went. */
export type DeploymentOutcome =
  /** It runs; metering starts. */
  | 'DEPLOYED'
  /** It failed; a script becomes DEPLOYMENT_FAILED, a model or guardrail UNDEPLOYED. */
  | 'FAILED';

/** The state to start from: comes first without a cursor, and when events after the cursor are no longer kept. */
export type DeploymentSnapshot = {
  __typename?: 'DeploymentSnapshot';
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** Events after this snapshot follow. */
  cursor: Scalars['Cursor']['output'];
  /** Everything that is deployed or pending, at most 10,000. */
  deployed: Array<Deployable>;
};

/** Order of deployments; equal ones by id. */
export type DeploymentSort = {
  /** Which end comes first. */
  direction?: SortDirection;
  /** What to sort by. */
  field?: DeploymentSortField;
};

/** What deployments are sorted by. */
export type DeploymentSortField =
  /** Credits used within the range; needs USAGE_VIEW. */
  | 'CREDITS_USED'
  /** Date of the last update. */
  | 'LAST_UPDATED_ON'
  /** Name. */
  | 'NAME'
  /** Status. */
  | 'STATUS';

/** Status of a model's deployment. */
export type DeploymentStatus =
  /** Deleted; stays listed. */
  | 'DELETED'
  /** Running and metered. */
  | 'DEPLOYED'
  /** Not running; also while pending. */
  | 'UNDEPLOYED';

/** Type of a deployment: that of its model. */
export type DeploymentType =
  /** Of a fine-tuned model. */
  | 'FINE_TUNED'
  /** Of a base model. */
  | 'OPEN_SOURCE';

/** A banner to dismiss for the calling user; covers all lower steps of the meter. */
export type DismissBannerInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** The banner, by its id. */
  bannerId: Scalars['ID']['input'];
};

/** Result of `dismissBanner`. */
export type DismissBannerPayload = {
  __typename?: 'DismissBannerPayload';
  /** The banners left; null if refused. */
  banners?: Maybe<BannerList>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** Which documents a token may send. */
export type DocumentsPolicy =
  /** Any document, within the limits of cost. */
  | 'ANY'
  /** Registered documents only. */
  | 'TRUSTED';

/** A length of time as the page shows it: exact seconds added, then floored to hours and minutes (rules §6). */
export type Duration = {
  __typename?: 'Duration';
  /** Whole hours. */
  hours: Scalars['Long']['output'];
  /** Whole minutes beyond the hours, 0 to 59. */
  minutes: Scalars['Int']['output'];
  /** Exact seconds. */
  seconds: Scalars['Long']['output'];
};

/** An e-mail to one recipient. */
export type Email = Node & {
  __typename?: 'Email';
  /** Attempts made so far. */
  attempts: Scalars['Int']['output'];
  /** When it was written. */
  createdAt: Scalars['DateTime']['output'];
  /** Body as HTML; show it in a sandbox. */
  html: Scalars['String']['output'];
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** What it is about. */
  kind: EmailKind;
  /** What the last attempt failed by, or why it was skipped; null if neither. */
  lastError?: Maybe<Scalars['String']['output']>;
  /** The Message-ID header, the same on every attempt. */
  messageId: Scalars['String']['output'];
  /** The meter it speaks of; null if none. */
  meter?: Maybe<Meter>;
  /** Recipient's address: the one that it was sent to, or is to be. */
  recipient: Scalars['String']['output'];
  /** When it was sent; null if it was not. */
  sentAt?: Maybe<Scalars['DateTime']['output']>;
  /** How far it got. */
  state: EmailState;
  /** The percent step of a STEP mail; null otherwise. */
  step?: Maybe<Scalars['Int']['output']>;
  /** Subject. */
  subject: Scalars['String']['output'];
  /** Body as text. */
  text: Scalars['String']['output'];
  /** When it was written, attempted or given up, whichever was last. */
  updatedAt: Scalars['DateTime']['output'];
};

/** E-mails of an account, latest first. */
export type EmailConnection = {
  __typename?: 'EmailConnection';
  /** The rows. */
  edges: Array<EmailEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
};

/** A row of `EmailConnection`. */
export type EmailEdge = {
  __typename?: 'EmailEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** What stands in the row. */
  node: Email;
};

/** Which e-mails to list; every part given must fit. */
export type EmailFilter = {
  /** One of these kinds. */
  kinds?: InputMaybe<Array<EmailKind>>;
  /** Written in this range; null: ever. */
  range?: InputMaybe<RangeInput>;
  /** One of these states. */
  states?: InputMaybe<Array<EmailState>>;
};

/** What an e-mail is about. */
export type EmailKind =
  /** A grant ended with something left. */
  | 'GRANT_EXPIRED'
  /** A grant with something left ends in 14 or in 3 days; a shorter one is announced at once. */
  | 'GRANT_EXPIRING'
  /** Credits fell below the low-credit limit while guardrails or scripts run. */
  | 'LOW_LIMIT'
  /** The negative limit was reached. */
  | 'NEGATIVE_LIMIT'
  /** A script was deployed. */
  | 'SCRIPT_DEPLOYED'
  /** The deployment of a script failed. */
  | 'SCRIPT_FAILED'
  /** A script was undeployed. */
  | 'SCRIPT_UNDEPLOYED'
  /** A percent step was reached. */
  | 'STEP'
  /** Deployments were stopped. */
  | 'STOPPED'
  /** An API token of the account ends in 14 or in 3 days. */
  | 'TOKEN_EXPIRING'
  /** Nothing remains. */
  | 'ZERO';

/** What an e-mail says, once for all who got it. */
export type EmailMessage = {
  __typename?: 'EmailMessage';
  /** The first 100 of them, in the order in which they were written. */
  copies: Array<Email>;
  /** How many e-mails it went out as: one for each recipient. */
  copyCount: Scalars['Int']['output'];
  /** When it was written. */
  createdAt: Scalars['DateTime']['output'];
  /** Body as HTML; show it in a sandbox. */
  html: Scalars['String']['output'];
  /** What it is about. */
  kind: EmailKind;
  /** The meter it speaks of; null if none. */
  meter?: Maybe<Meter>;
  /** The percent step of a STEP mail; null otherwise. */
  step?: Maybe<Scalars['Int']['output']>;
  /** Subject. */
  subject: Scalars['String']['output'];
  /** Body as text. */
  text: Scalars['String']['output'];
};

/** A page of `emailMessages`. */
export type EmailMessageConnection = {
  __typename?: 'EmailMessageConnection';
  /** The rows. */
  edges: Array<EmailMessageEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
};

/** A row of `EmailMessageConnection`. */
export type EmailMessageEdge = {
  __typename?: 'EmailMessageEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** What stands in the row. */
  node: EmailMessage;
};

/** How far an e-mail got. */
export type EmailState =
  /** Given up after the last attempt. */
  | 'DEAD'
  /** Not sent: a mail about the same step of the same meter had gone out shortly before. */
  | 'HELD_BACK'
  /** Waits for its turn or for another attempt. */
  | 'QUEUED'
  /** Taken over by the mail server. */
  | 'SENT'
  /** Not sent: when it was to be, its recipient was no administrator or billing contact any more. */
  | 'SKIPPED'
  /** Kept to read, never sent: no mail server is configured, or the data is for show. */
  | 'STORED';

/** Which events to list; every part given must fit. */
export type EventFilter = {
  /** By this API key; an empty text is an event that names none. */
  apiKey?: InputMaybe<Scalars['String']['input']>;
  /** One of these kinds: TOOL_RUN, INFERENCE. */
  kinds?: InputMaybe<Array<UsageKind>>;
  /** Of this tool or model. */
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  /** Of this source; an empty text fits nothing. */
  source?: InputMaybe<Scalars['String']['input']>;
  /** Only those that count, or those that were taken back; null: both. */
  status?: InputMaybe<EventStatus>;
  /** With all of these tags, at most 10. */
  tags?: InputMaybe<Array<TagInput>>;
  /** For this user; an empty text is an event that names none. */
  user?: InputMaybe<Scalars['String']['input']>;
};

/** The identity of an event within its account (rules §10). What is missing is refused item by item. */
export type EventIdentityInput = {
  /** The event's id within its source. Required. */
  id?: InputMaybe<Scalars['String']['input']>;
  /** Who said so. Required. */
  source?: InputMaybe<Scalars['String']['input']>;
  /** When it happened, to the microsecond. Required. */
  time?: InputMaybe<Scalars['DateTime']['input']>;
};

/** What has become of a stored event. */
export type EventStatus =
  /** It counts. */
  | 'STORED'
  /** It was taken back; its identity stays taken. */
  | 'VOIDED';

/** What a fine-tuning job would cost, and whether it may start now. */
export type FineTuningEstimate = {
  __typename?: 'FineTuningEstimate';
  /** Credits charged at the start; null if the model or method cannot be had. */
  charge?: Maybe<Scalars['Decimal']['output']>;
  /** Whether the balance allows it. */
  decision: Decision;
  /** Why it cannot be had: size unknown or above 8B, or the method does not fit the size; null if it can. */
  unsupported?: Maybe<Scalars['String']['output']>;
};

/** Factor of a GPU. */
export type FineTuningGpuRateInput = {
  /** Its factor, above 0. */
  factor: Scalars['Decimal']['input'];
  /** The GPU: its name. */
  gpu: Scalars['String']['input'];
};

/** GPU that a fine-tuning job runs on. */
export type FineTuningHardware =
  /** NVIDIA A10G. */
  | 'A10G'
  /** NVIDIA A100. */
  | 'A100'
  /** NVIDIA L4. */
  | 'L4'
  /** NVIDIA L40S. */
  | 'L40S'
  /** Another one of the rate card: see `gpu`. Never in an input. */
  | 'OTHER'
  /** NVIDIA T4. */
  | 'T4';

/** Factor of a GPU in the price of fine-tuning. */
export type FineTuningHardwareRate = {
  __typename?: 'FineTuningHardwareRate';
  /** Its factor. */
  factor: Scalars['Decimal']['output'];
  /** The GPU: its name. */
  gpu: Scalars['String']['output'];
  /**
   * The GPU.
   * @deprecated `OTHER` for a GPU that this list does not have. Use `gpu`.
   */
  hardware: FineTuningHardware;
};

/** A fine-tuning job. */
export type FineTuningJob = Node & {
  __typename?: 'FineTuningJob';
  /** The account. */
  account?: Maybe<Account>;
  /** The account. */
  accountId: Scalars['ID']['output'];
  /** That model. */
  baseModel?: Maybe<Model>;
  /** The model that it starts from. */
  baseModelId: Scalars['ID']['output'];
  /** Credits charged at the start. */
  charge: Scalars['Decimal']['output'];
  /** `startedAt`, by the name that other types give it. */
  createdAt: Scalars['DateTime']['output'];
  /** When it ended; null while running. */
  endedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Passes over them. */
  epochs: Scalars['Int']['output'];
  /** GPU that it runs on, by its name on the rate card. */
  gpu: Scalars['String']['output'];
  /**
   * GPU that it runs on.
   * @deprecated `OTHER` for a GPU that this list does not have. Use `gpu`.
   */
  hardware: FineTuningHardware;
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Method. */
  method: FineTuningMethod;
  /** The FINE_TUNED model that it makes, and that its credits are charged to. */
  model: Model;
  /** Tokens processed, epochs counted; null while running. */
  processedTokens?: Maybe<Scalars['Long']['output']>;
  /** Why it failed or was stopped; null if not told. */
  reason?: Maybe<Scalars['String']['output']>;
  /** Credits refunded at the end. */
  refunded: Scalars['Decimal']['output'];
  /** When it started. */
  startedAt: Scalars['DateTime']['output'];
  /** Its state. */
  state: FineTuningState;
  /** Tokens of training data. */
  trainingTokens: Scalars['Long']['output'];
  /** When its state last changed: `endedAt`, or `startedAt` while it runs. */
  updatedAt: Scalars['DateTime']['output'];
};

/** Fine-tuning jobs of an account, latest first. */
export type FineTuningJobConnection = {
  __typename?: 'FineTuningJobConnection';
  /** The rows. */
  edges: Array<FineTuningJobEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
};

/** A row of `FineTuningJobConnection`. */
export type FineTuningJobEdge = {
  __typename?: 'FineTuningJobEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** What stands in the row. */
  node: FineTuningJob;
};

/** Method of fine-tuning (rules §7). */
export type FineTuningMethod =
  /** All weights; below 1B. */
  | 'FULL'
  /** Low-rank adapters; below 5B. */
  | 'LORA'
  /** Quantised low-rank adapters; below 1B to 8B. */
  | 'QLORA';

/** Factor of a method in the price of fine-tuning. */
export type FineTuningMethodRate = {
  __typename?: 'FineTuningMethodRate';
  /** Its factor. */
  factor: Scalars['Decimal']['output'];
  /** The method. */
  method: FineTuningMethod;
};

/** Factor of a method. */
export type FineTuningMethodRateInput = {
  /** Its factor, above 0. */
  factor: Scalars['Decimal']['input'];
  /** The method. */
  method: FineTuningMethod;
};

/** How a fine-tuning job ended. */
export type FineTuningOutcome =
  /** It ran to its end; nothing is refunded. */
  | 'COMPLETED'
  /** It failed; the unprocessed share is refunded. */
  | 'FAILED'
  /** It was stopped; the unprocessed share is refunded. */
  | 'STOPPED';

/** Price of fine-tuning: `trainingTokens / 1e6 × epochs × size × method × hardware`. */
export type FineTuningRates = {
  __typename?: 'FineTuningRates';
  /** Factors of hardware. */
  hardware: Array<FineTuningHardwareRate>;
  /** Factors of method. */
  methods: Array<FineTuningMethodRate>;
  /** Factors of size. */
  sizes: Array<FineTuningSize>;
};

/** Price of fine-tuning. */
export type FineTuningRatesInput = {
  /** Factors of GPUs. */
  hardware: Array<FineTuningGpuRateInput>;
  /** Factors of method. */
  methods: Array<FineTuningMethodRateInput>;
  /** Factors of size. */
  sizes: Array<FineTuningSizeInput>;
};

/** Factor of a class of model sizes in the price of fine-tuning. */
export type FineTuningSize = {
  __typename?: 'FineTuningSize';
  /** Credits per million tokens before the other factors. */
  factor: Scalars['Decimal']['output'];
  /** Smallest size in billions of parameters. */
  fromBillions: Scalars['Decimal']['output'];
  /** Methods to be had. */
  methods: Array<FineTuningMethod>;
  /** Where the class ends, in billions of parameters. */
  toBillions: Scalars['Decimal']['output'];
  /** Whether `toBillions` itself belongs to the class. */
  toIncluded: Scalars['Boolean']['output'];
};

/** A class of model sizes for fine-tuning. Classes begin at 0 and follow each other without a gap. */
export type FineTuningSizeInput = {
  /** Credits per million tokens before the other factors. */
  factor: Scalars['Decimal']['input'];
  /** Smallest size in billions of parameters. */
  fromBillions: Scalars['Decimal']['input'];
  /** Methods to be had. */
  methods: Array<FineTuningMethod>;
  /** Where the class ends, in billions of parameters. */
  toBillions: Scalars['Decimal']['input'];
  /** Whether `toBillions` itself belongs to the class. */
  toIncluded?: Scalars['Boolean']['input'];
};

/** State of a fine-tuning job. */
export type FineTuningState =
  /** Ran to its end. */
  | 'COMPLETED'
  /** Failed; the unprocessed share was refunded. */
  | 'FAILED'
  /** Running; charged in full. */
  | 'RUNNING'
  /** Stopped; the unprocessed share was refunded. */
  | 'STOPPED';

/** The end of a fine-tuning job. A repeat with the same content returns the first result. */
export type FinishFineTuningInput = {
  /** The job. */
  jobId: Scalars['ID']['input'];
  /** How it ended. */
  outcome: FineTuningOutcome;
  /** Tokens processed, epochs counted, 0 to `trainingTokens × epochs`; required unless COMPLETED. */
  processedTokens?: InputMaybe<Scalars['Long']['input']>;
  /** Why it failed or was stopped, at most 1,000 characters; null: not told. */
  reason?: InputMaybe<Scalars['String']['input']>;
};

/** Result of `finishFineTuning`. */
export type FinishFineTuningPayload = {
  __typename?: 'FinishFineTuningPayload';
  /** Status after the commit; null if refused. */
  creditStatus?: Maybe<CreditStatus>;
  /** The job; null if refused. */
  job?: Maybe<FineTuningJob>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** Where both meters lead if use goes on as in the last weeks and nobody grants anything but the plan. That grants expire, debt is carried and cycles renew is counted. */
export type Forecast = {
  __typename?: 'Forecast';
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** Model credits. */
  credits: MeterForecast;
  /** Opaque global id of the forecast of the account, for caches of clients. Not for `node`. */
  id: Scalars['ID']['output'];
  /** Tool runs. */
  runs: MeterForecast;
};

/** How sure a forecast is (docs/forecast.md). */
export type ForecastConfidence =
  /** Four weeks are known, and they hardly differ. */
  | 'HIGH'
  /** Few days are known, or weeks differ much. */
  | 'LOW'
  /** Two weeks or more are known, and they differ somewhat. */
  | 'MEDIUM'
  /** Fewer than three days are known: nothing is foretold. */
  | 'TOO_LITTLE_DATA';

/** Credits or runs given to an account. Immutable; usable in [grantedAt, expiresAt). */
export type Grant = Node & {
  __typename?: 'Grant';
  /** The account. */
  account?: Maybe<Account>;
  /** The account it was given to. */
  accountId: Scalars['ID']['output'];
  /** What was granted, credits or runs. */
  amount: Scalars['Decimal']['output'];
  /** The same, by the name that other types give it. */
  createdAt: Scalars['DateTime']['output'];
  /** What expired unused. */
  expired: Scalars['Decimal']['output'];
  /** Until when it counts; null: forever. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** From when it counts. */
  grantedAt: Scalars['DateTime']['output'];
  /** Who granted it. */
  grantedBy: Actor;
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Kind. */
  kind: GrantKind;
  /** Which meter it fills. */
  meter: Meter;
  /** Support's reference; null where Usagegraph granted by itself. */
  reference?: Maybe<Scalars['String']['output']>;
  /** What it can still give. */
  remaining: Scalars['Decimal']['output'];
  /** When it stopped to count in the allocation; null while it is live. */
  retiredAt?: Maybe<Scalars['DateTime']['output']>;
  /** What it gave, by category; categories that got nothing are left out. */
  slices: Array<CategoryUsage>;
  /** What a correction took back. */
  takenBack: Scalars['Decimal']['output'];
  /** When it was granted, corrected or retired, whichever was last. What it gave does not move it: while something is hosted, that is every second. */
  updatedAt: Scalars['DateTime']['output'];
  /** What it gave so far. */
  used: Scalars['Decimal']['output'];
};

/** Grants of an account, latest first. */
export type GrantConnection = {
  __typename?: 'GrantConnection';
  /** The rows. */
  edges: Array<GrantEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
};

/** Credits or runs for an account. */
export type GrantCreditsInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Credits or whole runs, above 0. */
  amount: Scalars['Decimal']['input'];
  /** Exclusive end, in the future; a fraction of a second is cut. Null: 12 months for TOP_UP, the term of free grants (90 days unless configured otherwise) for FREE, never for ADJUSTMENT. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** 1 to 128 characters. A repeat with the same content returns the first result. */
  idempotencyKey: Scalars['String']['input'];
  /** FREE, as a new account's; TOP_UP, bought; or ADJUSTMENT, which retires no finished grant and is audited as a correction, as `adjustCredits` upwards. PLAN is refused: such grants come with the plan. */
  kind?: GrantKind;
  /** Which meter. */
  meter: Meter;
  /** Support's reference, 1 to 200 characters. */
  reference: Scalars['String']['input'];
};

/** Result of `grantCredits`. */
export type GrantCreditsPayload = {
  __typename?: 'GrantCreditsPayload';
  /** Status after the commit; null if refused. */
  creditStatus?: Maybe<CreditStatus>;
  /** The grant; null if refused. */
  grant?: Maybe<Grant>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A row of `GrantConnection`. */
export type GrantEdge = {
  __typename?: 'GrantEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** What stands in the row. */
  node: Grant;
};

/** Which grants to list; every part given must fit. */
export type GrantFilter = {
  /** One of these kinds. */
  kinds?: InputMaybe<Array<GrantKind>>;
  /** True: live ones only; false: retired ones only; null: both. */
  live?: InputMaybe<Scalars['Boolean']['input']>;
  /** Of this meter. */
  meter?: InputMaybe<Meter>;
};

/** Kind of a grant (rules §2). */
export type GrantKind =
  /** A correction, or what came back from a retired or expired grant. */
  | 'ADJUSTMENT'
  /** Given to a new account. */
  | 'FREE'
  /** Of the plan, to the cycle's end. */
  | 'PLAN'
  /** Bought through Support. */
  | 'TOP_UP';

/** Width of a chart's buckets in the time zone given. */
export type Granularity =
  /** A local day: 23, 24 or 25 hours. */
  | 'DAY'
  /** One hour; kept 25 months. */
  | 'HOUR'
  /** One minute; kept 400 days. */
  | 'MINUTE'
  /** A local calendar month. */
  | 'MONTH'
  /** A local quarter of the calendar year. */
  | 'QUARTER'
  /** A local week from Monday. */
  | 'WEEK'
  /** A local calendar year. */
  | 'YEAR';

/** A guardrail. Its credits come from the model credits of the account. */
export type Guardrail = Node & Resource & {
  __typename?: 'Guardrail';
  /** The account. */
  account?: Maybe<Account>;
  /** The account it belongs to. */
  accountId: Scalars['ID']['output'];
  /** Kind of CPU, by its name on the rate card; null for one that costs nothing. */
  cpu?: Maybe<Scalars['String']['output']>;
  /** CPUs of each replica; 0 for one that costs nothing. */
  cpuCount: Scalars['Int']['output'];
  /**
   * Kind of CPU; null for one that costs nothing.
   * @deprecated `OTHER` for a kind that this list does not have. Use `cpu`.
   */
  cpuType?: Maybe<CpuType>;
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** The platform's own id of it, unique within account and kind; null: none. */
  externalId?: Maybe<Scalars['String']['output']>;
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Date of the most recent deployment; null: never. */
  lastDeployedOn?: Maybe<Scalars['DateTime']['output']>;
  /** When it was last used, as `reportUse` says; null: that was never said. */
  lastUsedOn?: Maybe<Scalars['DateTime']['output']>;
  /** Guardrail or scanner name. */
  name: Scalars['String']['output'];
  /** The detail panel: hardware used within the range. */
  panel: GuardrailPanel;
  /** Whether it waits for `reportDeployment`; nothing is metered meanwhile. */
  pending: Scalars['Boolean']['output'];
  /** Credits per replica-hour in force since the last deploy or redeploy. */
  ratePerHour: Scalars['Decimal']['output'];
  /** Why it is not running; null unless it was stopped or failed. */
  reason?: Maybe<Scalars['String']['output']>;
  /** Number of replicas; each is metered. */
  replicas: Scalars['Int']['output'];
  /**
   * What it scans for.
   * @deprecated `OTHER` for a scanner that this list does not have. Use `scannerKey`.
   */
  scanner: Scanner;
  /** What it scans for: the scanner's key on the rate card. */
  scannerKey: Scalars['String']['output'];
  /** Its status now. */
  status: GuardrailStatus;
  /** What the platform attached to it, by key. */
  tags: Array<Tag>;
  /** When its status, or what is said of it, last changed; `createdAt` where neither has. */
  updatedAt: Scalars['DateTime']['output'];
};


/** A guardrail. Its credits come from the model credits of the account. */
export type GuardrailPanelArgs = {
  range?: InputMaybe<RangeInput>;
};

/** A page of the Guardrails tab. */
export type GuardrailConnection = {
  __typename?: 'GuardrailConnection';
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** The range compared with; null where nothing is compared. */
  comparedRange?: Maybe<Range>;
  /** The rows. */
  edges: Array<GuardrailEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** The range that the figures cover. */
  range: Range;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
  /** Sums over them. */
  totals: GuardrailTotals;
};

/** A row of the Guardrails tab: the guardrail, and its figures within the range. */
export type GuardrailEdge = {
  __typename?: 'GuardrailEdge';
  /**
   * The older name of `creditsUsed`.
   * @deprecated Use `creditsUsed`.
   */
  credits: Scalars['Decimal']['output'];
  /**
   * The older name of `creditsUsedChange`.
   * @deprecated Use `creditsUsedChange`.
   */
  creditsChange?: Maybe<Change>;
  /** Credits used to deploy it. */
  creditsUsed: Scalars['Decimal']['output'];
  /** `creditsUsed` compared. */
  creditsUsedChange?: Maybe<Change>;
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** The guardrail as it is now. */
  node: Guardrail;
  /** Wall-clock time it was deployed. */
  time: Duration;
  /** `time` compared, in seconds. */
  timeChange?: Maybe<Change>;
};

/** Which guardrails to list; every part given must fit. */
export type GuardrailFilter = {
  /** Name contains this, whatever the case; at most 100 characters. */
  search?: InputMaybe<Scalars['String']['input']>;
  /** One of these statuses. */
  status?: InputMaybe<Array<GuardrailStatus>>;
};

/** One kind of hardware that a guardrail used. */
export type GuardrailHardware = {
  __typename?: 'GuardrailHardware';
  /** Kind of CPU, by its name on the rate card. */
  cpu: Scalars['String']['output'];
  /** CPUs of each replica. */
  cpuCount: Scalars['Int']['output'];
  /**
   * Kind of CPU.
   * @deprecated `OTHER` for a kind that this list does not have. Use `cpu`.
   */
  cpuType: CpuType;
  /** Credits used. */
  credits: Scalars['Decimal']['output'];
  /** Wall-clock time used. */
  duration: Duration;
  /** Seconds times replicas: what was metered. */
  replicaSeconds: Scalars['Long']['output'];
};

/** The detail panel of a guardrail. */
export type GuardrailPanel = {
  __typename?: 'GuardrailPanel';
  /** A row for each kind of hardware used, most credits first; empty for one that costs nothing. */
  hardware: Array<GuardrailHardware>;
  /** Guardrail name. */
  name: Scalars['String']['output'];
  /** The range covered. */
  range: Range;
  /** Credits of all rows. */
  total: Scalars['Decimal']['output'];
};

/** Order of guardrails; equal ones by id. */
export type GuardrailSort = {
  /** Which end comes first. */
  direction?: SortDirection;
  /** What to sort by. */
  field?: GuardrailSortField;
};

/** What guardrails are sorted by. */
export type GuardrailSortField =
  /** Credits used within the range; needs USAGE_VIEW. */
  | 'CREDITS'
  /** Date of the most recent deployment; never comes last. */
  | 'LAST_DEPLOYED_ON'
  /** Name. */
  | 'NAME'
  /** Status. */
  | 'STATUS'
  /** Time deployed within the range; needs USAGE_VIEW. */
  | 'TIME';

/** Status of a guardrail. */
export type GuardrailStatus =
  /** Deleted; stays listed. */
  | 'DELETED'
  /** Running and metered. */
  | 'DEPLOYED'
  /** Not running; also while pending. */
  | 'UNDEPLOYED';

/** Sums over the guardrails that the filter leaves, paging ignored, within the range. */
export type GuardrailTotals = {
  __typename?: 'GuardrailTotals';
  /** Wall-clock time deployed, each guardrail's added. */
  time: Duration;
  /** `time` compared, in seconds. */
  timeChange?: Maybe<Change>;
  /** Credits used by them. */
  totalCredits: Scalars['Decimal']['output'];
  /** `totalCredits` compared. */
  totalCreditsChange?: Maybe<Change>;
  /** Number of guardrails. */
  totalGuardrails: Scalars['Int']['output'];
};

/** A machine that models or scripts run on. */
export type HardwareProfile = {
  __typename?: 'HardwareProfile';
  /** What runs on it: MODELS or SCRIPTS. */
  category: Category;
  /** Kind of GPU; null without. */
  gpu?: Maybe<Scalars['String']['output']>;
  /** Number of GPUs; 0 without. */
  gpuCount: Scalars['Int']['output'];
  /** Memory in GB; null for model hardware. */
  memoryGb?: Maybe<Scalars['Int']['output']>;
  /** Name to deploy with, such as `g5.xlarge`. */
  name: Scalars['String']['output'];
  /** Credits per replica-hour. */
  ratePerHour: Scalars['Decimal']['output'];
  /** Virtual CPUs; null for model hardware, which is sold by GPU. */
  vcpus?: Maybe<Scalars['Int']['output']>;
};

/** Something that the account could do about what it uses. */
export type Hint = {
  __typename?: 'Hint';
  /** What to do about it. */
  action: HintAction;
  /** Id to do it with: of the deployment, script or tool. */
  actionId: Scalars['ID']['output'];
  /** What the resource is. */
  category: Category;
  /** What it cost in the days without use, up to those asked about, at its present replicas: IDLE_DEPLOYMENT. */
  cost?: Maybe<Scalars['Decimal']['output']>;
  /** That deployment, as it is now. */
  deployment?: Maybe<Deployment>;
  /** The model's deployment; null for others. */
  deploymentId?: Maybe<Scalars['ID']['output']>;
  /** Its name. */
  deploymentName?: Maybe<Scalars['String']['output']>;
  /** Profile to deploy on: REDEPLOY_SCRIPT. */
  hardware?: Maybe<Scalars['String']['output']>;
  /** What it is about. */
  kind: HintKind;
  /** The day of UTC on which it was used last, as it began; null: not within 28 days. IDLE_DEPLOYMENT and SPARE_REPLICAS. */
  lastUsedOn?: Maybe<Scalars['DateTime']['output']>;
  /** Replicas to scale to: SCALE_DEPLOYMENT. */
  replicas?: Maybe<Scalars['Int']['output']>;
  /** It, as it is now. */
  resource?: Maybe<Resource>;
  /** The model, script or tool. */
  resourceId: Scalars['ID']['output'];
  /** Its name. */
  resourceName: Scalars['String']['output'];
  /** Runs on the last 7 whole days of UTC: RISING_TOOL. */
  runs?: Maybe<Scalars['Long']['output']>;
  /** Runs on the 7 days before: RISING_TOOL. */
  runsBefore?: Maybe<Scalars['Long']['output']>;
  /** Credits a day that it saves; null for tools, whose runs cost no credits. */
  savingPerDay?: Maybe<Scalars['Decimal']['output']>;
};

/** What a hint proposes to do. */
export type HintAction =
  /** `redeployScript` with the script's id and `hardware`. */
  | 'REDEPLOY_SCRIPT'
  /** To look at who runs the tool: `usage` grouped by time, filtered by its id. */
  | 'REVIEW_TOOL'
  /** `scaleDeployment` with the deployment's id and `replicas`. */
  | 'SCALE_DEPLOYMENT'
  /** `undeployModel` with the deployment's id. */
  | 'UNDEPLOY_MODEL';

/** What a hint is about. */
export type HintKind =
  /** A script on a profile that costs more than another one with as many CPUs and as much memory, such as 2 / 4 beside 2 / 8. */
  | 'CHEAPER_HARDWARE'
  /** A model's deployment that runs and is not used: no inference has named it, nor its model without naming a deployment. */
  | 'IDLE_DEPLOYMENT'
  /** A tool whose runs rose among the most from one week to the next. */
  | 'RISING_TOOL'
  /** A model's deployment with more replicas than its busiest quarter-hour of 7 days needs, by the most that one of them has served in a quarter-hour of 14 days. */
  | 'SPARE_REPLICAS';

/** What an account could save, the most first, then the tools that rose most. */
export type HintList = {
  __typename?: 'HintList';
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** At most 20 of hosting and 3 of tools. */
  hints: Array<Hint>;
  /** Sum of the savings listed, credits a day. */
  savingPerDay: Scalars['Decimal']['output'];
};

/** What hosting would cost, and whether it may start now. */
export type HostingEstimate = {
  __typename?: 'HostingEstimate';
  /** Whether the balance allows it. */
  decision: Decision;
  /** Where all hosting, this included, would lead. */
  outlook: HostingOutlook;
  /** Credits in 24 hours. */
  perDay: Scalars['Decimal']['output'];
  /** Credits in 30 days. */
  perThirtyDays: Scalars['Decimal']['output'];
  /** Credits an hour for all replicas, by the rate card in force. */
  ratePerHour: Scalars['Decimal']['output'];
};

/** What running hosting, without any other use, does to the credits; counts that grants end and that the plan renews with each cycle, not what Support may grant. */
export type HostingOutlook = {
  __typename?: 'HostingOutlook';
  /** When nothing remains; null if nothing does, or it will not within a year. */
  exhaustedAt?: Maybe<Scalars['DateTime']['output']>;
  /** When credits fall below the low-credit limit; null if they are, or will not within a year. */
  lowAt?: Maybe<Scalars['DateTime']['output']>;
  /** Credits an hour of everything that runs now. */
  ratePerHour: Scalars['Decimal']['output'];
  /** When the negative limit is reached and everything stops; null if it is, or will not within a year. */
  stopAt?: Maybe<Scalars['DateTime']['output']>;
};

/** A segment: a time in which a deployment ran on one hardware with one number of replicas, `[start, end)` in whole seconds (rules §6). */
export type HostingSegment = {
  __typename?: 'HostingSegment';
  /** What the resource is: MODELS, GUARDRAILS or SCRIPTS. */
  category: Category;
  /** CPUs of each replica of a guardrail; 0 for others. */
  cpuCount: Scalars['Int']['output'];
  /** What they cost, all replicas together; with those of all segments this is what was used for hosting within the range. */
  credits: Scalars['Decimal']['output'];
  /** It, as it is now. */
  deployment?: Maybe<Deployment>;
  /** The model's deployment; null for others. */
  deploymentId?: Maybe<Scalars['ID']['output']>;
  /** Its end, exclusive; null while it runs. */
  end?: Maybe<Scalars['DateTime']['output']>;
  /** Name of the hardware profile or kind of CPU; empty for what costs nothing. */
  hardware: Scalars['String']['output'];
  /** Credits per replica-hour. */
  ratePerHour: Scalars['Decimal']['output'];
  /** Number of replicas; each is metered. */
  replicas: Scalars['Int']['output'];
  /** It, as it is now. Null once it is gone. */
  resource?: Maybe<Resource>;
  /** The model, guardrail or script. */
  resourceId: Scalars['ID']['output'];
  /** Seconds of it that lie within the range, up to now. */
  seconds: Scalars['Long']['output'];
  /** Its first second. */
  start: Scalars['DateTime']['output'];
  /** Whether the negative limit ended it. */
  stopped: Scalars['Boolean']['output'];
};

/** Segments of hosting, latest first. */
export type HostingSegmentConnection = {
  __typename?: 'HostingSegmentConnection';
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** The rows. */
  edges: Array<HostingSegmentEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** The range that the figures cover. */
  range: Range;
  /** Number of rows in all. */
  totalCount: Scalars['Int']['output'];
};

/** A row with its place in the order. */
export type HostingSegmentEdge = {
  __typename?: 'HostingSegmentEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** The segment. */
  node: HostingSegment;
};

/** State of the clock icon, by the remaining share of credits (rules §4). */
export type Icon =
  /** More than 75% remaining. */
  | 'GREEN'
  /** Less than 25% remaining, but more than 0. */
  | 'RED'
  /** Nothing remaining, or nothing allotted. */
  | 'TRIANGLE'
  /** 25% to 75% remaining, both included. */
  | 'YELLOW';

/** How a project is imported in the present zone. */
export type ImportMode =
  /** As it is, with deploying disabled. */
  | 'DEPLOYING_DISABLED'
  /** As drafts only. */
  | 'DRAFTS_ONLY'
  /** As it is. */
  | 'NORMAL';

/** Price of tokens for models without rates of their own. */
export type InferenceRate = {
  __typename?: 'InferenceRate';
  /** Credits per million input tokens read from a cache; the input's rate unless the card names one. */
  cacheReadRate: Scalars['Decimal']['output'];
  /** Credits per million input tokens written to a cache, likewise. */
  cacheWriteRate: Scalars['Decimal']['output'];
  /** Credits per million input tokens. */
  inputRate: Scalars['Decimal']['output'];
  /** Credits per million output tokens. */
  outputRate: Scalars['Decimal']['output'];
  /** Credits per million output tokens spent on reasoning; the output's rate unless the card names one. */
  reasoningRate: Scalars['Decimal']['output'];
};

/** Price of tokens, credits per million. */
export type InferenceRateInput = {
  /** Of input tokens read from a cache; null: `inputRate`. */
  cacheReadRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** Of input tokens written to a cache; null: `inputRate`. */
  cacheWriteRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** Of input tokens. */
  inputRate: Scalars['Decimal']['input'];
  /** Of output tokens. */
  outputRate: Scalars['Decimal']['input'];
  /** Of output tokens spent on reasoning; null: `outputRate`. */
  reasoningRate?: InputMaybe<Scalars['Decimal']['input']>;
};

/** What caused a ledger entry. */
export type LedgerCause =
  /** A correction by Support. */
  | 'CORRECTION'
  /** The close of a cycle. */
  | 'CYCLE'
  /** A batch of usage events. */
  | 'EVENTS'
  /** The end of a grant. */
  | 'EXPIRY'
  /** A fine-tuning job. */
  | 'FINE_TUNING'
  /** A grant. */
  | 'GRANT'
  /** Hosting of a deployment. */
  | 'HOSTING'
  /** Usage events that were taken back. */
  | 'VOID';

/** The share of one grant in an entry. */
export type LedgerDraw = {
  __typename?: 'LedgerDraw';
  /** Credits or runs that it gave, or got back. */
  amount: Scalars['Decimal']['output'];
  /** That grant, as it is now. */
  grant?: Maybe<Grant>;
  /** The grant. */
  grantId: Scalars['ID']['output'];
};

/** An entry of the append-only ledger. Per meter the amounts add up to the balance. */
export type LedgerEntry = {
  __typename?: 'LedgerEntry';
  /** The account. */
  account?: Maybe<Account>;
  /** Signed amount, credits or runs: what the balance changed by. */
  amount: Scalars['Decimal']['output'];
  /** The balance after it, in the order of posting. */
  balanceAfter: Scalars['Decimal']['output'];
  /** What the amount was used for; null unless used or given back. */
  category?: Maybe<Category>;
  /** What caused it. */
  cause: LedgerCause;
  /** Number of entries folded into it; 1 otherwise. */
  count: Scalars['Int']['output'];
  /** The part that became debt, or paid debt off; 0 otherwise. */
  debt: Scalars['Decimal']['output'];
  /** That deployment, as it is now. */
  deployment?: Maybe<Deployment>;
  /** The deployment of a model; null if none. */
  deploymentId?: Maybe<Scalars['ID']['output']>;
  /** Which grants gave, or got back; empty for other kinds and for folded entries. */
  draws: Array<LedgerDraw>;
  /** When it counts from. */
  effectiveAt: Scalars['DateTime']['output'];
  /**
   * The usage events that it charged or gave back, latest first; none for other causes than EVENTS and VOID. What it gave back is found
   * whatever time it carries; of what it charged, what is dated from `from` to `to`, at most 14 days apart.
   */
  events: UsageEventConnection;
  /** That job. */
  fineTuningJob?: Maybe<FineTuningJob>;
  /** The fine-tuning job; null otherwise. */
  fineTuningJobId?: Maybe<Scalars['ID']['output']>;
  /** That grant. */
  grant?: Maybe<Grant>;
  /** The grant given, ended or corrected; null otherwise. */
  grantId?: Maybe<Scalars['ID']['output']>;
  /** Opaque; of a folded entry, that of its last part. Not for `node`. */
  id: Scalars['ID']['output'];
  /** Kind. */
  kind: LedgerKind;
  /** What each resource of a batch of events was charged; empty for other causes. */
  lines: Array<LedgerLine>;
  /** Which meter. */
  meter: Meter;
  /** Support's reference, or a word on what happened; null if none. */
  note?: Maybe<Scalars['String']['output']>;
  /** When it was written. */
  postedAt: Scalars['DateTime']['output'];
  /** It, as it is now. */
  resource?: Maybe<Resource>;
  /** The tool, model, guardrail or script; null if none, or several at once. */
  resourceId?: Maybe<Scalars['ID']['output']>;
  /** Its name, as it is now. */
  resourceName?: Maybe<Scalars['String']['output']>;
};


/** An entry of the append-only ledger. Per meter the amounts add up to the balance. */
export type LedgerEntryEventsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  from?: InputMaybe<Scalars['DateTime']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  to?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Ledger entries of an account, latest effective first. */
export type LedgerEntryConnection = {
  __typename?: 'LedgerEntryConnection';
  /** The rows. */
  edges: Array<LedgerEntryEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
  /** What has accrued and is not posted yet, whatever the filter and the page. */
  unposted: Unposted;
};

/** A row of `LedgerEntryConnection`. */
export type LedgerEntryEdge = {
  __typename?: 'LedgerEntryEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** What stands in the row. */
  node: LedgerEntry;
};

/** Which entries to list; every part given must fit. */
export type LedgerFilter = {
  /** One of these categories. */
  categories?: InputMaybe<Array<Category>>;
  /** One of these kinds. */
  kinds?: InputMaybe<Array<LedgerKind>>;
  /** Of this meter. */
  meter?: InputMaybe<Meter>;
  /** Effective in this range. */
  range?: InputMaybe<RangeInput>;
  /** Of this tool, model, guardrail or script. */
  resourceId?: InputMaybe<Scalars['ID']['input']>;
};

/** Whether the ledger's entries are added up for show. */
export type LedgerFold =
  /** Hosting charges are added per deployment and UTC day. */
  | 'DAY'
  /** Each entry as it was posted. */
  | 'NONE';

/** Kind of a ledger entry; its sign stands in the amount. */
export type LedgerKind =
  /** A correction, or debt carried over the close of a cycle; adds or takes. */
  | 'ADJUSTMENT'
  /** Something was used; takes. */
  | 'CHARGE'
  /** The unused part of a grant ended; takes. */
  | 'EXPIRY'
  /** Something was granted; adds. */
  | 'GRANT'
  /** A charge was given back; adds. */
  | 'REFUND';

/** The share of one resource in a batch of events. */
export type LedgerLine = {
  __typename?: 'LedgerLine';
  /** Credits or runs. */
  amount: Scalars['Decimal']['output'];
  /** It, as it is now. */
  resource?: Maybe<Resource>;
  /** The tool or model. */
  resourceId: Scalars['ID']['output'];
  /** Its name, as it is now. */
  resourceName: Scalars['String']['output'];
};

/** Which e-mails of an account a member gets, where the role brings any. */
export type MailPreferences = {
  __typename?: 'MailPreferences';
  /** Kinds that the member does not want. */
  muted: Array<EmailKind>;
  /** Kinds that may be muted: all but those on the stop of all hosting. */
  offered: Array<EmailKind>;
};

/** A person who belongs to an account. */
export type Member = Node & {
  __typename?: 'Member';
  /** The same, by the name that other types give it. */
  createdAt: Scalars['DateTime']['output'];
  /** Where mails to the person go. */
  email: Scalars['String']['output'];
  /** The platform's own id of the member, unique within the account, where that is not `userId`; null: none. */
  externalId?: Maybe<Scalars['String']['output']>;
  /** Whether a claim of the issuer made the person a member: then it changes the role, name and address at each sign-in, and ends the membership. */
  followsClaim: Scalars['Boolean']['output'];
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /**
   * Whether the person was invited by e-mail and has not signed in yet. The first sign-in with that address, if the issuer says that it has verified it, makes them a member:
   * `userId` and `id` change with it.
   */
  invited: Scalars['Boolean']['output'];
  /** When the person was added. */
  joinedAt: Scalars['DateTime']['output'];
  /** Name for show. */
  name: Scalars['String']['output'];
  /** What the person may do in this account. */
  role: Role;
  /** When name, address, role or own id last changed; `createdAt` where none has. */
  updatedAt: Scalars['DateTime']['output'];
  /** The platform's id of the person: the subject of the token they sign in with; `mailto:ADDRESS` as long as they are only invited. */
  userId: Scalars['String']['output'];
};

/** The members of an account, by name. */
export type MemberConnection = {
  __typename?: 'MemberConnection';
  /** The rows. */
  edges: Array<MemberEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
};

/** A row of `MemberConnection`. */
export type MemberEdge = {
  __typename?: 'MemberEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** What stands in the row. */
  node: Member;
};

/** The two balances of an account (rules §1). */
export type Meter =
  /** Credits for models, guardrails and custom scripts, exact to 0.000001. */
  | 'MODEL_CREDITS'
  /** Whole runs of tools. */
  | 'TOOL_RUNS';

/** Where one meter leads. Amounts are credits or runs; days and months are those of UTC. */
export type MeterForecast = {
  __typename?: 'MeterForecast';
  /** How sure it is. */
  confidence: ForecastConfidence;
  /** Whole days that it is made of, at most 28: without those before the first use. */
  daysOfData: Scalars['Int']['output'];
  /** When nothing remains; null if nothing does, it will not within a year, or too little is known. */
  exhaustedAt?: Maybe<Scalars['DateTime']['output']>;
  /** When nothing remains if use is above what is expected, by the margin; null likewise. */
  exhaustedEarliest?: Maybe<Scalars['DateTime']['output']>;
  /** When nothing remains if use is below it, by the margin; null likewise. */
  exhaustedLatest?: Maybe<Scalars['DateTime']['output']>;
  /** What hosting that runs now costs a day; part of `perDay`. */
  hostingPerDay: Scalars['Decimal']['output'];
  /** Opaque global id of the meter's forecast, for caches of clients. Not for `node`. */
  id: Scalars['ID']['output'];
  /** What the last 24 hours used. */
  lastDayPerDay: Scalars['Decimal']['output'];
  /** What the last 60 minutes would come to in a day. */
  lastHourPerDay: Scalars['Decimal']['output'];
  /** What the last 7 whole days used, a day. */
  lastWeekPerDay: Scalars['Decimal']['output'];
  /** By how many percent use beside hosting is likely to differ, either way. */
  marginPercent: Scalars['Int']['output'];
  /** Which meter. */
  meter: Meter;
  /** The calendar month; null where too little is known. */
  month?: Maybe<MonthForecast>;
  /** When credits are at the negative limit, where all hosting stops; null likewise, and for runs. */
  negativeLimitAt?: Maybe<Scalars['DateTime']['output']>;
  /** What a day is expected to use, the mean of a week: hosting as it runs now, and the rest at the pace of the last weeks. */
  perDay: Scalars['Decimal']['output'];
  /** What is expected beside hosting on each day of the week, Monday first. */
  weekdays: Array<Scalars['Decimal']['output']>;
};

/** One meter of an account: `allocation − used = remaining`, always (rules §2). */
export type MeterStatus = {
  __typename?: 'MeterStatus';
  /** Everything granted and still live, less what expired or was taken back; credits or runs. */
  allocation: Scalars['Decimal']['output'];
  /** `remaining − reserved`, what gates and new reservations look at. */
  available: Scalars['Decimal']['output'];
  /** Whether the free grant lost something by expiry and was the last grant to end (rules §8). */
  freeExpired: Scalars['Boolean']['output'];
  /**
   * The older name of `reserved`.
   * @deprecated Use `reserved`.
   */
  held: Scalars['Decimal']['output'];
  /** Opaque global id of the meter of the account, for caches of clients. Not for `node`. */
  id: Scalars['ID']['output'];
  /** Which meter. */
  meter: Meter;
  /** The next grant to end; null if none will. */
  nextExpiry?: Maybe<NextExpiry>;
  /** What is left; negative in debt. */
  remaining: Scalars['Decimal']['output'];
  /** Remaining share in percent, 2 decimals, within 0 to 100. */
  remainingPercent: Scalars['Decimal']['output'];
  /** Sum of open reservations, credits or runs; not part of `used`. */
  reserved: Scalars['Decimal']['output'];
  /** The highest percent step reached now: 20, 50, 70, 80, 90 or 100; null below 20, and where nothing was ever granted. */
  step?: Maybe<Scalars['Int']['output']>;
  /** What the live grants gave, and debt; credits or runs. */
  used: Scalars['Decimal']['output'];
  /** Used share of the allocation in percent, 2 decimals, half up; passes 100 in debt; 100 if the allocation is 0. */
  usedPercent: Scalars['Decimal']['output'];
};

/** A model. */
export type Model = Node & Resource & {
  __typename?: 'Model';
  /** The account. */
  account?: Maybe<Account>;
  /** The account it belongs to. */
  accountId: Scalars['ID']['output'];
  /** That model. */
  baseModel?: Maybe<Model>;
  /** The model that it was fine-tuned from; null for a base model. */
  baseModelId?: Maybe<Scalars['ID']['output']>;
  /** Credits per million input tokens read from a cache now; the input's rate unless there is one of its own. */
  cacheReadRate: Scalars['Decimal']['output'];
  /** Credits per million input tokens written to a cache now, likewise. */
  cacheWriteRate: Scalars['Decimal']['output'];
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** When it was deleted; null while it exists. */
  deletedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Its deployment records, deleted ones included. */
  deployments: DeploymentConnection;
  /** The platform's own id of it, unique within account and kind; null: none. */
  externalId?: Maybe<Scalars['String']['output']>;
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Credits per million input tokens now: its own rate, or the rate card's. */
  inputRate: Scalars['Decimal']['output'];
  /** Date of the most recent deployment; null: never. */
  lastDeployedOn?: Maybe<Scalars['DateTime']['output']>;
  /** Name of the model. */
  name: Scalars['String']['output'];
  /** Credits per million output tokens now: its own rate, or the rate card's. */
  outputRate: Scalars['Decimal']['output'];
  /** Nominal size in billions of parameters, as registered; null if not told, and then it cannot be fine-tuned. */
  parametersBillions?: Maybe<Scalars['Decimal']['output']>;
  /** Credits per million output tokens spent on reasoning now; the output's rate unless there is one of its own. */
  reasoningRate: Scalars['Decimal']['output'];
  /** What the platform attached to it, by key. */
  tags: Array<Tag>;
  /** Base or fine-tuned. */
  type: ModelType;
  /** When it was deployed, undeployed or deleted, or what is said of it changed, last; `createdAt` where none of these was. A stop at the negative limit stands in its deployments alone. */
  updatedAt: Scalars['DateTime']['output'];
};


/** A model. */
export type ModelDeploymentsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  compare?: InputMaybe<CompareInput>;
  filter?: InputMaybe<DeploymentFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  range?: InputMaybe<RangeInput>;
  sort?: InputMaybe<DeploymentSort>;
};

/** A page of the Models tab. */
export type ModelConnection = {
  __typename?: 'ModelConnection';
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** The range compared with; null where nothing is compared. */
  comparedRange?: Maybe<Range>;
  /** The rows. */
  edges: Array<ModelEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** The range that the figures cover. */
  range: Range;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
  /** Sums over them. */
  totals: ModelTotals;
};

/** A row of the Models tab: the model, and its figures within the range. */
export type ModelEdge = {
  __typename?: 'ModelEdge';
  /** Credits used by it and its deployments: the sum of the three below. */
  creditsUsed: Scalars['Decimal']['output'];
  /** `creditsUsed` compared. */
  creditsUsedChange?: Maybe<Change>;
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** Credits of them for fine-tuning, less what was refunded. */
  fineTuningCredits: Scalars['Decimal']['output'];
  /** `fineTuningCredits` compared. */
  fineTuningCreditsChange?: Maybe<Change>;
  /** Credits of them for hosting. */
  hostingCredits: Scalars['Decimal']['output'];
  /** `hostingCredits` compared. */
  hostingCreditsChange?: Maybe<Change>;
  /** Credits of them for inference. */
  inferenceCredits: Scalars['Decimal']['output'];
  /** `inferenceCredits` compared. */
  inferenceCreditsChange?: Maybe<Change>;
  /** The model as it is now. */
  node: Model;
};

/** Which models to list; every part given must fit. */
export type ModelFilter = {
  /** True: deleted models only; false: existing ones only; null: both. */
  deleted?: InputMaybe<Scalars['Boolean']['input']>;
  /** Name contains this, whatever the case; at most 100 characters. */
  search?: InputMaybe<Scalars['String']['input']>;
  /** One of these types. */
  type?: InputMaybe<Array<ModelType>>;
};

/** A machine for models. */
export type ModelHardwareInput = {
  /** Kind of GPU. */
  gpu: Scalars['String']['input'];
  /** Number of GPUs. */
  gpuCount: Scalars['Int']['input'];
  /** Name to deploy with, 1 to 64 characters without blanks; as all names of a card, once. */
  name: Scalars['String']['input'];
  /** Credits per replica-hour. */
  ratePerHour: Scalars['Decimal']['input'];
};

/** Order of models; equal ones by id. */
export type ModelSort = {
  /** Which end comes first. */
  direction?: SortDirection;
  /** What to sort by. */
  field?: ModelSortField;
};

/** What models are sorted by. */
export type ModelSortField =
  /** Credits used within the range; needs USAGE_VIEW. */
  | 'CREDITS_USED'
  /** Date of the most recent deployment; never comes last. */
  | 'LAST_DEPLOYED_ON'
  /** Name. */
  | 'NAME'
  /** Type. */
  | 'TYPE';

/** Sums over the models that the filter leaves, paging ignored, within the range: `totalCredits = fineTuningCredits + hostingCredits + inferenceCredits`. */
export type ModelTotals = {
  __typename?: 'ModelTotals';
  /** Credits for fine-tuning, less what was refunded. */
  fineTuningCredits: Scalars['Decimal']['output'];
  /** `fineTuningCredits` compared. */
  fineTuningCreditsChange?: Maybe<Change>;
  /** Credits for deploying and running on GPUs; each replica counts. */
  hostingCredits: Scalars['Decimal']['output'];
  /** `hostingCredits` compared. */
  hostingCreditsChange?: Maybe<Change>;
  /** Credits for input and output tokens. */
  inferenceCredits: Scalars['Decimal']['output'];
  /** `inferenceCredits` compared. */
  inferenceCreditsChange?: Maybe<Change>;
  /** Credits used across all models and deployments. */
  totalCredits: Scalars['Decimal']['output'];
  /** `totalCredits` compared. */
  totalCreditsChange?: Maybe<Change>;
  /** Number of models. */
  totalModels: Scalars['Int']['output'];
};

/** Type of a model. */
export type ModelType =
  /** An open-source model as it comes. */
  | 'BASE'
  /** Made by a fine-tuning job. */
  | 'FINE_TUNED';

/** What a calendar month of UTC is expected to come to. Credits or runs. */
export type MonthForecast = {
  __typename?: 'MonthForecast';
  /** Its end, exclusive. */
  end: Scalars['DateTime']['output'];
  /** What remains at its end; negative in debt. */
  remaining: Scalars['Decimal']['output'];
  /** Its first instant. */
  start: Scalars['DateTime']['output'];
  /** Used by its end. */
  used: Scalars['Decimal']['output'];
  /** Used since it began. */
  usedSoFar: Scalars['Decimal']['output'];
};

/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type Mutation = {
  __typename?: 'Mutation';
  /** Corrects credits or runs, up or down. */
  adjustCredits: AdjustCreditsPayload;
  /** Puts an account on another plan. */
  changePlan: ChangePlanPayload;
  /** Creates an account with its free grants. */
  createAccount: CreateAccountPayload;
  /** Makes an API token of an account. */
  createApiToken: CreateApiTokenPayload;
  /** Makes a plan. */
  createPlan: CreatePlanPayload;
  /** Makes a custom script. */
  createScript: CreateScriptPayload;
  /** Deletes a model's deployment. */
  deleteDeployment: DeleteDeploymentPayload;
  /** Deletes a guardrail. */
  deleteGuardrail: DeleteGuardrailPayload;
  /** Deletes a model. */
  deleteModel: DeleteModelPayload;
  /** Deletes a custom script. */
  deleteScript: DeleteScriptPayload;
  /** Makes and deploys a guardrail. */
  deployGuardrail: DeployGuardrailPayload;
  /** Deploys a model. */
  deployModel: DeployModelPayload;
  /** Deploys a custom script. */
  deployScript: DeployScriptPayload;
  /** Dismisses a banner for the calling user. */
  dismissBanner: DismissBannerPayload;
  /** Reports the end of a fine-tuning job and refunds what a failed or stopped one did not process. */
  finishFineTuning: FinishFineTuningPayload;
  /** Gives credits or runs to an account. */
  grantCredits: GrantCreditsPayload;
  /** Publishes a version of the rate card, which starts in the future. */
  publishRateCard: PublishRateCardPayload;
  /** Records usage. */
  recordUsage: RecordUsagePayload;
  /** Deploys a guardrail again. */
  redeployGuardrail: RedeployGuardrailPayload;
  /** Deploys a model's deployment again. */
  redeployModel: RedeployModelPayload;
  /** Deploys a custom script again. */
  redeployScript: RedeployScriptPayload;
  /** Registers a base model. */
  registerModel: RegisterModelPayload;
  /** Registers a tool. */
  registerTool: RegisterToolPayload;
  /** Frees a reservation. */
  releaseReservation: ReleaseReservationPayload;
  /** Removes a member. */
  removeMember: RemoveMemberPayload;
  /** Removes a custom role. */
  removeRole: RemoveRolePayload;
  /** Reports how a pending deployment went. */
  reportDeployment: ReportDeploymentPayload;
  /** Tells when guardrails and scripts were last used, so that idle ones are known. */
  reportUse: ReportUsePayload;
  /** Reserves an amount for use to come. */
  reserveUsage: ReserveUsagePayload;
  /** Revokes an API token of an account. */
  revokeApiToken: RevokeApiTokenPayload;
  /** Puts a new token in the place of an account's token, which stays good for a while. */
  rotateApiToken: RotateApiTokenPayload;
  /** Changes the replicas of a deployed model, guardrail or script. */
  scaleDeployment: ScaleDeploymentPayload;
  /** Changes the limits of an account. */
  setAccountLimits: SetAccountLimitsPayload;
  /** Changes name and time zone of an account, as its people do; `updateAccount` is the platform's. */
  setAccountProfile: SetAccountProfilePayload;
  /** Sets the extra billing contacts. */
  setBillingContacts: SetBillingContactsPayload;
  /** Sets which e-mails of an account the calling member does not want. */
  setMailPreferences: SetMailPreferencesPayload;
  /** Adds or changes a member. */
  setMember: SetMemberPayload;
  /** Says whether events may make tools and models of an account of their own accord. */
  setProvisioning: SetProvisioningPayload;
  /** Gives an account, or one of its models, rates of its own from an instant on, in place of those that it had. */
  setRates: SetRatesPayload;
  /** Makes or changes a custom role. */
  setRole: SetRolePayload;
  /** Deploys, undeploys or deletes a tool. */
  setToolStatus: SetToolStatusPayload;
  /** Records the real use of a reservation. */
  settleReservation: SettleReservationPayload;
  /** Starts a fine-tuning job and charges it. */
  startFineTuning: StartFineTuningPayload;
  /** Ends a guardrail's deployment. */
  undeployGuardrail: UndeployGuardrailPayload;
  /** Ends a model's deployment. */
  undeployModel: UndeployModelPayload;
  /** Ends a custom script's deployment. */
  undeployScript: UndeployScriptPayload;
  /** Changes name, time zone, own id and tags of an account. */
  updateAccount: UpdateAccountPayload;
  /** Changes name, endpoint, own id and tags of a model's deployment. */
  updateDeployment: UpdateDeploymentPayload;
  /** Changes name, own id and tags of a guardrail. */
  updateGuardrail: UpdateGuardrailPayload;
  /** Changes name, own id and tags of a model. */
  updateModel: UpdateModelPayload;
  /** Changes a plan. */
  updatePlan: UpdatePlanPayload;
  /** Changes name, endpoint, own id and tags of a custom script. */
  updateScript: UpdateScriptPayload;
  /** Changes name, owner, own id and tags of a tool. */
  updateTool: UpdateToolPayload;
  /** Makes an account under its own id, or changes the one that has it. */
  upsertAccount: UpsertAccountPayload;
  /** Makes a model's deployment under its own id, or changes the one that has it. */
  upsertDeployment: UpsertDeploymentPayload;
  /** Makes a guardrail under its own id, or changes the one that has it. */
  upsertGuardrail: UpsertGuardrailPayload;
  /** Makes a base model under its own id, or changes the one that has it. */
  upsertModel: UpsertModelPayload;
  /** Makes a custom script under its own id, or changes the one that has it. */
  upsertScript: UpsertScriptPayload;
  /** Makes a tool under its own id, or changes the one that has it. */
  upsertTool: UpsertToolPayload;
  /** Takes usage events back. */
  voidEvents: VoidEventsPayload;
  /** Takes a version of the rate card back that has not begun. */
  withdrawRateCard: WithdrawRateCardPayload;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationAdjustCreditsArgs = {
  input: AdjustCreditsInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationChangePlanArgs = {
  input: ChangePlanInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationCreateAccountArgs = {
  input: CreateAccountInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationCreateApiTokenArgs = {
  input: CreateApiTokenInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationCreatePlanArgs = {
  input: CreatePlanInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationCreateScriptArgs = {
  input: CreateScriptInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationDeleteDeploymentArgs = {
  input: DeleteDeploymentInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationDeleteGuardrailArgs = {
  input: DeleteGuardrailInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationDeleteModelArgs = {
  input: DeleteModelInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationDeleteScriptArgs = {
  input: DeleteScriptInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationDeployGuardrailArgs = {
  input: DeployGuardrailInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationDeployModelArgs = {
  input: DeployModelInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationDeployScriptArgs = {
  input: DeployScriptInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationDismissBannerArgs = {
  input: DismissBannerInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationFinishFineTuningArgs = {
  input: FinishFineTuningInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationGrantCreditsArgs = {
  input: GrantCreditsInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationPublishRateCardArgs = {
  input: PublishRateCardInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationRecordUsageArgs = {
  input: RecordUsageInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationRedeployGuardrailArgs = {
  input: RedeployGuardrailInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationRedeployModelArgs = {
  input: RedeployModelInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationRedeployScriptArgs = {
  input: RedeployScriptInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationRegisterModelArgs = {
  input: RegisterModelInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationRegisterToolArgs = {
  input: RegisterToolInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationReleaseReservationArgs = {
  input: ReleaseReservationInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationRemoveMemberArgs = {
  input: RemoveMemberInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationRemoveRoleArgs = {
  input: RemoveRoleInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationReportDeploymentArgs = {
  input: ReportDeploymentInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationReportUseArgs = {
  input: ReportUseInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationReserveUsageArgs = {
  input: ReserveUsageInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationRevokeApiTokenArgs = {
  input: RevokeApiTokenInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationRotateApiTokenArgs = {
  input: RotateApiTokenInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationScaleDeploymentArgs = {
  input: ScaleDeploymentInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationSetAccountLimitsArgs = {
  input: SetAccountLimitsInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationSetAccountProfileArgs = {
  input: SetAccountProfileInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationSetBillingContactsArgs = {
  input: SetBillingContactsInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationSetMailPreferencesArgs = {
  input: SetMailPreferencesInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationSetMemberArgs = {
  input: SetMemberInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationSetProvisioningArgs = {
  input: SetProvisioningInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationSetRatesArgs = {
  input: SetRatesInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationSetRoleArgs = {
  input: SetRoleInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationSetToolStatusArgs = {
  input: SetToolStatusInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationSettleReservationArgs = {
  input: SettleReservationInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationStartFineTuningArgs = {
  input: StartFineTuningInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUndeployGuardrailArgs = {
  input: UndeployGuardrailInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUndeployModelArgs = {
  input: UndeployModelInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUndeployScriptArgs = {
  input: UndeployScriptInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpdateAccountArgs = {
  input: UpdateAccountInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpdateDeploymentArgs = {
  input: UpdateDeploymentInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpdateGuardrailArgs = {
  input: UpdateGuardrailInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpdateModelArgs = {
  input: UpdateModelInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpdatePlanArgs = {
  input: UpdatePlanInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpdateScriptArgs = {
  input: UpdateScriptInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpdateToolArgs = {
  input: UpdateToolInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpsertAccountArgs = {
  input: UpsertAccountInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpsertDeploymentArgs = {
  input: UpsertDeploymentInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpsertGuardrailArgs = {
  input: UpsertGuardrailInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpsertModelArgs = {
  input: UpsertModelInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpsertScriptArgs = {
  input: UpsertScriptInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationUpsertToolArgs = {
  input: UpsertToolInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationVoidEventsArgs = {
  input: VoidEventsInput;
};


/** What can be changed. Expected refusals come as `userErrors`; top-level errors are faults only. */
export type MutationWithdrawRateCardArgs = {
  input: WithdrawRateCardInput;
};

/** The next grant to end. */
export type NextExpiry = {
  __typename?: 'NextExpiry';
  /** What is left of it now and would be lost, credits or runs. */
  amount: Scalars['Decimal']['output'];
  /** When it ends. */
  at: Scalars['DateTime']['output'];
};

/**
 * Anything that has a global id and can be fetched again by `node`.
 *
 * Wherever the contract takes an id, it takes the platform's own id as well, said to be one: `external:KIND:ID`, where KIND is account, member, tool,
 * model, deployment, guardrail or script, such as `external:account:acme` or `external:tool:4f1c`. No global id holds a colon, so
 * neither is ever taken for the other. The own id of anything but an account is looked for in the account that the operation names, by `id`,
 * `accountId` or an input's `accountId`; where it names none, in the only account that the caller is bound to. An own id that is unknown there
 * is answered like an id that does not exist.
 */
export type Node = {
  /** Opaque global id. */
  id: Scalars['ID']['output'];
};

/** The Overview tab. The cards show the present state; `inRange` follows the range. */
export type Overview = {
  __typename?: 'Overview';
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** Model credits. */
  credits: CreditsCard;
  /** Use within the range asked for. */
  inRange: RangeUsage;
  /** Tool runs. */
  runs: RunsCard;
};

/** A hosting rate of somebody's own. */
export type OwnHostingRate = {
  __typename?: 'OwnHostingRate';
  /** MODELS, SCRIPTS or GUARDRAILS. */
  category: Category;
  /** The hardware profile; of guardrails the kind of CPU. */
  name: Scalars['String']['output'];
  /** Credits per replica-hour; of guardrails per CPU-hour. */
  rate: Scalars['Decimal']['output'];
};

/** A hosting rate of one's own. */
export type OwnHostingRateInput = {
  /** MODELS, SCRIPTS or GUARDRAILS; of a model MODELS alone. */
  category: Category;
  /** The hardware profile on the rate card; of guardrails the kind of CPU. */
  name: Scalars['String']['input'];
  /** Credits per replica-hour; of guardrails per CPU-hour. */
  rate: Scalars['Decimal']['input'];
};

/** Rates that an account, or one of its models, has of its own from an instant on, until others take their place. */
export type OwnRates = {
  __typename?: 'OwnRates';
  /** From when they count. */
  from: Scalars['DateTime']['output'];
  /** Of hosting. What runs keeps the rate that it was deployed at. */
  hosting: Array<OwnHostingRate>;
  /** It, as it is now. */
  model?: Maybe<Model>;
  /** The model; null: the account. */
  modelId?: Maybe<Scalars['ID']['output']>;
  /** The model's name. */
  modelName?: Maybe<Scalars['String']['output']>;
  /** When they were set. */
  setAt: Scalars['DateTime']['output'];
  /** Of tokens. */
  tokens: OwnTokenRates;
};

/** Token rates of somebody's own, credits per million. Null: none of one's own. */
export type OwnTokenRates = {
  __typename?: 'OwnTokenRates';
  /** Of input tokens read from a cache; null: `inputRate`, if that is named. */
  cacheReadRate?: Maybe<Scalars['Decimal']['output']>;
  /** Of input tokens written to a cache; null: `inputRate`, if that is named. */
  cacheWriteRate?: Maybe<Scalars['Decimal']['output']>;
  /** Of input tokens. */
  inputRate?: Maybe<Scalars['Decimal']['output']>;
  /** Of output tokens. */
  outputRate?: Maybe<Scalars['Decimal']['output']>;
  /** Of output tokens spent on reasoning; null: `outputRate`, if that is named. */
  reasoningRate?: Maybe<Scalars['Decimal']['output']>;
};

/** Token rates of one's own, credits per million. What is null is not named. */
export type OwnTokenRatesInput = {
  /** Of input tokens read from a cache. */
  cacheReadRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** Of input tokens written to a cache. */
  cacheWriteRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** Of input tokens. */
  inputRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** Of output tokens. */
  outputRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** Of output tokens spent on reasoning. */
  reasoningRate?: InputMaybe<Scalars['Decimal']['input']>;
};

/** Where a page of a connection lies. */
export type PageInfo = {
  __typename?: 'PageInfo';
  /** Cursor of the last row; null on an empty page. */
  endCursor?: Maybe<Scalars['Cursor']['output']>;
  /** Whether rows follow this page. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Whether rows come before this page. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** Cursor of the first row; null on an empty page. */
  startCursor?: Maybe<Scalars['Cursor']['output']>;
};

/** A change of plan that waits for the rollover. */
export type PendingPlan = {
  __typename?: 'PendingPlan';
  /** When it comes into force. */
  at: Scalars['DateTime']['output'];
  /** Name of the plan to come; null: none. */
  name?: Maybe<Scalars['String']['output']>;
};

/**
 * The permissions, and which role holds them (rules §11). `own`: in the accounts the caller is bound to. `all`: in every
 * account; a PLATFORM token bound to one account holds its permissions there only. Custom roles combine the permissions marked c, on top of
 * those of MEMBER.
 *
 * | permission | c | MEMBER | ADMIN | MASTER_ADMIN | PLATFORM | SUPPORT | ANALYST | implied by |
 * | --- | --- | --- | --- | --- | --- | --- | --- | --- |
 * | INHERIT | | | | | | | | the field that led here |
 * | AUTHENTICATED | | own | own | own | all | all | all | any valid token |
 * | ACCOUNT_VIEW | | own | own | own | all | all | all | |
 * | WIDGET | | own | own | own | | all | all | |
 * | BANNER_DISMISS | | own | own | own | | | | |
 * | ACCESS_CHECK | | own | own | own | all | all | | |
 * | RESOURCE_VIEW | c | | own | own | all | all | all | RESOURCE_MANAGE, RESOURCE_DELETE, USAGE_VIEW |
 * | RESOURCE_MANAGE | c | | own | own | all | | | |
 * | RESOURCE_DELETE | c | | | own | all | | | |
 * | METERING_REPORT | | | | | all | | | |
 * | USAGE_WRITE | | | | | all | | | |
 * | RESERVATION_VIEW | c | | | own | all | all | | USAGE_WRITE, BILLING_VIEW |
 * | USAGE_VIEW | c | | | own | | all | all | BILLING_VIEW |
 * | BALANCES_VIEW | c | | | own | | all | all | BILLING_VIEW |
 * | BILLING_VIEW | c | | | own | | all | | BILLING_MANAGE |
 * | BILLING_MANAGE | c | | | own | | | | |
 * | CONTACTS_VIEW | c | | | own | all | all | | BILLING_VIEW, CONTACTS_MANAGE |
 * | CONTACTS_MANAGE | c | | | own | all | | | BILLING_MANAGE |
 * | MEMBERS_VIEW | c | | | own | all | all | | MEMBERS_MANAGE |
 * | MEMBERS_MANAGE | c | | | own | all | | | |
 * | TOKENS_VIEW | c | | | own | | all | | TOKENS_MANAGE |
 * | TOKENS_MANAGE | c | | | own | | | | |
 * | AUDIT_READ | c | | | own | | all | | |
 * | ACCOUNT_LIST | | | | | all | all | all | |
 * | ACCOUNT_CREATE | | | | | all | all | | |
 * | GRANT_CREDITS | | | | | | all | | |
 * | LIMITS_MANAGE | | | | | | all | | |
 * | PLAN_VIEW | | | | | | all | all | PLAN_MANAGE |
 * | PLAN_MANAGE | | | | | | all | | |
 * | RATES_MANAGE | | | | | | all | | |
 * | USAGE_EXPLORE | | | | | | all | all | |
 * | EXPLORE | | | | | | all | all | a development token |
 */
export type Permission =
  /** To ask whether an action is allowed now. */
  | 'ACCESS_CHECK'
  /** To create accounts. */
  | 'ACCOUNT_CREATE'
  /** To search accounts. */
  | 'ACCOUNT_LIST'
  /** To see that an account exists, its name and its id. */
  | 'ACCOUNT_VIEW'
  /** To read the audit log. */
  | 'AUDIT_READ'
  /** Any valid token. */
  | 'AUTHENTICATED'
  /** To see balances over time, grants, ledger, statements and the plan: figures, and nobody's address. Part of `billing:view`. */
  | 'BALANCES_VIEW'
  /** To dismiss one's own banners; needs a user, not a service token. */
  | 'BANNER_DISMISS'
  /** To see all of Billing and to change what an account may change there, which is its billing contacts: `billing:manage`. */
  | 'BILLING_MANAGE'
  /** All of Billing to read, `billing:view`: grants, ledger, statements, mails, plan, limits. */
  | 'BILLING_VIEW'
  /** To change the billing contacts. */
  | 'CONTACTS_MANAGE'
  /** To see the billing contacts. */
  | 'CONTACTS_VIEW'
  /** To send documents that are not registered, to introspect and to open GraphiQL. */
  | 'EXPLORE'
  /** To add or correct credits and runs. */
  | 'GRANT_CREDITS'
  /** Whoever was allowed the field that led to this object. */
  | 'INHERIT'
  /** To change an account's limits. */
  | 'LIMITS_MANAGE'
  /** To change members and roles. */
  | 'MEMBERS_MANAGE'
  /** To see members and roles. */
  | 'MEMBERS_VIEW'
  /** To report what decides a charge: outcomes, past instants, processed tokens, a model's own rates. */
  | 'METERING_REPORT'
  /** To make plans and to put accounts on them. */
  | 'PLAN_MANAGE'
  /** To see the plans on offer. */
  | 'PLAN_VIEW'
  /** To publish, withdraw and preview rate cards, and to give accounts and models rates of their own. */
  | 'RATES_MANAGE'
  /** To see reservations. */
  | 'RESERVATION_VIEW'
  /** To delete resources. */
  | 'RESOURCE_DELETE'
  /** To register, deploy, redeploy, scale, undeploy and fine-tune. */
  | 'RESOURCE_MANAGE'
  /** To see tools, models, guardrails, scripts, deployments and jobs, without figures. */
  | 'RESOURCE_VIEW'
  /** To create and revoke the account's API tokens. */
  | 'TOKENS_MANAGE'
  /** To see the account's API tokens. */
  | 'TOKENS_VIEW'
  /** To compare usage across accounts. */
  | 'USAGE_EXPLORE'
  /** To see what was used: the five tabs and the pivot of one account. Part of `billing:view`. */
  | 'USAGE_VIEW'
  /** To record usage, and to make, settle and release reservations. */
  | 'USAGE_WRITE'
  /** The widget and the banners: credit status of an account. */
  | 'WIDGET';

/** A person to make a member. */
export type PersonInput = {
  /** Where mails go, at most 254 characters. */
  email: Scalars['String']['input'];
  /** Name, at most 200 characters; null: the e-mail. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** The platform's id of the person, the subject of the token they sign in with; 1 to 200 characters. */
  userId: Scalars['String']['input'];
};

/** A plan on offer. */
export type Plan = Node & {
  __typename?: 'Plan';
  /** Whether accounts can still be put on it. */
  active: Scalars['Boolean']['output'];
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Credits a month. */
  credits: Scalars['Decimal']['output'];
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Name, unique among plans. */
  name: Scalars['String']['output'];
  /** Runs a month. */
  runs: Scalars['Long']['output'];
  /** When it last changed; `createdAt` where it has not. */
  updatedAt: Scalars['DateTime']['output'];
};

/** Ranges by name (rules §9). Days, weeks, months and years are those of the time zone given; what is not over yet ends now. */
export type Preset =
  /** Today and the 6 days before it. */
  | 'LAST_7_DAYS'
  /** The current hour and the 23 before it. */
  | 'LAST_24_HOURS'
  /** Today and the 29 days before it. */
  | 'LAST_30_DAYS'
  /** Today and the 89 days before it. */
  | 'LAST_90_DAYS'
  /** The whole month before this one. */
  | 'LAST_MONTH'
  /** The whole quarter of the year before this one. */
  | 'LAST_QUARTER'
  /** The whole week before this one, from Monday. */
  | 'LAST_WEEK'
  /** The whole year before this one. */
  | 'LAST_YEAR'
  /** THIS_MONTH, by the name that reports give it. */
  | 'MONTH_TO_DATE'
  /** From the first of this month. */
  | 'THIS_MONTH'
  /** From the first of this quarter of the year. */
  | 'THIS_QUARTER'
  /** From Monday of this week. */
  | 'THIS_WEEK'
  /** From 1 January of this year. */
  | 'THIS_YEAR'
  /** From the beginning of today. */
  | 'TODAY'
  /** THIS_YEAR, by the name that reports give it. */
  | 'YEAR_TO_DATE'
  /** The whole day before today. */
  | 'YESTERDAY';

/** An account's part of a preview. */
export type PreviewedAccount = {
  __typename?: 'PreviewedAccount';
  /** The account, as it is now. */
  account?: Maybe<Account>;
  /** The account. */
  accountId: Scalars['ID']['output'];
  /** What its use cost and would have cost. */
  cost: RateCost;
  /** Its name. */
  name: Scalars['String']['output'];
};

/** A category's part of a preview. */
export type PreviewedCategory = {
  __typename?: 'PreviewedCategory';
  /** The category. */
  category: Category;
  /** What its use cost and would have cost. */
  cost: RateCost;
};

/** What kind of principal acts. */
export type PrincipalKind =
  /** A program, by API token. */
  | 'SERVICE'
  /** Usagegraph itself, in its jobs. */
  | 'SYSTEM'
  /** A person, signed in by OIDC or by a token bound to one. */
  | 'USER';

/** Whether the first event of an own id that the account does not know makes the tool or model; unknown accounts are never made. */
export type Provisioning = {
  __typename?: 'Provisioning';
  /** Opaque global id, for caches of clients. Not for `node`. */
  id: Scalars['ID']['output'];
  /** How many may be; beyond it, events of unknown own ids are refused again. A setting of the installation. */
  limit: Scalars['Long']['output'];
  /** How many tools and models were made so. */
  made: Scalars['Long']['output'];
  /** Whether base models are made. */
  models: Scalars['Boolean']['output'];
  /** Whether tools are made, as deployed. */
  tools: Scalars['Boolean']['output'];
};

/** A version of the rate card to publish. */
export type PublishRateCardInput = {
  /** The whole card. */
  card: RateCardInput;
  /** From when it is in force, cut to the second: later than any other version, and some minutes from now. */
  effectiveFrom: Scalars['DateTime']['input'];
  /** 1 to 128 characters; a repeat with the same content returns the first result, other content is a CONFLICT. */
  idempotencyKey: Scalars['String']['input'];
  /** What for; at most 500 characters. */
  note?: InputMaybe<Scalars['String']['input']>;
};

/** Result of `publishRateCard`. */
export type PublishRateCardPayload = {
  __typename?: 'PublishRateCardPayload';
  /** The version; null if refused. */
  release?: Maybe<RateCardRelease>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** What can be asked. */
export type Query = {
  __typename?: 'Query';
  /** An account; null if there is none in the caller's reach. */
  account?: Maybe<Account>;
  /** Accounts in the caller's reach, newest first unless asked for otherwise. */
  accounts: AccountConnection;
  /** The audit log of what concerns no account: plans on offer, tokens that the operator makes. Newest first; for SUPPORT. */
  auditLog: AuditEntryConnection;
  /** An object by its global id; null if there is none in the caller's reach. */
  node?: Maybe<Node>;
  /** Objects by their global ids, in their order; null where there is none in the caller's reach. */
  nodes: Array<Maybe<Node>>;
  /** The plans on offer, by name, inactive ones last. */
  plans: Array<Plan>;
  /** What the use of a range would have cost under a rate card: every event priced once more. */
  previewRateCard: RateCardPreview;
  /** The pricing table; null if there is no such version. */
  rateCard?: Maybe<RateCard>;
  /** Every version of the rate card, newest first: planned, in force, past and withdrawn. */
  rateCards: Array<RateCardRelease>;
  /** What a version of the rate card changes of another; null if there is no such version. */
  rateChanges?: Maybe<Array<RateChange>>;
  /** The caller's budget for operations. */
  rateLimit: RateLimit;
  /** Usage across accounts by any grouping. */
  usage: UsageConnection;
  /** Who is asking. */
  viewer: Viewer;
};


/** What can be asked. */
export type QueryAccountArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
};


/** What can be asked. */
export type QueryAccountsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<AccountFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
  sort?: InputMaybe<AccountSort>;
};


/** What can be asked. */
export type QueryAuditLogArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<AuditFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be asked. */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/** What can be asked. */
export type QueryNodesArgs = {
  ids: Array<Scalars['ID']['input']>;
};


/** What can be asked. */
export type QueryPreviewRateCardArgs = {
  accountId?: InputMaybe<Scalars['ID']['input']>;
  card?: InputMaybe<RateCardInput>;
  range: RangeInput;
  version?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be asked. */
export type QueryRateCardArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
  version?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be asked. */
export type QueryRateChangesArgs = {
  from: Scalars['Int']['input'];
  to: Scalars['Int']['input'];
};


/** What can be asked. */
export type QueryUsageArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  compare?: InputMaybe<CompareInput>;
  filter?: InputMaybe<UsageFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  granularity?: InputMaybe<Granularity>;
  groupBy?: Array<UsageDimension>;
  having?: InputMaybe<Array<UsageBound>>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<Array<UsageOrder>>;
  range?: InputMaybe<RangeInput>;
  resourceTagKeys?: InputMaybe<Array<Scalars['String']['input']>>;
  tagKeys?: InputMaybe<Array<Scalars['String']['input']>>;
  timeZone?: InputMaybe<Scalars['TimeZone']['input']>;
  top?: InputMaybe<Scalars['Int']['input']>;
};

/** The span that an answer covers, `[from, to)`. */
export type Range = {
  __typename?: 'Range';
  /** Inclusive start. */
  from: Scalars['DateTime']['output'];
  /** The preset that it came from; null for a custom range and for the whole life of the account. */
  preset?: Maybe<Preset>;
  /** The zone in which the preset was resolved. */
  timeZone: Scalars['TimeZone']['output'];
  /** Exclusive end; never later than `asOf` of the answer, rounded up to the minute. */
  to: Scalars['DateTime']['output'];
};

/** A span of time: either `preset`, or `from` with or without `to`; anything else is a fault with code BAD_RANGE. */
export type RangeInput = {
  /** Inclusive start, a whole minute, not in the future and at most 25 months back. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** A range by name. */
  preset?: InputMaybe<Preset>;
  /** Zone in which presets fall. Null: that of the buckets where the field names one, else UTC. */
  timeZone?: InputMaybe<Scalars['TimeZone']['input']>;
  /** Exclusive end, a whole minute after `from`; null or later than now: now. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
};

/** What was used within a range, whatever paid for it. */
export type RangeUsage = {
  __typename?: 'RangeUsage';
  /** The range compared with; null where nothing is compared. */
  comparedRange?: Maybe<Range>;
  /** Credits used in it. */
  credits: Scalars['Decimal']['output'];
  /** `credits` compared. */
  creditsChange?: Maybe<Change>;
  /** The range. */
  range: Range;
  /** Runs used in it. */
  runs: Scalars['Long']['output'];
  /** `runs` compared. */
  runsChange?: Maybe<Change>;
  /** Models, guardrails, scripts, in this order; they sum to `credits`. */
  slices: Array<CategoryUsage>;
};

/** The pricing table of one version (rules §7). */
export type RateCard = {
  __typename?: 'RateCard';
  /** From when it is in force. */
  effectiveFrom: Scalars['DateTime']['output'];
  /** Until when it is in force, exclusive; null if no later version is known. */
  effectiveTo?: Maybe<Scalars['DateTime']['output']>;
  /** Fine-tuning. */
  fineTuning: FineTuningRates;
  /** CPUs for guardrails. */
  guardrails: Array<CpuRate>;
  /** Tokens. */
  inference: InferenceRate;
  /** Machines for models, cheapest first. */
  models: Array<HardwareProfile>;
  /** Scanners and the CPUs that they need. */
  scanners: Array<ScannerProfile>;
  /** Machines for custom scripts, cheapest first. */
  scripts: Array<HardwareProfile>;
  /** Number, from 1. */
  version: Scalars['Int']['output'];
  /** Every version, oldest first. */
  versions: Array<RateCardVersion>;
};

/** A whole rate card. What it leaves out cannot be had any more; what runs keeps its rate. */
export type RateCardInput = {
  /** Fine-tuning. */
  fineTuning: FineTuningRatesInput;
  /** CPUs for guardrails. */
  guardrails: Array<CpuRateInput>;
  /** Tokens. */
  inference: InferenceRateInput;
  /** Machines for models. */
  models: Array<ModelHardwareInput>;
  /** Scanners and the CPUs that they need. */
  scanners: Array<ScannerProfileInput>;
  /** Machines for custom scripts. */
  scripts: Array<ScriptProfileInput>;
};

/**
 * What use would have cost under a rate card. Every event is priced and rounded by itself, as it would be when it is charged; hosting counts as if it had been
 * deployed under the card, fine-tuning jobs as if they had been started under it. Rates that accounts and models have of their own count as they did.
 * History, which nobody pays for, is left out.
 */
export type RateCardPreview = {
  __typename?: 'RateCardPreview';
  /** The ten accounts that change most. */
  accounts: Array<PreviewedAccount>;
  /** The second of the answer. */
  asOf: Scalars['DateTime']['output'];
  /** By category. */
  categories: Array<PreviewedCategory>;
  /** How many accounts would have paid more or less. */
  changedAccounts: Scalars['Int']['output'];
  /** What the card changes of the one in force. */
  changes: Array<RateChange>;
  /** Events that were priced once more. */
  events: Scalars['Long']['output'];
  /** The range that was read. */
  range: Range;
  /** All of it. */
  total: RateCost;
  /** Hardware and scanners in use that are not on the card; they count as they were. */
  unknown: Array<Scalars['String']['output']>;
};

/** A version of the rate card, with who published it. */
export type RateCardRelease = {
  __typename?: 'RateCardRelease';
  /** The prices. */
  card: RateCard;
  /** What it changes of the version before it that stands; empty for the first. */
  changes: Array<RateChange>;
  /** What for. */
  note?: Maybe<Scalars['String']['output']>;
  /** When it was published; null: it came with the program. */
  publishedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Who published it. */
  publishedBy?: Maybe<Scalars['String']['output']>;
  /** What became of it. */
  status: RateCardStatus;
  /** Number, from 1; those of withdrawn versions are not used again. */
  version: Scalars['Int']['output'];
  /** When it was withdrawn; null: it stands. */
  withdrawnAt?: Maybe<Scalars['DateTime']['output']>;
  /** Who withdrew it. */
  withdrawnBy?: Maybe<Scalars['String']['output']>;
};

/** What became of a version of the rate card. */
export type RateCardStatus =
  /** Events of now are priced by it. */
  | 'IN_FORCE'
  /** Another one took its place; events of its time are priced by it. */
  | 'PAST'
  /** It starts later. */
  | 'PLANNED'
  /** It was taken back before it began. */
  | 'WITHDRAWN';

/** A version of the rate card. */
export type RateCardVersion = {
  __typename?: 'RateCardVersion';
  /** From when it is in force. */
  effectiveFrom: Scalars['DateTime']['output'];
  /** Number, from 1. */
  version: Scalars['Int']['output'];
};

/** One figure of the rate card that differs between two versions. */
export type RateChange = {
  __typename?: 'RateChange';
  /** Its value after; null: it is not on the card any more. */
  after?: Maybe<Scalars['String']['output']>;
  /** Its value before; null: it was not on the card. */
  before?: Maybe<Scalars['String']['output']>;
  /** Which figure. */
  field: Scalars['String']['output'];
  /** Which list of the card: `models`, `scripts`, `guardrails`, `scanners`, `inference` or `fineTuning`. */
  list: Scalars['String']['output'];
  /** Which line; null for inference. */
  name?: Maybe<Scalars['String']['output']>;
};

/** What some use cost, and what it would have cost. */
export type RateCost = {
  __typename?: 'RateCost';
  /** How much more, or less if below 0. */
  difference: Scalars['Decimal']['output'];
  /** Credits that it cost. */
  was: Scalars['Decimal']['output'];
  /** Credits that it would have cost. */
  would: Scalars['Decimal']['output'];
};

/** The caller's budget for operations: a bucket of cost points that refills steadily. */
export type RateLimit = {
  __typename?: 'RateLimit';
  /** Points in the bucket now, before this operation's refund. */
  currentlyAvailable: Scalars['Int']['output'];
  /** Points that a full bucket holds. */
  maximumAvailable: Scalars['Int']['output'];
  /** Points added each second. */
  restoreRate: Scalars['Int']['output'];
};

/** Events of one account. */
export type RecordUsageInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** The events, 1 to 1,000. Null where `rawEvents` has them. A value that is not of its type makes the whole operation invalid. */
  events?: InputMaybe<Array<UsageEventInput>>;
  /** Whether events must fit into what is available. */
  mode?: UsageMode;
  /**
   * The same, tolerantly: objects with the members of `UsageEventInput`, where `tags` may be an object of texts too. An event with a value that is not of its type,
   * or with an unknown member, is refused by itself as MALFORMED, and loses none of its neighbours. A text with the character U+0000 still makes the whole operation invalid.
   */
  rawEvents?: InputMaybe<Array<InputMaybe<Scalars['JSON']['input']>>>;
};

/** Result of `recordUsage`: answered after the commit. */
export type RecordUsagePayload = {
  __typename?: 'RecordUsagePayload';
  /** Status after the commit; null if refused. */
  creditStatus?: Maybe<CreditStatus>;
  /** What became of each event, in their order; empty if all were refused by `userErrors`. */
  results: Array<UsageResult>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A guardrail to deploy again, at the rate in force; passes the gate DEPLOY_GUARDRAIL unless it costs nothing. */
export type RedeployGuardrailInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** When it takes effect, now or in the past, not before the segment's start; a fraction of a second is cut. Null: now. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** Kind of CPU, by its name on the rate card. */
  cpu?: InputMaybe<Scalars['String']['input']>;
  /** Kind of CPU; null: as before, or as `cpu` says. */
  cpuType?: InputMaybe<CpuType>;
  /** The guardrail. */
  guardrailId: Scalars['ID']['input'];
  /** Whether it waits for `reportDeployment`. */
  pending?: Scalars['Boolean']['input'];
  /** Number of replicas, 1 to 1,000; null: as before. */
  replicas?: InputMaybe<Scalars['Int']['input']>;
  /** When it ended, after `at` and not after now; a fraction of a second is cut: what ran and is over is reported in one call, costs its length however old it is, and passes no gate. Null: it goes on. */
  until?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Result of `redeployGuardrail`. */
export type RedeployGuardrailPayload = {
  __typename?: 'RedeployGuardrailPayload';
  /** The guardrail; null if refused. */
  guardrail?: Maybe<Guardrail>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A deployment to deploy again, at the rate in force; passes the gate DEPLOY_MODEL. */
export type RedeployModelInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** When it takes effect, now or in the past, not before the segment's start; a fraction of a second is cut. Null: now. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** The deployment. */
  deploymentId: Scalars['ID']['input'];
  /** Name of the hardware profile; null: as before. */
  hardware?: InputMaybe<Scalars['String']['input']>;
  /** Whether it waits for `reportDeployment`. */
  pending?: Scalars['Boolean']['input'];
  /** Number of replicas, 1 to 1,000; null: as before. */
  replicas?: InputMaybe<Scalars['Int']['input']>;
  /** When it ended, after `at` and not after now; a fraction of a second is cut: what ran and is over is reported in one call, costs its length however old it is, and passes no gate. Null: it goes on. */
  until?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Result of `redeployModel`. */
export type RedeployModelPayload = {
  __typename?: 'RedeployModelPayload';
  /** The deployment; null if refused. */
  deployment?: Maybe<Deployment>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A script to deploy again, at the rate in force. Passes the gate DEPLOY_SCRIPT. */
export type RedeployScriptInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** When it takes effect, now or in the past, not before the segment's start; a fraction of a second is cut. Null: now. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** Name of the hardware profile; null: as before. */
  hardware?: InputMaybe<Scalars['String']['input']>;
  /** Number of replicas, 1 to 1,000; null: as before. */
  replicas?: InputMaybe<Scalars['Int']['input']>;
  /** The script. */
  scriptId: Scalars['ID']['input'];
  /** When it ended, after `at` and not after now; a fraction of a second is cut: what ran and is over is reported in one call, costs its length however old it is, and passes no gate. Null: it goes on. */
  until?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Result of `redeployScript`. */
export type RedeployScriptPayload = {
  __typename?: 'RedeployScriptPayload';
  /** The script; null if refused. */
  script?: Maybe<Script>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A refusal by balance, as data. */
export type Refusal = {
  __typename?: 'Refusal';
  /** What remains, credits or runs; open reservations are not taken off. */
  balance: Scalars['Decimal']['output'];
  /** Why it is refused. */
  code: RefusalCode;
  /** The limit that `code` names, credits or runs: the negative limit, 0, or what the action asks for. */
  limit: Scalars['Decimal']['output'];
  /** The balance that refuses. */
  meter: Meter;
  /** How much must be added, at least, for the action to be allowed. */
  missing: Scalars['Decimal']['output'];
  /** The sentence to show to a person. */
  sentence: Scalars['String']['output'];
};

/** Why a balance refuses, the first that applies (rules §5). */
export type RefusalCode =
  /** No credits remain. */
  | 'CREDITS_EXHAUSTED'
  /** What was free has expired, and nothing else is there. */
  | 'FREE_CREDITS_EXPIRED'
  /** Credits remain, but fewer than the action needs. */
  | 'INSUFFICIENT_CREDITS'
  /** Credits are at or below the negative limit. */
  | 'NEGATIVE_LIMIT_REACHED'
  /** No runs remain. */
  | 'RUNS_EXHAUSTED';

/** Which refusals to list; every part given must fit. */
export type RefusalFilter = {
  /** With one of these codes; an empty list fits nothing. */
  codes?: InputMaybe<Array<Scalars['String']['input']>>;
  /** That came in here, such as `/v1/events`. */
  endpoint?: InputMaybe<Scalars['String']['input']>;
  /** Of this id; an empty text is an event that said none. */
  id?: InputMaybe<Scalars['String']['input']>;
  /** Refused in this range; null: as long as they are kept. */
  range?: InputMaybe<RangeInput>;
  /** Of this source; an empty text is an event that said none. */
  source?: InputMaybe<Scalars['String']['input']>;
};

/** An event that was not stored. */
export type RefusedEvent = {
  __typename?: 'RefusedEvent';
  /** When it was refused. */
  at: Scalars['DateTime']['output'];
  /** Why it was refused: a code of `UsageRefusal`, `CONFLICT`, or of the endpoint alone, `MALFORMED` and `UNKNOWN_TYPE`. */
  code: Scalars['String']['output'];
  /** Where it came in: `recordUsage`, `settleReservation`, `/v1/events`, `/v1/traces`, `/v1/metrics`, `/api/v1/write`, `consume`; or `counters`, for growth of a counter that was refused after it had been taken in. */
  endpoint: Scalars['String']['output'];
  /** Its id, as it came; null: it was missing. */
  id?: Maybe<Scalars['String']['output']>;
  /** TOOL_RUN or INFERENCE; null: neither could be told. */
  kind?: Maybe<UsageKind>;
  /** A sentence on why. */
  message: Scalars['String']['output'];
  /** Who said so, as it came; null: it was missing. */
  source?: Maybe<Scalars['String']['output']>;
  /** When it is said to have happened; null: it was missing, or could not be read. */
  time?: Maybe<Scalars['DateTime']['output']>;
};

/** Refused events, latest first. */
export type RefusedEventConnection = {
  __typename?: 'RefusedEventConnection';
  /** The rows. */
  edges: Array<RefusedEventEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
};

/** A row with its place in the order. */
export type RefusedEventEdge = {
  __typename?: 'RefusedEventEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** The event. */
  node: RefusedEvent;
};

/** A base model to register; fine-tuned ones come from jobs. */
export type RegisterModelInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Own price of input tokens read from a cache; null: `inputRate`, or else the rate card's. */
  cacheReadRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** Own price of input tokens written to a cache; null: `inputRate`, or else the rate card's. */
  cacheWriteRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** The platform's own id of it, 1 to 200 characters, unique within account and kind; null: none. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 128 characters; a repeat with the same content returns the first result. Null: every call makes another. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Own price, credits per million input tokens; null: the rate card's. */
  inputRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** Name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** Own price, credits per million output tokens; null: the rate card's. */
  outputRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** Nominal size in billions of parameters, above 0; null: unknown, and the model cannot be fine-tuned. */
  parametersBillions?: InputMaybe<Scalars['Decimal']['input']>;
  /** Own price of output tokens spent on reasoning; null: `outputRate`, or else the rate card's. */
  reasoningRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** What to attach to it, at most 20 pairs; null: nothing. */
  tags?: InputMaybe<Array<TagInput>>;
};

/** Result of `registerModel`. */
export type RegisterModelPayload = {
  __typename?: 'RegisterModelPayload';
  /** The model; null if refused. */
  model?: Maybe<Model>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A tool to register. */
export type RegisterToolInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** The platform's own id of it, 1 to 200 characters, unique within account and kind; null: none. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 128 characters; a repeat with the same content returns the first result. Null: every call makes another. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** User who created the tool, 1 to 200 characters. */
  ownerName: Scalars['String']['input'];
  /** IN_DEVELOPMENT or DEPLOYED. */
  status?: ToolStatus;
  /** What to attach to it, at most 20 pairs; null: nothing. */
  tags?: InputMaybe<Array<TagInput>>;
};

/** Result of `registerTool`. */
export type RegisterToolPayload = {
  __typename?: 'RegisterToolPayload';
  /** The tool; null if refused. */
  tool?: Maybe<Tool>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A reservation to free. */
export type ReleaseReservationInput = {
  /** The reservation. */
  reservationId: Scalars['ID']['input'];
};

/** Result of `releaseReservation`. */
export type ReleaseReservationPayload = {
  __typename?: 'ReleaseReservationPayload';
  /** Status after the commit; null if refused. */
  creditStatus?: Maybe<CreditStatus>;
  /** The reservation; null if refused. */
  reservation?: Maybe<Reservation>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A member to remove. */
export type RemoveMemberInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** The member. */
  memberId: Scalars['ID']['input'];
};

/** Result of `removeMember`. */
export type RemoveMemberPayload = {
  __typename?: 'RemoveMemberPayload';
  /** The member removed; null if refused. */
  removedMemberId?: Maybe<Scalars['ID']['output']>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A custom role to remove. */
export type RemoveRoleInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Name of the role. */
  name: Scalars['String']['input'];
};

/** Result of `removeRole`. */
export type RemoveRolePayload = {
  __typename?: 'RemoveRolePayload';
  /** Name of the role removed; null if refused. */
  removedRole?: Maybe<Scalars['String']['output']>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** The end of a pending deployment. A repeat with the same content returns the first result. */
export type ReportDeploymentInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** When it went so: where metering starts. Null: now. Not before the deployment was asked for, not in the future; a fraction of a second is cut. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** Where it answers, at most 2,000 characters; null: not told. */
  endpoint?: InputMaybe<Scalars['String']['input']>;
  /** A model's deployment, a guardrail or a script. */
  id: Scalars['ID']['input'];
  /** How it went. */
  outcome: DeploymentOutcome;
  /** Why it failed, at most 1,000 characters; null: not told. */
  reason?: InputMaybe<Scalars['String']['input']>;
};

/** Result of `reportDeployment`. */
export type ReportDeploymentPayload = {
  __typename?: 'ReportDeploymentPayload';
  /** What was reported on; null if refused. */
  deployable?: Maybe<Deployable>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** Guardrails and scripts that were used: nothing is charged for their use, and this alone tells of it. */
export type ReportUseInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** 1 to 1,000 of them. */
  uses: Array<ResourceUseInput>;
};

/** Result of `reportUse`. */
export type ReportUsePayload = {
  __typename?: 'ReportUsePayload';
  /** How many are used later now than was known. */
  changed: Scalars['Int']['output'];
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** An amount reserved for use to come. It stands in no ledger entry. */
export type Reservation = Node & {
  __typename?: 'Reservation';
  /** The account. */
  account?: Maybe<Account>;
  /** The account. */
  accountId: Scalars['ID']['output'];
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** When it times out. */
  expiresAt: Scalars['DateTime']['output'];
  /**
   * The older name of `reserved`.
   * @deprecated Use `reserved`.
   */
  held: Scalars['Decimal']['output'];
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Which meter. */
  meter: Meter;
  /** How it was made. */
  mode: ReservationMode;
  /** The platform's reference; null if none. */
  reference?: Maybe<Scalars['String']['output']>;
  /** What was asked for, credits or runs. */
  requested: Scalars['Decimal']['output'];
  /** What is still reserved: what was set aside at first less what was settled, 0 once it is not OPEN. */
  reserved: Scalars['Decimal']['output'];
  /** What was settled so far. */
  settled: Scalars['Decimal']['output'];
  /** Its state. */
  state: ReservationState;
  /** When it was made, settled in part, closed or timed out, whichever was last. */
  updatedAt: Scalars['DateTime']['output'];
};

/** Reservations of an account, latest first. */
export type ReservationConnection = {
  __typename?: 'ReservationConnection';
  /** The rows. */
  edges: Array<ReservationEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
};

/** A row of `ReservationConnection`. */
export type ReservationEdge = {
  __typename?: 'ReservationEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** What stands in the row. */
  node: Reservation;
};

/** How a reservation behaves when not everything is there (rules §5). */
export type ReservationMode =
  /** What is available. */
  | 'CAP'
  /** All, down to the negative limit. */
  | 'NEGATIVE'
  /** All or nothing. */
  | 'REJECT';

/** State of a reservation. */
export type ReservationState =
  /** Timed out; a later settlement is still recorded. */
  | 'EXPIRED'
  /** What is reserved is kept. */
  | 'OPEN'
  /** Released. */
  | 'RELEASED'
  /** Settled for good. */
  | 'SETTLED';

/** An amount to reserve for use to come. */
export type ReserveUsageInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Credits or whole runs, above 0. */
  amount: Scalars['Decimal']['input'];
  /** 1 to 128 characters. A repeat with the same content returns the first result. */
  idempotencyKey: Scalars['String']['input'];
  /** Which meter. */
  meter: Meter;
  /** What to do when not everything is there. */
  mode?: ReservationMode;
  /** The platform's reference, at most 200 characters. */
  reference?: InputMaybe<Scalars['String']['input']>;
  /** Seconds until it times out, 1 to 86,400. Null: as the installation has set it, 900 unless it has. */
  timeoutSeconds?: InputMaybe<Scalars['Int']['input']>;
};

/** Result of `reserveUsage`. */
export type ReserveUsagePayload = {
  __typename?: 'ReserveUsagePayload';
  /** Status after the commit; null if refused. */
  creditStatus?: Maybe<CreditStatus>;
  /** The reservation; null if refused. */
  reservation?: Maybe<Reservation>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A tool, model, guardrail or script, by what they have in common. */
export type Resource = {
  /** The account. */
  account?: Maybe<Account>;
  /** The account it belongs to. */
  accountId: Scalars['ID']['output'];
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** The platform's own id of it, unique within account and kind; null: none. */
  externalId?: Maybe<Scalars['String']['output']>;
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Its name. */
  name: Scalars['String']['output'];
  /** What the platform attached to it, by key. */
  tags: Array<Tag>;
  /** When its status, or what is said of it, last changed; `createdAt` where neither has. */
  updatedAt: Scalars['DateTime']['output'];
};

/** What a resource was charged within a range. */
export type ResourceCharge = {
  __typename?: 'ResourceCharge';
  /** What it was charged, above 0; what was given back is not deducted. */
  amount: Scalars['Decimal']['output'];
  /** What the resource is. */
  category: Category;
  /** Credits or runs. */
  meter: Meter;
  /** It, as it is now. */
  resource?: Maybe<Resource>;
  /** The tool, model, guardrail or script. */
  resourceId: Scalars['ID']['output'];
  /** Its name, as it is now. */
  resourceName: Scalars['String']['output'];
};

/** What was used, and when. */
export type ResourceUseInput = {
  /** When it was used; null: now. An earlier time than the one known changes nothing. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** The guardrail or script. */
  id: Scalars['ID']['input'];
};

/** A token to revoke. Live subscriptions made with it end. */
export type RevokeApiTokenInput = {
  /** The token. */
  apiTokenId: Scalars['ID']['input'];
};

/** Result of `revokeApiToken`. */
export type RevokeApiTokenPayload = {
  __typename?: 'RevokeApiTokenPayload';
  /** The token; null if refused. */
  apiToken?: Maybe<ApiToken>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A role within an account: built in, or made by `setRole`. */
export type Role = {
  __typename?: 'Role';
  /** Which built-in role it is; null for a custom one. */
  builtIn?: Maybe<BuiltInRole>;
  /** When it was made; null for a built-in one. */
  createdAt?: Maybe<Scalars['DateTime']['output']>;
  /** Opaque global id, for caches of clients. Not for `node`. */
  id: Scalars['ID']['output'];
  /** Its name; that of a built-in role is spelled as in `BuiltInRole`. */
  name: Scalars['String']['output'];
  /** All it permits, in the order of `Permission`, implied ones included. */
  permissions: Array<Permission>;
  /** When what it permits last changed; null for a built-in one. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** A token to rotate: one with the same name and rights takes its place. */
export type RotateApiTokenInput = {
  /** The token, valid and not rotated before. */
  apiTokenId: Scalars['ID']['input'];
  /** From when the new token is refused, in the future; null: as long after now as the old one was made for, so never where that had no end. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** How long the old secret stays good, in seconds, 0 to 604,800 (7 days) and never beyond its own end. 0: it is revoked at once, and live subscriptions made with it end. */
  overlapSeconds?: Scalars['Int']['input'];
};

/** Result of `rotateApiToken`. */
export type RotateApiTokenPayload = {
  __typename?: 'RotateApiTokenPayload';
  /** The new token; null if refused. */
  apiToken?: Maybe<ApiToken>;
  /** The old token with its new end; null if refused. */
  previous?: Maybe<ApiToken>;
  /** The new secret, shown this once; null if refused. */
  secret?: Maybe<Scalars['String']['output']>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** The Runs card: tool runs consumed against the allocation, now. */
export type RunsCard = {
  __typename?: 'RunsCard';
  /** Runs allotted. */
  allocation: Scalars['Long']['output'];
  /** Runs left; negative in debt. */
  remaining: Scalars['Long']['output'];
  /** Runs used. */
  used: Scalars['Long']['output'];
  /** Used share of the allocation in percent, 2 decimals. */
  usedPercent: Scalars['Decimal']['output'];
};

/** When the first of an account's meters is foretold to be used up. */
export type Runway =
  /** Later, not at all, or too little is known. */
  | 'BEYOND'
  /** One has nothing left. */
  | 'USED_UP'
  /** Within 7 days. */
  | 'WITHIN_7_DAYS'
  /** Within 30 days. */
  | 'WITHIN_30_DAYS'
  /** Within 90 days. */
  | 'WITHIN_90_DAYS';

/** Another number of replicas for what is deployed, at the rate of its deployment; more passes the gate SCALE_UP. */
export type ScaleDeploymentInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** When it takes effect, now or in the past, not before the segment's start; a fraction of a second is cut. Null: now. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** A model's deployment, a guardrail or a script. */
  id: Scalars['ID']['input'];
  /** Number of replicas, 1 to 1,000. */
  replicas: Scalars['Int']['input'];
};

/** Result of `scaleDeployment`. */
export type ScaleDeploymentPayload = {
  __typename?: 'ScaleDeploymentPayload';
  /** What was scaled; null if refused. */
  deployable?: Maybe<Deployable>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** What a guardrail scans for; the rate card gives its CPUs (rules §7). */
export type Scanner =
  /** Anonymize: 4 CPUs. */
  | 'ANONYMIZE'
  /** Ban topics: 4 CPUs. */
  | 'BAN_TOPICS'
  /** Bias detection: 2 CPUs. */
  | 'BIAS_DETECTION'
  /** Deanonymize: costs nothing, never gated, never stopped. */
  | 'DEANONYMIZE'
  /** Another one of the rate card: see `scannerKey`. Never in an input. */
  | 'OTHER'
  /** Prompt injection: 2 CPUs. */
  | 'PROMPT_INJECTION'
  /** Regex: costs nothing, never gated, never stopped. */
  | 'REGEX'
  /** Relevance: 2 CPUs. */
  | 'RELEVANCE'
  /** Toxicity: 2 CPUs. */
  | 'TOXICITY';

/** What a scanner needs. */
export type ScannerProfile = {
  __typename?: 'ScannerProfile';
  /** CPUs of each replica; 0 for one that costs nothing. */
  cpuCount: Scalars['Int']['output'];
  /** Whether it costs nothing. */
  free: Scalars['Boolean']['output'];
  /** Name for show. */
  name: Scalars['String']['output'];
  /**
   * The scanner.
   * @deprecated `OTHER` for a scanner that this list does not have. Use `scannerKey`.
   */
  scanner: Scanner;
  /** The scanner: the key to deploy with. */
  scannerKey: Scalars['String']['output'];
};

/** A scanner. */
export type ScannerProfileInput = {
  /** CPUs of each replica; 0 for one that costs nothing. */
  cpuCount: Scalars['Int']['input'];
  /** Name for show; null: that of version 1, or the key. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Key to deploy with, such as `ANONYMIZE`. */
  scannerKey: Scalars['String']['input'];
};

/** A custom script, charged by the hardware profile it is deployed on. */
export type Script = Node & Resource & {
  __typename?: 'Script';
  /** The account. */
  account?: Maybe<Account>;
  /** The account it belongs to. */
  accountId: Scalars['ID']['output'];
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Where it answers; null unless reported. */
  endpoint?: Maybe<Scalars['String']['output']>;
  /** The platform's own id of it, unique within account and kind; null: none. */
  externalId?: Maybe<Scalars['String']['output']>;
  /** Name of the hardware profile, as in the rate card; null before the first deployment. */
  hardware?: Maybe<Scalars['String']['output']>;
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Its language. */
  language: ScriptLanguage;
  /** Version of the language, such as `3.10.15`. */
  languageVersion: Scalars['String']['output'];
  /** Its last second deployed; now while it is; null: never. */
  lastActiveOn?: Maybe<Scalars['DateTime']['output']>;
  /** When it was last used, as `reportUse` says; null: that was never said. */
  lastUsedOn?: Maybe<Scalars['DateTime']['output']>;
  /** Script name. */
  name: Scalars['String']['output'];
  /** The detail panel: infrastructure used within the range. */
  panel: ScriptPanel;
  /** Credits per replica-hour in force since the last deploy or redeploy; null before the first. */
  ratePerHour?: Maybe<Scalars['Decimal']['output']>;
  /** Why it failed or was stopped; null otherwise. */
  reason?: Maybe<Scalars['String']['output']>;
  /** Number of replicas; each is metered; 0 before the first deployment. */
  replicas: Scalars['Int']['output'];
  /** Its status now. */
  status: ScriptStatus;
  /** What the platform attached to it, by key. */
  tags: Array<Tag>;
  /** When its status, or what is said of it, last changed; `createdAt` where neither has. */
  updatedAt: Scalars['DateTime']['output'];
};


/** A custom script, charged by the hardware profile it is deployed on. */
export type ScriptPanelArgs = {
  range?: InputMaybe<RangeInput>;
};

/** A page of the Custom Scripts tab. */
export type ScriptConnection = {
  __typename?: 'ScriptConnection';
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** The range compared with; null where nothing is compared. */
  comparedRange?: Maybe<Range>;
  /** The rows. */
  edges: Array<ScriptEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** The range that the figures cover. */
  range: Range;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
  /** Sums over them. */
  totals: ScriptTotals;
};

/** A row of the Custom Scripts tab: the script, and its figures within the range. */
export type ScriptEdge = {
  __typename?: 'ScriptEdge';
  /** Credits consumed for hardware and resources. */
  creditsUsed: Scalars['Decimal']['output'];
  /** `creditsUsed` compared. */
  creditsUsedChange?: Maybe<Change>;
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** The script as it is now. */
  node: Script;
};

/** Which scripts to list; every part given must fit. */
export type ScriptFilter = {
  /** Name contains this, whatever the case; at most 100 characters. */
  search?: InputMaybe<Scalars['String']['input']>;
  /** One of these statuses. */
  status?: InputMaybe<Array<ScriptStatus>>;
};

/** One hardware profile that a script used. */
export type ScriptInfrastructure = {
  __typename?: 'ScriptInfrastructure';
  /** Credits consumed. */
  credits: Scalars['Decimal']['output'];
  /** Name of the profile, as in the rate card. */
  hardware: Scalars['String']['output'];
  /** Wall-clock time used, in hours and minutes. */
  hostingTime: Duration;
  /** Memory of each replica in GB. */
  memoryGb: Scalars['Int']['output'];
  /** Seconds times replicas: what was metered. */
  replicaSeconds: Scalars['Long']['output'];
  /** Virtual CPUs of each replica. */
  vcpus: Scalars['Int']['output'];
};

/** Language of a custom script. */
export type ScriptLanguage =
  /** JavaScript 20.19.0. */
  | 'JAVASCRIPT'
  /** Python 3.10.15. */
  | 'PYTHON';

/** The detail panel of a custom script. */
export type ScriptPanel = {
  __typename?: 'ScriptPanel';
  /** A row for each profile used, most credits first. */
  components: Array<ScriptInfrastructure>;
  /** Wall-clock time deployed, without double counting. */
  hostingTime: Duration;
  /** Script name. */
  name: Scalars['String']['output'];
  /** The range covered. */
  range: Range;
  /** Credits of all rows. */
  total: Scalars['Decimal']['output'];
};

/** A machine for custom scripts. */
export type ScriptProfileInput = {
  /** Memory in GB. */
  memoryGb: Scalars['Int']['input'];
  /** Name to deploy with. */
  name: Scalars['String']['input'];
  /** Credits per replica-hour. */
  ratePerHour: Scalars['Decimal']['input'];
  /** Virtual CPUs. */
  vcpus: Scalars['Int']['input'];
};

/** Order of scripts; equal ones by id. */
export type ScriptSort = {
  /** Which end comes first. */
  direction?: SortDirection;
  /** What to sort by. */
  field?: ScriptSortField;
};

/** What scripts are sorted by. */
export type ScriptSortField =
  /** Credits used within the range; needs USAGE_VIEW. */
  | 'CREDITS_USED'
  /** Language, then version. */
  | 'LANGUAGE'
  /** Last second deployed; never comes last. */
  | 'LAST_ACTIVE_ON'
  /** Name. */
  | 'NAME'
  /** Status. */
  | 'STATUS';

/** Status of a custom script (rules §9). */
export type ScriptStatus =
  /** Deleted; stays listed. */
  | 'DELETED'
  /** Running and metered. */
  | 'DEPLOYED'
  /** Being deployed; nothing is metered yet. */
  | 'DEPLOYING'
  /** The last deployment failed or was stopped; `reason` says why. */
  | 'DEPLOYMENT_FAILED'
  /** Written, never deployed. */
  | 'DRAFT'
  /** Undeployed, and can be deployed again. */
  | 'READY_TO_DEPLOY';

/** Sums over the scripts that the filter leaves, paging ignored, within the range. */
export type ScriptTotals = {
  __typename?: 'ScriptTotals';
  /**
   * The older name of `totalCredits`.
   * @deprecated Use `totalCredits`.
   */
  hostingCredits: Scalars['Decimal']['output'];
  /**
   * The older name of `totalCreditsChange`.
   * @deprecated Use `totalCreditsChange`.
   */
  hostingCreditsChange?: Maybe<Change>;
  /** Wall-clock time deployed, each script's added. */
  time: Duration;
  /** `time` compared, in seconds. */
  timeChange?: Maybe<Change>;
  /** Credits used by them. */
  totalCredits: Scalars['Decimal']['output'];
  /** `totalCredits` compared. */
  totalCreditsChange?: Maybe<Change>;
  /** Number of scripts. */
  totalScripts: Scalars['Int']['output'];
};

/** New limits for an account, from the second of the change; what is left out stays, null is back to the default. */
export type SetAccountLimitsInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Fine-tuning needs more credits than this. */
  fineTuningLimit?: InputMaybe<Scalars['Decimal']['input']>;
  /** New deployments need at least this many credits. */
  lowCreditLimit?: InputMaybe<Scalars['Decimal']['input']>;
  /** At this balance everything stops; 0 or less. */
  negativeLimit?: InputMaybe<Scalars['Decimal']['input']>;
};

/** Result of `setAccountLimits`. */
export type SetAccountLimitsPayload = {
  __typename?: 'SetAccountLimitsPayload';
  /** Status after the commit; null if refused. */
  creditStatus?: Maybe<CreditStatus>;
  /** The settings; null if refused. */
  settings?: Maybe<AccountSettings>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** Name and time zone of an account, as its people change them. */
export type SetAccountProfileInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** New name, 1 to 200 characters; null: as before. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Zone of dates in mails; null: as before. */
  timeZone?: InputMaybe<Scalars['TimeZone']['input']>;
};

/** Result of `setAccountProfile`. */
export type SetAccountProfilePayload = {
  __typename?: 'SetAccountProfilePayload';
  /** The account; null if refused. */
  account?: Maybe<Account>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** Who gets the billing mails beside admins and master admins. */
export type SetBillingContactsInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** All addresses, at most 20; empty: none. */
  emails: Array<Scalars['String']['input']>;
};

/** Result of `setBillingContacts`. */
export type SetBillingContactsPayload = {
  __typename?: 'SetBillingContactsPayload';
  /** The settings; null if refused. */
  settings?: Maybe<AccountSettings>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** Which e-mails of an account the calling member does not want. */
export type SetMailPreferencesInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /**
   * All kinds that are not wanted; NEGATIVE_LIMIT and STOPPED cannot be among them, nor can STEP, LOW_LIMIT, ZERO or those about scripts
   * if no other administrator gets them. Empty: all are wanted.
   */
  muted: Array<EmailKind>;
};

/** Result of `setMailPreferences`. */
export type SetMailPreferencesPayload = {
  __typename?: 'SetMailPreferencesPayload';
  /** The preferences; null if refused. */
  mailPreferences?: Maybe<MailPreferences>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A member to add, or to change if `userId` is known in the account. */
export type SetMemberInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Where mails go, at most 254 characters. Null: unchanged; required for a new member, unless they are invited: then it is the address that they are invited by. */
  email?: InputMaybe<Scalars['String']['input']>;
  /** New own id, 1 to 200 characters, unique within the account; null: none any more; left out: as before. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** Name, at most 200 characters. Null: unchanged, or the e-mail. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Name of the role: MEMBER, ADMIN, MASTER_ADMIN or a custom one. */
  role: Scalars['String']['input'];
  /**
   * The platform's id of the person, the subject of the token they sign in with; 1 to 200 characters. `mailto:ADDRESS` invites whoever signs in with that address, if the issuer
   * says that it has verified it.
   */
  userId: Scalars['String']['input'];
};

/** Result of `setMember`. */
export type SetMemberPayload = {
  __typename?: 'SetMemberPayload';
  /** The member; null if refused. */
  member?: Maybe<Member>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** Whether events may make tools and models of an account of their own accord, from now on. */
export type SetProvisioningInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Whether the first inference of an unknown own id makes a base model, named like its own id. */
  models: Scalars['Boolean']['input'];
  /** Whether the first run of an unknown own id makes a tool, as deployed, named like its own id. */
  tools: Scalars['Boolean']['input'];
};

/** Result of `setProvisioning`. */
export type SetProvisioningPayload = {
  __typename?: 'SetProvisioningPayload';
  /** What is allowed now; null if refused. */
  provisioning?: Maybe<Provisioning>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** Rates to be an account's, or a model's, own. */
export type SetRatesInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** From when they count, cut to the second, some minutes from now; null: as soon as may be. What has not begun may be set once more. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Of hosting; what is deployed from then on. */
  hosting?: Array<OwnHostingRateInput>;
  /** 1 to 128 characters; a repeat with the same content returns the first result. Null: every call sets them. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** One of its models; null: the account. */
  modelId?: InputMaybe<Scalars['ID']['input']>;
  /** Of tokens; null: the rate card's. */
  tokens?: InputMaybe<OwnTokenRatesInput>;
};

/** Result of `setRates`. */
export type SetRatesPayload = {
  __typename?: 'SetRatesPayload';
  /** From when they count; null if refused. */
  from?: Maybe<Scalars['DateTime']['output']>;
  /** All own rates of the account and its models. */
  ownRates: Array<OwnRates>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A custom role to make, or to change if the name is known in the account. */
export type SetRoleInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Name, 1 to 60 characters; not that of a built-in role. */
  name: Scalars['String']['input'];
  /** All it permits beside what every member may, at least one and only of those marked c in `Permission`. */
  permissions: Array<Permission>;
};

/** Result of `setRole`. */
export type SetRolePayload = {
  __typename?: 'SetRolePayload';
  /** The role; null if refused. */
  role?: Maybe<Role>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A tool's new status. Development is left for good with the first deployment; DELETED needs RESOURCE_DELETE and is final. */
export type SetToolStatusInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** The status. */
  status: ToolStatus;
  /** The tool. */
  toolId: Scalars['ID']['input'];
};

/** Result of `setToolStatus`. */
export type SetToolStatusPayload = {
  __typename?: 'SetToolStatusPayload';
  /** The tool; null if refused. */
  tool?: Maybe<Tool>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** The real use of a reservation, in one go or in parts; it may be more than was reserved. Repeats are known by the events' identity. */
export type SettleReservationInput = {
  /** The events, 0 to 1,000; stored as by RECORD. */
  events: Array<UsageEventInput>;
  /** Whether this is the last part: what is still reserved is freed. */
  final?: Scalars['Boolean']['input'];
  /** The reservation. */
  reservationId: Scalars['ID']['input'];
};

/** Result of `settleReservation`: answered after the commit. */
export type SettleReservationPayload = {
  __typename?: 'SettleReservationPayload';
  /** Status after the commit; null if refused. */
  creditStatus?: Maybe<CreditStatus>;
  /** The reservation; null if refused. */
  reservation?: Maybe<Reservation>;
  /** What became of each event, in their order; empty if all were refused by `userErrors`. */
  results: Array<UsageResult>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** Direction of sorting. */
export type SortDirection =
  /** Smallest, earliest or A first. */
  | 'ASC'
  /** Largest, latest or Z first. */
  | 'DESC';

/** A fine-tuning job to start; charged at once. Passes the gate FINE_TUNE with its estimate. */
export type StartFineTuningInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** Passes over them, 1 to 1,000. */
  epochs: Scalars['Int']['input'];
  /** The platform's own id of the model to make, 1 to 200 characters, unique within account and kind; null: none. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** GPU that it runs on, by its name on the rate card. */
  gpu?: InputMaybe<Scalars['String']['input']>;
  /** GPU that it runs on: this, or `gpu`. */
  hardware?: InputMaybe<FineTuningHardware>;
  /** 1 to 128 characters. A repeat with the same content returns the first result. */
  idempotencyKey: Scalars['String']['input'];
  /** Method. */
  method: FineTuningMethod;
  /** The base model. */
  modelId: Scalars['ID']['input'];
  /** Name of the FINE_TUNED model to make, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** What to attach to that model, at most 20 pairs; null: nothing. */
  tags?: InputMaybe<Array<TagInput>>;
  /** Tokens of training data, 1 to 10^12. */
  trainingTokens: Scalars['Long']['input'];
};

/** Result of `startFineTuning`. */
export type StartFineTuningPayload = {
  __typename?: 'StartFineTuningPayload';
  /** Status after the commit; null if refused. */
  creditStatus?: Maybe<CreditStatus>;
  /** The job; null if refused. */
  job?: Maybe<FineTuningJob>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A monthly cycle of an account (rules §3). */
export type Statement = Node & {
  __typename?: 'Statement';
  /** Whether it is closed; the figures of the running cycle still move. */
  closed: Scalars['Boolean']['output'];
  /** Model credits. */
  credits: StatementLine;
  /** Exclusive end of the cycle. */
  cycleEnd: Scalars['DateTime']['output'];
  /** Inclusive start of the cycle. */
  cycleStart: Scalars['DateTime']['output'];
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** Tool runs. */
  runs: StatementLine;
};

/** Statements of an account, latest cycle first, the running one included. */
export type StatementConnection = {
  __typename?: 'StatementConnection';
  /** The rows. */
  edges: Array<StatementEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
};

/** A row of `StatementConnection`. */
export type StatementEdge = {
  __typename?: 'StatementEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** What stands in the row. */
  node: Statement;
};

/** One meter of a statement: `closing = opening + granted − charged + refunded − expired + adjusted`. */
export type StatementLine = {
  __typename?: 'StatementLine';
  /** Corrections, and debt carried over; signed. */
  adjusted: Scalars['Decimal']['output'];
  /** Used. */
  charged: Scalars['Decimal']['output'];
  /** Balance at the end. */
  closing: Scalars['Decimal']['output'];
  /** Expired unused. */
  expired: Scalars['Decimal']['output'];
  /** Granted. */
  granted: Scalars['Decimal']['output'];
  /** Which meter. */
  meter: Meter;
  /** Balance at the start; that at the close of the cycle before. */
  opening: Scalars['Decimal']['output'];
  /** Given back. */
  refunded: Scalars['Decimal']['output'];
};

/** What can be watched. An account out of reach ends the subscription with the error NOT_FOUND. */
export type Subscription = {
  __typename?: 'Subscription';
  /** The banners of the calling user: the present ones at once, then the latest after changes. */
  banners: BannerList;
  /** The widget: the present state at once, then the latest after changes; states in between may be dropped, the last never. */
  creditStatus: CreditStatus;
  /** Every change of deployments, once and in order. */
  deploymentChanges: DeploymentFrame;
  /** Every threshold crossed, once and in order. */
  thresholdCrossings: ThresholdFrame;
};


/** What can be watched. An account out of reach ends the subscription with the error NOT_FOUND. */
export type SubscriptionBannersArgs = {
  accountId: Scalars['ID']['input'];
};


/** What can be watched. An account out of reach ends the subscription with the error NOT_FOUND. */
export type SubscriptionCreditStatusArgs = {
  accountId: Scalars['ID']['input'];
};


/** What can be watched. An account out of reach ends the subscription with the error NOT_FOUND. */
export type SubscriptionDeploymentChangesArgs = {
  accountId: Scalars['ID']['input'];
  after?: InputMaybe<Scalars['Cursor']['input']>;
};


/** What can be watched. An account out of reach ends the subscription with the error NOT_FOUND. */
export type SubscriptionThresholdCrossingsArgs = {
  accountId: Scalars['ID']['input'];
  after?: InputMaybe<Scalars['Cursor']['input']>;
};

/** A pair of what a platform attaches to a thing. */
export type Tag = {
  __typename?: 'Tag';
  /** Its key, 1 to 64 characters. */
  key: Scalars['String']['output'];
  /** Its value, at most 256 characters. */
  value: Scalars['String']['output'];
};

/** A pair to attach to a thing. */
export type TagInput = {
  /** Its key, 1 to 64 characters, none twice. */
  key: Scalars['String']['input'];
  /** Its value, at most 256 characters. */
  value: Scalars['String']['input'];
};

/** A threshold that was crossed. Each comes once per arming. */
export type ThresholdCrossing = {
  __typename?: 'ThresholdCrossing';
  /**
   * Number of the arming: REARMED begins it, and the REACHED that follows has the same number. It grows with every arming of any threshold of the meter, so not by 1
   * each time. Account, meter, kind, step, direction and this name an event once and for all.
   */
  arming: Scalars['Int']['output'];
  /** When it was posted. */
  at: Scalars['DateTime']['output'];
  /** Resume after this event with it. */
  cursor: Scalars['Cursor']['output'];
  /** Which way. */
  direction: ThresholdDirection;
  /** What was crossed. */
  kind: ThresholdKind;
  /** Which meter. */
  meter: Meter;
  /** What remained after the change, credits or runs. */
  remaining: Scalars['Decimal']['output'];
  /** Number of the change in the account. */
  revision: Scalars['Long']['output'];
  /** The percent step; null unless PERCENT. */
  step?: Maybe<Scalars['Int']['output']>;
  /** Used share after the change in percent, 2 decimals. */
  usedPercent: Scalars['Decimal']['output'];
};

/** Which way a threshold was crossed. */
export type ThresholdDirection =
  /** It was reached. */
  | 'REACHED'
  /** It is armed again: something brought the meter back below it. */
  | 'REARMED';

/** A frame of `thresholdCrossings`. */
export type ThresholdFrame = ThresholdCrossing | ThresholdSnapshot;

/** What a crossing is about. */
export type ThresholdKind =
  /** The low-credit limit. */
  | 'LOW_LIMIT'
  /** The negative limit. */
  | 'NEGATIVE_LIMIT'
  /** A percent step: 20, 50, 70, 80, 90 or 100. */
  | 'PERCENT'
  /** Zero. */
  | 'ZERO';

/** The state to start from: comes first without a cursor, and when events after the cursor are no longer kept. */
export type ThresholdSnapshot = {
  __typename?: 'ThresholdSnapshot';
  /** The whole state. */
  creditStatus: CreditStatus;
  /** Events after this snapshot follow. */
  cursor: Scalars['Cursor']['output'];
};

/** A tool; its invocations are tool runs. */
export type Tool = Node & Resource & {
  __typename?: 'Tool';
  /** The account. */
  account?: Maybe<Account>;
  /** The account it belongs to. */
  accountId: Scalars['ID']['output'];
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** The platform's own id of it, unique within account and kind; null: none. */
  externalId?: Maybe<Scalars['String']['output']>;
  /** Opaque global id. */
  id: Scalars['ID']['output'];
  /** When the tool was last used; null: never. */
  lastActiveOn?: Maybe<Scalars['DateTime']['output']>;
  /** Name of the tool. */
  name: Scalars['String']['output'];
  /** User who created the tool. */
  ownerName: Scalars['String']['output'];
  /** Its status now. */
  status: ToolStatus;
  /** What the platform attached to it, by key. */
  tags: Array<Tag>;
  /** When its status, or what is said of it, last changed; `createdAt` where neither has. */
  updatedAt: Scalars['DateTime']['output'];
};

/** A page of the Tools tab: tools deployed at least once. */
export type ToolConnection = {
  __typename?: 'ToolConnection';
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** The range compared with; null where nothing is compared. */
  comparedRange?: Maybe<Range>;
  /** The rows. */
  edges: Array<ToolEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** The range that the figures cover. */
  range: Range;
  /** Number of rows that the filter leaves. */
  totalCount: Scalars['Int']['output'];
  /** Sums over them. */
  totals: ToolTotals;
};

/** A row of the Tools tab: the tool, and its figures within the range. */
export type ToolEdge = {
  __typename?: 'ToolEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** The tool as it is now. */
  node: Tool;
  /** Times it was invoked within the range. */
  runs: Scalars['Long']['output'];
  /** `runs` compared. */
  runsChange?: Maybe<Change>;
};

/** Which tools to list; every part given must fit. */
export type ToolFilter = {
  /** Name contains this, whatever the case; at most 100 characters. */
  search?: InputMaybe<Scalars['String']['input']>;
  /** One of these statuses; IN_DEVELOPMENT finds nothing. */
  status?: InputMaybe<Array<ToolStatus>>;
};

/** Order of tools; equal ones by id. */
export type ToolSort = {
  /** Which end comes first. */
  direction?: SortDirection;
  /** What to sort by. */
  field?: ToolSortField;
};

/** What tools are sorted by. */
export type ToolSortField =
  /** Date last used; never comes last. */
  | 'LAST_ACTIVE_ON'
  /** Name. */
  | 'NAME'
  /** Name of the owner. */
  | 'OWNER_NAME'
  /** Runs within the range; needs USAGE_VIEW. */
  | 'RUNS'
  /** Status. */
  | 'STATUS';

/** Status of a tool. */
export type ToolStatus =
  /** Deleted; stays listed. */
  | 'DELETED'
  /** Deployed. */
  | 'DEPLOYED'
  /** Never deployed; not listed, not metered, its usage is refused. */
  | 'IN_DEVELOPMENT'
  /** Undeployed after having been deployed. */
  | 'UNDEPLOYED';

/** Sums over the tools that the filter leaves, paging ignored. */
export type ToolTotals = {
  __typename?: 'ToolTotals';
  /** Their runs within the range. */
  totalRuns: Scalars['Long']['output'];
  /** `totalRuns` compared. */
  totalRunsChange?: Maybe<Change>;
  /** Number of tools deployed at least once. */
  totalTools: Scalars['Int']['output'];
};

/** One bucket of a trend. Its bounds are those of the whole minute, hour, day, week or month; its figures those of the range only. */
export type TrendPoint = {
  __typename?: 'TrendPoint';
  /** Start of the bucket compared with: the one of the same number. Null where there is none. */
  comparedStart?: Maybe<Scalars['DateTime']['output']>;
  /** Credits used in it. */
  credits: Scalars['Decimal']['output'];
  /** `credits` compared. */
  creditsChange?: Maybe<Change>;
  /** Exclusive end; of the last bucket it may lie after the range. */
  end: Scalars['DateTime']['output'];
  /** Credits of it used by guardrails. */
  guardrails: Scalars['Decimal']['output'];
  /** Credits of it used by models. */
  models: Scalars['Decimal']['output'];
  /** Whether the range covers the bucket only in part, or the bucket is not over yet. */
  partial: Scalars['Boolean']['output'];
  /** Tool runs in it. */
  runs: Scalars['Long']['output'];
  /** `runs` compared. */
  runsChange?: Maybe<Change>;
  /** Credits of it used by scripts. */
  scripts: Scalars['Decimal']['output'];
  /** Inclusive start; of the first bucket it may lie before the range. */
  start: Scalars['DateTime']['output'];
};

/** The same buckets as columns: smaller and faster than the list. All lists are of equal length. */
export type TrendSeries = {
  __typename?: 'TrendSeries';
  /** Credits used. */
  credits: Array<Scalars['Decimal']['output']>;
  /** Whether the first bucket is partial. */
  firstPartial: Scalars['Boolean']['output'];
  /** Credits used by guardrails. */
  guardrails: Array<Scalars['Decimal']['output']>;
  /** Whether the last bucket is partial. */
  lastPartial: Scalars['Boolean']['output'];
  /** Credits used by models. */
  models: Array<Scalars['Decimal']['output']>;
  /** Tool runs. */
  runs: Array<Scalars['Long']['output']>;
  /** Credits used by scripts. */
  scripts: Array<Scalars['Decimal']['output']>;
  /** Start of the first bucket. */
  start: Scalars['DateTime']['output'];
  /** Start of each bucket. */
  starts: Array<Scalars['DateTime']['output']>;
  /** Seconds from each bucket to the next; null if they differ (days with a clock change, months). */
  stepSeconds?: Maybe<Scalars['Int']['output']>;
};

/** A guardrail to end. */
export type UndeployGuardrailInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /**
   * When it takes effect, now or in the past, not before the segment's start; a fraction of a second is cut. Null: now. An instant before that, within a segment that
   * the negative limit stopped, says that this one ended then: what is deployed again since goes on.
   */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** The guardrail. */
  guardrailId: Scalars['ID']['input'];
};

/** Result of `undeployGuardrail`. */
export type UndeployGuardrailPayload = {
  __typename?: 'UndeployGuardrailPayload';
  /** The guardrail; null if refused. */
  guardrail?: Maybe<Guardrail>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A deployment to end. */
export type UndeployModelInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /**
   * When it takes effect, now or in the past, not before the segment's start; a fraction of a second is cut. Null: now. An instant before that, within a segment that
   * the negative limit stopped, says that this one ended then: what is deployed again since goes on.
   */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** The deployment. */
  deploymentId: Scalars['ID']['input'];
};

/** Result of `undeployModel`. */
export type UndeployModelPayload = {
  __typename?: 'UndeployModelPayload';
  /** The deployment; null if refused. */
  deployment?: Maybe<Deployment>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A script to end; it becomes READY_TO_DEPLOY. */
export type UndeployScriptInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /**
   * When it takes effect, now or in the past, not before the segment's start; a fraction of a second is cut. Null: now. An instant before that, within a segment that
   * the negative limit stopped, says that this one ended then: what is deployed again since goes on.
   */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** The script. */
  scriptId: Scalars['ID']['input'];
};

/** Result of `undeployScript`. */
export type UndeployScriptPayload = {
  __typename?: 'UndeployScriptPayload';
  /** The script; null if refused. */
  script?: Maybe<Script>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** What is not in the ledger yet, per meter: all entries of a meter and this add up to its balance at `asOf`. Negative for hosting and expiries. */
export type Unposted = {
  __typename?: 'Unposted';
  /** The instant of which this is true; that of the whole operation. */
  asOf: Scalars['DateTime']['output'];
  /** Model credits. */
  credits: Scalars['Decimal']['output'];
  /** Tool runs. */
  runs: Scalars['Long']['output'];
};

/** An account as the platform now says it is; what is left out stays. */
export type UpdateAccountInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** New own id, 1 to 200 characters, unique among all accounts; null: none any more; left out: as before. Only who reaches every account may say it. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** New name, 1 to 200 characters; null: as before. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** All that is to be attached to it, at most 20 pairs; null: as before. */
  tags?: InputMaybe<Array<TagInput>>;
  /** Zone of dates in mails; null: as before. */
  timeZone?: InputMaybe<Scalars['TimeZone']['input']>;
};

/** Result of `updateAccount`. */
export type UpdateAccountPayload = {
  __typename?: 'UpdateAccountPayload';
  /** The account; null if refused. */
  account?: Maybe<Account>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A model's deployment as the platform now says it is; what is left out stays. Of a deleted one only the own id can change. */
export type UpdateDeploymentInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** The model's deployment. */
  deploymentId: Scalars['ID']['input'];
  /** Where it answers, at most 2,000 characters; empty: not told; null: as before. */
  endpoint?: InputMaybe<Scalars['String']['input']>;
  /** New own id, 1 to 200 characters, unique within account and kind; null: none any more; left out: as before. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** New name, 1 to 200 characters; null: as before. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** All that is to be attached to it, at most 20 pairs; null: as before. */
  tags?: InputMaybe<Array<TagInput>>;
};

/** Result of `updateDeployment`. */
export type UpdateDeploymentPayload = {
  __typename?: 'UpdateDeploymentPayload';
  /** The model's deployment; null if refused. */
  deployment?: Maybe<Deployment>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A guardrail as the platform now says it is; what is left out stays. Of a deleted one only the own id can change. */
export type UpdateGuardrailInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** New own id, 1 to 200 characters, unique within account and kind; null: none any more; left out: as before. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** The guardrail. */
  guardrailId: Scalars['ID']['input'];
  /** New name, 1 to 200 characters; null: as before. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** All that is to be attached to it, at most 20 pairs; null: as before. */
  tags?: InputMaybe<Array<TagInput>>;
};

/** Result of `updateGuardrail`. */
export type UpdateGuardrailPayload = {
  __typename?: 'UpdateGuardrailPayload';
  /** The guardrail; null if refused. */
  guardrail?: Maybe<Guardrail>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A model as the platform now says it is; what is left out stays. Of a deleted one only the own id can change. */
export type UpdateModelInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** New own id, 1 to 200 characters, unique within account and kind; null: none any more; left out: as before. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** The model. */
  modelId: Scalars['ID']['input'];
  /** New name, 1 to 200 characters; null: as before. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** All that is to be attached to it, at most 20 pairs; null: as before. */
  tags?: InputMaybe<Array<TagInput>>;
};

/** Result of `updateModel`. */
export type UpdateModelPayload = {
  __typename?: 'UpdateModelPayload';
  /** The model; null if refused. */
  model?: Maybe<Model>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** Changes to a plan on offer; what is left out stays. Accounts on it get the new amounts at their next rollover. */
export type UpdatePlanInput = {
  /** Whether accounts can be put on it. */
  active?: InputMaybe<Scalars['Boolean']['input']>;
  /** Credits a month, 0 or more. */
  credits?: InputMaybe<Scalars['Decimal']['input']>;
  /** New name, 1 to 200 characters, unique. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** The plan. */
  planId: Scalars['ID']['input'];
  /** Runs a month, 0 or more. */
  runs?: InputMaybe<Scalars['Long']['input']>;
};

/** Result of `updatePlan`. */
export type UpdatePlanPayload = {
  __typename?: 'UpdatePlanPayload';
  /** The plan; null if refused. */
  plan?: Maybe<Plan>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A custom script as the platform now says it is; what is left out stays. Of a deleted one only the own id can change. */
export type UpdateScriptInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** Where it answers, at most 2,000 characters; empty: not told; null: as before. One that is neither deployed nor being deployed has none: WRONG_STATE. */
  endpoint?: InputMaybe<Scalars['String']['input']>;
  /** New own id, 1 to 200 characters, unique within account and kind; null: none any more; left out: as before. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** New name, 1 to 200 characters; null: as before. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** The custom script. */
  scriptId: Scalars['ID']['input'];
  /** All that is to be attached to it, at most 20 pairs; null: as before. */
  tags?: InputMaybe<Array<TagInput>>;
};

/** Result of `updateScript`. */
export type UpdateScriptPayload = {
  __typename?: 'UpdateScriptPayload';
  /** The custom script; null if refused. */
  script?: Maybe<Script>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A tool as the platform now says it is; what is left out stays. Of a deleted one only the own id can change. */
export type UpdateToolInput = {
  /** The account that an own id is looked for in; null: the only one that the caller is bound to. A global id needs none. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** New own id, 1 to 200 characters, unique within account and kind; null: none any more; left out: as before. */
  externalId?: InputMaybe<Scalars['String']['input']>;
  /** New name, 1 to 200 characters; null: as before. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** User who created the tool, 1 to 200 characters; null: as before. */
  ownerName?: InputMaybe<Scalars['String']['input']>;
  /** All that is to be attached to it, at most 20 pairs; null: as before. */
  tags?: InputMaybe<Array<TagInput>>;
  /** The tool. */
  toolId: Scalars['ID']['input'];
};

/** Result of `updateTool`. */
export type UpdateToolPayload = {
  __typename?: 'UpdateToolPayload';
  /** The tool; null if refused. */
  tool?: Maybe<Tool>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** An account to make under its own id, or to change if the own id is known. A repeat changes nothing. */
export type UpsertAccountInput = {
  /** Of one that is made: usage and hosting before this instant, whose fraction of a second is cut, is stored, priced and charted, but draws nothing (rules §2). Null: all is in the books. */
  booksFrom?: InputMaybe<Scalars['DateTime']['input']>;
  /** The platform's own id of it, 1 to 200 characters. */
  externalId: Scalars['String']['input'];
  /** Of one that is made: the first master admin; null: none yet. */
  masterAdmin?: InputMaybe<PersonInput>;
  /** Name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** Of one that is made: plan from the first cycle on; null: none. Needs PLAN_MANAGE. */
  planId?: InputMaybe<Scalars['ID']['input']>;
  /** All that is to be attached to it, at most 20 pairs; null: as before. */
  tags?: InputMaybe<Array<TagInput>>;
  /** Zone of dates in mails; null: UTC, or as before. */
  timeZone?: InputMaybe<Scalars['TimeZone']['input']>;
};

/** Result of `upsertAccount`. */
export type UpsertAccountPayload = {
  __typename?: 'UpsertAccountPayload';
  /** The account; null if refused. */
  account?: Maybe<Account>;
  /** What came of it; null if refused. */
  outcome?: Maybe<UpsertOutcome>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A model's deployment to make under its own id, or to change if the own id is known in the account. A repeat changes nothing. */
export type UpsertDeploymentInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Of one that is made: when it takes effect, now or in the past, not before the segment's start; a fraction of a second is cut. Null: now. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** Whether one that is there and deployed becomes as said too: scaled where `replicas` differs, deployed again at the rate in force where `hardware` does, from `at` on. Passes the gate. */
  changesHosting?: Scalars['Boolean']['input'];
  /** Where it answers; null: not told, or as before. */
  endpoint?: InputMaybe<Scalars['String']['input']>;
  /** The platform's own id of it, 1 to 200 characters. */
  externalId: Scalars['String']['input'];
  /** Of one that is made: name of the hardware profile, as in the rate card. */
  hardware: Scalars['String']['input'];
  /** The model; another than that of a deployment that is there is refused. */
  modelId: Scalars['ID']['input'];
  /** Name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** Of one that is made: whether it waits for `reportDeployment` before it counts as deployed and is metered. */
  pending?: Scalars['Boolean']['input'];
  /** Of one that is made: number of replicas, 1 to 1,000; each is metered. */
  replicas?: Scalars['Int']['input'];
  /** All that is to be attached to it, at most 20 pairs; null: as before. */
  tags?: InputMaybe<Array<TagInput>>;
};

/** Result of `upsertDeployment`. */
export type UpsertDeploymentPayload = {
  __typename?: 'UpsertDeploymentPayload';
  /** The model's deployment; null if refused. */
  deployment?: Maybe<Deployment>;
  /** What came of it; null if refused. */
  outcome?: Maybe<UpsertOutcome>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A guardrail to make under its own id, or to change if the own id is known in the account. A repeat changes nothing. */
export type UpsertGuardrailInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Of one that is made: when it takes effect, now or in the past, not before the segment's start; a fraction of a second is cut. Null: now. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  /** Whether one that is there and deployed becomes as said too: scaled where `replicas` differs, deployed again at the rate in force where `cpu` does, from `at` on. Passes the gate. */
  changesHosting?: Scalars['Boolean']['input'];
  /** Of one that is made: kind of CPU, by its name on the rate card. */
  cpu?: InputMaybe<Scalars['String']['input']>;
  /** Of one that is made: kind of CPU, unless `cpu` says it; ignored for one that costs nothing. */
  cpuType?: CpuType;
  /** The platform's own id of it, 1 to 200 characters. */
  externalId: Scalars['String']['input'];
  /** Name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** Of one that is made: whether it waits for `reportDeployment` before it counts as deployed and is metered. */
  pending?: Scalars['Boolean']['input'];
  /** Of one that is made: number of replicas, 1 to 1,000; each is metered. */
  replicas?: Scalars['Int']['input'];
  /** Of one that is made: what it scans for, this or `scannerKey`. */
  scanner?: InputMaybe<Scanner>;
  /** Of one that is made: what it scans for, by its key on the rate card. */
  scannerKey?: InputMaybe<Scalars['String']['input']>;
  /** All that is to be attached to it, at most 20 pairs; null: as before. */
  tags?: InputMaybe<Array<TagInput>>;
};

/** Result of `upsertGuardrail`. */
export type UpsertGuardrailPayload = {
  __typename?: 'UpsertGuardrailPayload';
  /** The guardrail; null if refused. */
  guardrail?: Maybe<Guardrail>;
  /** What came of it; null if refused. */
  outcome?: Maybe<UpsertOutcome>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A base model to make under its own id, or to change if the own id is known in the account. A repeat changes nothing. */
export type UpsertModelInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** Of one that is made: own price of input tokens read from a cache; null: `inputRate`, or else the rate card's. */
  cacheReadRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** Of one that is made: own price of input tokens written to a cache; null: `inputRate`, or else the rate card's. */
  cacheWriteRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** The platform's own id of it, 1 to 200 characters. */
  externalId: Scalars['String']['input'];
  /** Of one that is made: own price, credits per million input tokens; null: the rate card's. */
  inputRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** Name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** Of one that is made: own price, credits per million output tokens; null: the rate card's. */
  outputRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** Of one that is made: nominal size in billions of parameters, above 0; null: unknown, and the model cannot be fine-tuned. */
  parametersBillions?: InputMaybe<Scalars['Decimal']['input']>;
  /** Of one that is made: own price of output tokens spent on reasoning; null: `outputRate`, or else the rate card's. */
  reasoningRate?: InputMaybe<Scalars['Decimal']['input']>;
  /** All that is to be attached to it, at most 20 pairs; null: as before. */
  tags?: InputMaybe<Array<TagInput>>;
};

/** Result of `upsertModel`. */
export type UpsertModelPayload = {
  __typename?: 'UpsertModelPayload';
  /** The base model; null if refused. */
  model?: Maybe<Model>;
  /** What came of it; null if refused. */
  outcome?: Maybe<UpsertOutcome>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** What came of making or changing a thing by its own id. */
export type UpsertOutcome =
  /** There was none under the own id: it was made. */
  | 'CREATED'
  /** It was there, just as said. */
  | 'UNCHANGED'
  /** It was there, and differed: it was changed. */
  | 'UPDATED';

/** A custom script to make under its own id, or to change if the own id is known in the account. A repeat changes nothing. */
export type UpsertScriptInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** The platform's own id of it, 1 to 200 characters. */
  externalId: Scalars['String']['input'];
  /** Of one that is made: its language. */
  language: ScriptLanguage;
  /** Name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** All that is to be attached to it, at most 20 pairs; null: as before. */
  tags?: InputMaybe<Array<TagInput>>;
};

/** Result of `upsertScript`. */
export type UpsertScriptPayload = {
  __typename?: 'UpsertScriptPayload';
  /** What came of it; null if refused. */
  outcome?: Maybe<UpsertOutcome>;
  /** The custom script; null if refused. */
  script?: Maybe<Script>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** A tool to make under its own id, or to change if the own id is known in the account. A repeat changes nothing. */
export type UpsertToolInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** The platform's own id of it, 1 to 200 characters. */
  externalId: Scalars['String']['input'];
  /** Name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** User who created the tool, 1 to 200 characters. */
  ownerName: Scalars['String']['input'];
  /** Its status; null: IN_DEVELOPMENT for one that is made, else as before. DELETED is refused: `setToolStatus` does that. */
  status?: InputMaybe<ToolStatus>;
  /** All that is to be attached to it, at most 20 pairs; null: as before. */
  tags?: InputMaybe<Array<TagInput>>;
};

/** Result of `upsertTool`. */
export type UpsertToolPayload = {
  __typename?: 'UpsertToolPayload';
  /** What came of it; null if refused. */
  outcome?: Maybe<UpsertOutcome>;
  /** The tool; null if refused. */
  tool?: Maybe<Tool>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** Only groups in which a measure lies within bounds, both included. A group where it has no value does not fit. */
export type UsageBound = {
  /** The least; null: no bound. */
  atLeast?: InputMaybe<Scalars['Decimal']['input']>;
  /** The most; null: no bound. */
  atMost?: InputMaybe<Scalars['Decimal']['input']>;
  /** The measure. */
  measure: UsageMeasure;
};

/**
 * Usage by groups. A cursor holds the instant of the first page: the pages that follow cover the same range, whatever has happened since. Where groups are ordered by a
 * measure, and there is more than one page, the first 10,000 of them are kept as they are for an hour, whoever asks for `pageInfo` or a `cursor`, and later pages are cut
 * from what was kept: nothing is skipped and nothing comes twice, however figures move. Later pages ask for the same figures or fewer, else BAD_PAGE.
 */
export type UsageConnection = {
  __typename?: 'UsageConnection';
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** Of which users, API keys and tags that are asked about some values are not told apart (rules §9): `user`, `apiKey`, `tag:KEY`. Mostly none. */
  beyond: Array<Scalars['String']['output']>;
  /** The range compared with; null where nothing is compared. */
  comparedRange?: Maybe<Range>;
  /** The rows. */
  edges: Array<UsageEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** The range covered. */
  range: Range;
  /** Number of groups. */
  totalCount: Scalars['Int']['output'];
  /** Sums of all groups, paging ignored. */
  totals: UsageRow;
};

/** What usage is grouped by. */
export type UsageDimension =
  /** The account. */
  | 'ACCOUNT'
  /** The API key that events name. */
  | 'API_KEY'
  /** Models, guardrails, scripts, tools. */
  | 'CATEGORY'
  /** The day of the week in the zone of the buckets. */
  | 'DAY_OF_WEEK'
  /** The deployment. */
  | 'DEPLOYMENT'
  /** The hardware that hosting ran on; none for what is not hosting. */
  | 'HARDWARE'
  /** The hour of the day in the zone of the buckets, whatever the day. */
  | 'HOUR_OF_DAY'
  /** Runs, inference, hosting, fine-tuning. */
  | 'KIND'
  /** The user who created the resource, where that is known. */
  | 'OWNER'
  /** The plan that the account has now. */
  | 'PLAN'
  /** The tool, model, guardrail or script. */
  | 'RESOURCE'
  /** The values of the resources' tags that `resourceTagKeys` names, as they are now: a dimension each. */
  | 'RESOURCE_TAG'
  /** When the account is foretold to use up credits or runs, as foretold at most an hour ago. */
  | 'RUNWAY'
  /** The values of the events' tags that `tagKeys` names: a dimension each. */
  | 'TAG'
  /** Buckets of time of the granularity asked for; also those without usage, of whatever else is grouped by and occurs. Above 500,000 rows RANGE_TOO_FINE. */
  | 'TIME'
  /** The user that events name; none for what names none, hosting and fine-tuning among it. */
  | 'USER'
  /** What the credits of the account permit now, as posted, at most a minute ago. Needs BALANCES_VIEW. */
  | 'ZONE';

/** A group of usage. */
export type UsageEdge = {
  __typename?: 'UsageEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** The group. */
  node: UsageRow;
};

/** A usage event as it is stored. Account, source, id and time together are its identity: neither its `id` nor its place in a list is one. */
export type UsageEvent = {
  __typename?: 'UsageEvent';
  /** The API key it came by, as the event named it; null: none. */
  apiKey?: Maybe<Scalars['String']['output']>;
  /** Of the input tokens, those read from the provider's cache. */
  cacheReadTokens: Scalars['Long']['output'];
  /** Of the input tokens, those written to the provider's cache. */
  cacheWriteTokens: Scalars['Long']['output'];
  /** What it cost, credits or runs. Of history, which draws nothing, what it is charted as. */
  charge: Scalars['Decimal']['output'];
  /** That deployment, as it is now. */
  deployment?: Maybe<Deployment>;
  /** The platform's own id of the deployment, as it is now; null: none. */
  deploymentExternalId?: Maybe<Scalars['String']['output']>;
  /** The deployment of the model; null if none was named. */
  deploymentId?: Maybe<Scalars['ID']['output']>;
  /** Whether it is dated before the account's `booksFrom`: it drew nothing and stands in no entry of the ledger. */
  history: Scalars['Boolean']['output'];
  /** Its id within its source. The same id with another time is another event. */
  id: Scalars['String']['output'];
  /** Input tokens; 0 for runs of tools. */
  inputTokens: Scalars['Long']['output'];
  /** TOOL_RUN or INFERENCE. */
  kind: UsageKind;
  /** The entry of the ledger that charged it; null for history, and for what cost nothing. */
  ledgerEntry?: Maybe<LedgerEntry>;
  /** Output tokens. */
  outputTokens: Scalars['Long']['output'];
  /** When it was posted. */
  postedAt: Scalars['DateTime']['output'];
  /** Of the output tokens, those spent on reasoning. */
  reasoningTokens: Scalars['Long']['output'];
  /** The entry that gave back what it had cost; null unless VOIDED. */
  refundEntry?: Maybe<LedgerEntry>;
  /** It, as it is now. */
  resource?: Maybe<Resource>;
  /** The platform's own id of it, as it is now; null: none. */
  resourceExternalId?: Maybe<Scalars['String']['output']>;
  /** The tool or model. */
  resourceId: Scalars['ID']['output'];
  /** Its name, as it is now. */
  resourceName: Scalars['String']['output'];
  /** Runs of the tool; 0 for inference. */
  runs: Scalars['Long']['output'];
  /** Who said so. */
  source: Scalars['String']['output'];
  /** Whether it counts. */
  status: EventStatus;
  /** What else it was for, by key. */
  tags: Array<Tag>;
  /** When it happened, to the microsecond. */
  time: Scalars['DateTime']['output'];
  /** The user it was for, as the event named it; null: none. */
  user?: Maybe<Scalars['String']['output']>;
  /** When it was taken back; null unless VOIDED. */
  voidedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** Usage events, latest first. */
export type UsageEventConnection = {
  __typename?: 'UsageEventConnection';
  /** The rows. */
  edges: Array<UsageEventEdge>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** Number of rows that the range and the filter leave. */
  totalCount: Scalars['Int']['output'];
};

/** A row with its place in the order. */
export type UsageEventEdge = {
  __typename?: 'UsageEventEdge';
  /** Place of the row. */
  cursor: Scalars['Cursor']['output'];
  /** The event. */
  node: UsageEvent;
};

/**
 * A usage event: runs of a tool, or tokens of a model. Its identity is account, source, id and time to the microsecond (rules §10):
 * the same identity and content is a DUPLICATE, the same identity with other content a CONFLICT, and the same id with another
 * time is another event. What is missing is refused item by item, so that one bad event never loses its neighbours.
 */
export type UsageEventInput = {
  /** By which API key it came: a name or id of the key, never the key itself, at most 256 characters. Part of the content. Null, or empty: not said. */
  apiKey?: InputMaybe<Scalars['String']['input']>;
  /** Of the input tokens, those read from the provider's cache; with `cacheWriteTokens` at most `inputTokens`. Null: 0. */
  cacheReadTokens?: InputMaybe<Scalars['Long']['input']>;
  /** Of the input tokens, those written to the provider's cache. Null: 0. */
  cacheWriteTokens?: InputMaybe<Scalars['Long']['input']>;
  /** The model's deployment used; null: none named. */
  deploymentId?: InputMaybe<Scalars['ID']['input']>;
  /** The event's id within its source, 1 to 200 characters. Required. */
  id?: InputMaybe<Scalars['String']['input']>;
  /** Input tokens, 0 to 10^12. Null: 0. */
  inputTokens?: InputMaybe<Scalars['Long']['input']>;
  /** The model used; not together with `toolId`. */
  modelId?: InputMaybe<Scalars['ID']['input']>;
  /** Output tokens, 0 to 10^12. Null: 0. */
  outputTokens?: InputMaybe<Scalars['Long']['input']>;
  /** Of the output tokens, those spent on reasoning; at most `outputTokens`. Null: 0. */
  reasoningTokens?: InputMaybe<Scalars['Long']['input']>;
  /** The reservation that this settles in part; null: none. */
  reservationId?: InputMaybe<Scalars['ID']['input']>;
  /** Number of invocations, 1 to 10^9. Null: 1. */
  runs?: InputMaybe<Scalars['Long']['input']>;
  /** Who says so, such as a service's name, 1 to 200 characters. Required. */
  source?: InputMaybe<Scalars['String']['input']>;
  /** What else it was for, at most 10 pairs, such as team or feature. Part of the content. Null: nothing. */
  tags?: InputMaybe<Array<TagInput>>;
  /** When it happened: at most 5 minutes ahead, not older than events are kept. Required. */
  time?: InputMaybe<Scalars['DateTime']['input']>;
  /** The tool invoked; not together with `modelId`. */
  toolId?: InputMaybe<Scalars['ID']['input']>;
  /** Whom it was for: the platform's id of the user, at most 256 characters. Part of the content. Null, or empty: not said. */
  user?: InputMaybe<Scalars['String']['input']>;
};

/** Which usage to count; every part given must fit. */
export type UsageFilter = {
  /** Of these accounts, at most 100; null: every account in reach. Not on `Account.usage`. */
  accountIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Of these API keys, at most 100; an empty text is usage that names none. */
  apiKeys?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Of these categories. */
  categories?: InputMaybe<Array<Category>>;
  /** On these days of the week, 1 for Monday to 7, in the zone of the buckets. */
  daysOfWeek?: InputMaybe<Array<Scalars['Int']['input']>>;
  /** Of these deployments, at most 100; inference counts that names one of them. */
  deploymentIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Hosting on these kinds of hardware, at most 100 names. */
  hardware?: InputMaybe<Array<Scalars['String']['input']>>;
  /** In these hours of the day, 0 to 23, in the zone of the buckets. */
  hoursOfDay?: InputMaybe<Array<Scalars['Int']['input']>>;
  /** Of these kinds. */
  kinds?: InputMaybe<Array<UsageKind>>;
  /** Of resources that these users created, at most 100 names. */
  owners?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Of accounts with these plans now, at most 100. */
  planIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Of these tools, models, guardrails and scripts, at most 100. */
  resourceIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Of resources with these tags now, at most 10 keys; all must fit. */
  resourceTags?: InputMaybe<Array<UsageTagFilter>>;
  /** Of accounts that are foretold to use up what they have by then. */
  runways?: InputMaybe<Array<Runway>>;
  /** Of events with these tags, at most 10 keys; all must fit. */
  tags?: InputMaybe<Array<UsageTagFilter>>;
  /** Of these users, at most 100; an empty text is usage that names none. A user beyond those told apart fits nothing: `beyond` says whether there are any. */
  users?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Of accounts in these zones now. Needs BALANCES_VIEW. */
  zones?: InputMaybe<Array<Zone>>;
};

/** What kind of use it was. */
export type UsageKind =
  /** Fine-tuning of a model, less what was refunded. */
  | 'FINE_TUNING'
  /** Hosting of a model, guardrail or script. */
  | 'HOSTING'
  /** Tokens of a model. */
  | 'INFERENCE'
  /** Invocation of a tool. */
  | 'TOOL_RUN';

/** A figure of a group of usage. */
export type UsageMeasure =
  /** Input tokens read from a cache. */
  | 'CACHE_READ_TOKENS'
  /** Input tokens written to a cache. */
  | 'CACHE_WRITE_TOKENS'
  /** Credits. */
  | 'CREDITS'
  /** Credits per 1,000 tokens. */
  | 'CREDITS_PER_1000_TOKENS'
  /** Credits per tool run. */
  | 'CREDITS_PER_RUN'
  /** Events. */
  | 'EVENTS'
  /** Seconds deployed, each deployment's added. */
  | 'HOSTING_SECONDS'
  /** Input tokens. */
  | 'INPUT_TOKENS'
  /** Output tokens. */
  | 'OUTPUT_TOKENS'
  /** Output tokens spent on reasoning. */
  | 'REASONING_TOKENS'
  /** Seconds deployed times replicas. */
  | 'REPLICA_SECONDS'
  /** Number of different resources that had events or cost something: a free guardrail is not counted. */
  | 'RESOURCES'
  /** Tool runs. */
  | 'RUNS'
  /** Input and output tokens. */
  | 'TOKENS'
  /** Number of different users that events name. */
  | 'USERS';

/** How usage is recorded (rules §5). */
export type UsageMode =
  /** Stored only if its charge fits into what is available. */
  | 'ENFORCE'
  /** Stored in every zone, into debt if need be. */
  | 'RECORD';

/** What groups are ordered by: either `measure` or `dimension`. A group where the measure has no value comes last. */
export type UsageOrder = {
  /** By what the measure changed from the range compared with, not by itself. */
  change?: Scalars['Boolean']['input'];
  /** A dimension that is grouped by: accounts, plans, resources, deployments in the order in which they were made; categories in theirs; kinds and names as the database sorts texts (in locale C capitals come first); TAG and RESOURCE_TAG by all their keys. */
  dimension?: InputMaybe<UsageDimension>;
  /** Which end comes first. */
  direction?: SortDirection;
  /** A measure. */
  measure?: InputMaybe<UsageMeasure>;
};

/** Why an event was refused. */
export type UsageRefusal =
  /** `user`, `apiKey` or `tags` are out of bounds, or a key of a tag is given twice. */
  | 'BAD_ATTRIBUTION'
  /** `source` or `id` is longer than 200 characters, or holds control characters. */
  | 'BAD_IDENTITY'
  /** Neither or both of `toolId` and `modelId`, or a quantity of the other kind. */
  | 'BAD_TARGET'
  /** No credits remain. With ENFORCE. */
  | 'CREDITS_EXHAUSTED'
  /** What was free has expired, and nothing else is there. With ENFORCE. */
  | 'FREE_CREDITS_EXPIRED'
  /** `id` is missing. */
  | 'ID_REQUIRED'
  /** What is available is less than the charge. With ENFORCE. */
  | 'INSUFFICIENT_CREDITS'
  /** It is not an object, has an unknown member, or a value that is not of its type. Only in `rawEvents`, where everything else is refused by the whole operation. */
  | 'MALFORMED'
  /** Credits are at or below the negative limit. With ENFORCE. */
  | 'NEGATIVE_LIMIT_REACHED'
  /** A quantity is negative, or runs are 0. */
  | 'QUANTITY_NEGATIVE'
  /** A quantity is over its bound. */
  | 'QUANTITY_TOO_LARGE'
  /** The reservation was settled for good or released. */
  | 'RESERVATION_CLOSED'
  /** No runs remain. With ENFORCE. */
  | 'RUNS_EXHAUSTED'
  /** `source` is missing. */
  | 'SOURCE_REQUIRED'
  /** `time` is more than 5 minutes ahead. */
  | 'TIME_AHEAD'
  /** `time` is missing. */
  | 'TIME_REQUIRED'
  /** `time` is older than events are kept. */
  | 'TIME_TOO_OLD'
  /** The tool has never been deployed. */
  | 'TOOL_IN_DEVELOPMENT'
  /** There is no such account in the caller's reach. */
  | 'UNKNOWN_ACCOUNT'
  /** The model has no such deployment. */
  | 'UNKNOWN_DEPLOYMENT'
  /** The account has no such model. */
  | 'UNKNOWN_MODEL'
  /** The account has no such reservation, or it is of the other meter. */
  | 'UNKNOWN_RESERVATION'
  /** The account has no such tool. */
  | 'UNKNOWN_TOOL';

/** What became of one event. */
export type UsageResult = {
  __typename?: 'UsageResult';
  /** What it cost, credits or runs; null if not stored. Of a duplicate, what it cost then. */
  charge?: Maybe<Scalars['Decimal']['output']>;
  /** Why it was refused; null unless REFUSED. */
  code?: Maybe<UsageRefusal>;
  /** A sentence on why; null if stored or a duplicate. */
  message?: Maybe<Scalars['String']['output']>;
  /** When it was posted; null if not stored. Of a duplicate, when it was then. */
  postedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The refusal by balance with ENFORCE; null otherwise. */
  refusal?: Maybe<Refusal>;
  /** Stored, known already, or refused. */
  status: UsageStatus;
};

/** Sums of one group. What is not grouped by is null. */
export type UsageRow = {
  __typename?: 'UsageRow';
  /** That account. */
  account?: Maybe<Account>;
  /** The account. */
  accountId?: Maybe<Scalars['ID']['output']>;
  /** Name of the account. */
  accountName?: Maybe<Scalars['String']['output']>;
  /** The API key that events name; null also where they name none, and where `beyond` names it. */
  apiKey?: Maybe<Scalars['String']['output']>;
  /** What of this row is not told apart, because there were as many different values before as are told apart (rules §9): `user`, `apiKey`, `tag:KEY`. The row is the sum of all such. */
  beyond: Array<Scalars['String']['output']>;
  /** Of the input tokens, those read from the provider's cache. */
  cacheReadTokens: Scalars['Long']['output'];
  /** `cacheReadTokens` as a string. */
  cacheReadTokensExact: Scalars['Decimal']['output'];
  /** Of the input tokens, those written to the provider's cache. */
  cacheWriteTokens: Scalars['Long']['output'];
  /** `cacheWriteTokens` as a string. */
  cacheWriteTokensExact: Scalars['Decimal']['output'];
  /** The category. */
  category?: Maybe<Category>;
  /** Credits used. */
  credits: Scalars['Decimal']['output'];
  /** `credits` compared; null where nothing is compared. */
  creditsChange?: Maybe<Change>;
  /** Credits per 1,000 tokens, 6 decimals; null without tokens. */
  creditsPer1000Tokens?: Maybe<Scalars['Decimal']['output']>;
  /** Credits per tool run, 6 decimals; null without runs. */
  creditsPerRun?: Maybe<Scalars['Decimal']['output']>;
  /** Sums of this row and those before it in the order asked for; with TIME, of this series up to this bucket, whatever the order. Null in `totals`. */
  cumulative?: Maybe<UsageRunning>;
  /** The day of the week, 1 for Monday to 7. */
  dayOfWeek?: Maybe<Scalars['Int']['output']>;
  /** That deployment, as it is now. */
  deployment?: Maybe<Deployment>;
  /** The deployment; null also for use that names none. */
  deploymentId?: Maybe<Scalars['ID']['output']>;
  /** Its name. */
  deploymentName?: Maybe<Scalars['String']['output']>;
  /** Exclusive end of the bucket. */
  end?: Maybe<Scalars['DateTime']['output']>;
  /** Events counted. */
  events: Scalars['Long']['output'];
  /** `events` compared; null where nothing is compared. */
  eventsChange?: Maybe<Change>;
  /** The hardware; null also for what is not hosting. */
  hardware?: Maybe<Scalars['String']['output']>;
  /** Seconds deployed, each deployment's added. */
  hostingSeconds: Scalars['Long']['output'];
  /** `hostingSeconds` compared; null where nothing is compared. */
  hostingSecondsChange?: Maybe<Change>;
  /** The hour of the day, 0 to 23. */
  hourOfDay?: Maybe<Scalars['Int']['output']>;
  /** Input tokens. */
  inputTokens: Scalars['Long']['output'];
  /** `inputTokens` compared; null where nothing is compared. */
  inputTokensChange?: Maybe<Change>;
  /** `inputTokens` as a string. */
  inputTokensExact: Scalars['Decimal']['output'];
  /** The kind of use. */
  kind?: Maybe<UsageKind>;
  /** Whether this row is the sum of all groups beyond `top`; what they were grouped by is null. */
  other: Scalars['Boolean']['output'];
  /** Output tokens. */
  outputTokens: Scalars['Long']['output'];
  /** `outputTokens` compared; null where nothing is compared. */
  outputTokensChange?: Maybe<Change>;
  /** `outputTokens` as a string. */
  outputTokensExact: Scalars['Decimal']['output'];
  /** The user who created the resource; null also where that is not known. */
  ownerName?: Maybe<Scalars['String']['output']>;
  /** Whether the range covers the bucket only in part, or the bucket is not over yet. */
  partial?: Maybe<Scalars['Boolean']['output']>;
  /** That plan, as it is now. */
  plan?: Maybe<Plan>;
  /** The plan; null also for an account that has none. */
  planId?: Maybe<Scalars['ID']['output']>;
  /** Its name. */
  planName?: Maybe<Scalars['String']['output']>;
  /** Of the output tokens, those spent on reasoning. */
  reasoningTokens: Scalars['Long']['output'];
  /** `reasoningTokens` as a string. */
  reasoningTokensExact: Scalars['Decimal']['output'];
  /** Seconds deployed times replicas: what was metered. */
  replicaSeconds: Scalars['Long']['output'];
  /** `replicaSeconds` compared; null where nothing is compared. */
  replicaSecondsChange?: Maybe<Change>;
  /** It, as it is now. */
  resource?: Maybe<Resource>;
  /** The tool, model, guardrail or script. */
  resourceId?: Maybe<Scalars['ID']['output']>;
  /** Its name. */
  resourceName?: Maybe<Scalars['String']['output']>;
  /** The resource's tags that are grouped by, in the order of `resourceTagKeys`. */
  resourceTags: Array<UsageTag>;
  /** Number of different resources that had events or cost something: a free guardrail is not counted. */
  resources: Scalars['Long']['output'];
  /** `resources` compared; null where nothing is compared. */
  resourcesChange?: Maybe<Change>;
  /** Tool runs. */
  runs: Scalars['Long']['output'];
  /** `runs` compared; null where nothing is compared. */
  runsChange?: Maybe<Change>;
  /** `runs` as a string, exact for every reader, beyond 2^53 − 1 too. */
  runsExact: Scalars['Decimal']['output'];
  /** When the account is foretold to use up credits or runs. */
  runway?: Maybe<Runway>;
  /** What part of all groups this one is; null in `totals`. */
  share?: Maybe<UsageShare>;
  /** Inclusive start of the bucket. */
  start?: Maybe<Scalars['DateTime']['output']>;
  /** The events' tags that are grouped by, in the order of `tagKeys`. */
  tags: Array<UsageTag>;
  /** The user that events name; null also where they name none, and where `beyond` names it. */
  user?: Maybe<Scalars['String']['output']>;
  /** Number of different users that events name, those told apart. */
  users: Scalars['Long']['output'];
  /** `users` compared; null where nothing is compared. */
  usersChange?: Maybe<Change>;
  /** What the credits of the account permit now. */
  zone?: Maybe<Zone>;
};

/** Sums of a row and those before it. */
export type UsageRunning = {
  __typename?: 'UsageRunning';
  /** Credits. */
  credits: Scalars['Decimal']['output'];
  /** Events. */
  events: Scalars['Long']['output'];
  /** Tool runs. */
  runs: Scalars['Long']['output'];
};

/** Parts of the sums of all groups, in percent, 2 decimals; 0 where the sum is 0. */
export type UsageShare = {
  __typename?: 'UsageShare';
  /** Of the credits. */
  credits: Scalars['Decimal']['output'];
  /** Of the tool runs. */
  runs: Scalars['Decimal']['output'];
  /** Of the input and output tokens. */
  tokens: Scalars['Decimal']['output'];
};

/** What became of an event. */
export type UsageStatus =
  /** Known already, with other content; nothing changed. */
  | 'CONFLICT'
  /** Known already, with this content; nothing changed. */
  | 'DUPLICATE'
  /** Not stored; `code` says why. It may be sent again. */
  | 'REFUSED'
  /** Stored and charged. */
  | 'STORED'
  /** It was stored and taken back: nothing changed, and its identity stays taken. */
  | 'VOIDED';

/** A tag that usage is grouped by. */
export type UsageTag = {
  __typename?: 'UsageTag';
  /** Its key. */
  key: Scalars['String']['output'];
  /** Its value; null where there is none, and where `beyond` names the key. */
  value?: Maybe<Scalars['String']['output']>;
};

/** Values of one tag. */
export type UsageTagFilter = {
  /** The tag's key. */
  key: Scalars['String']['input'];
  /** Also what has no such tag. */
  missing?: Scalars['Boolean']['input'];
  /** One of these values, at most 100. */
  values?: Array<Scalars['String']['input']>;
};

/** Use over time, zero-filled. */
export type UsageTrend = {
  __typename?: 'UsageTrend';
  /** The instant of which this is true. */
  asOf: Scalars['DateTime']['output'];
  /** The range compared with; null where nothing is compared. */
  comparedRange?: Maybe<Range>;
  /** Its buckets as columns, of the same width. Months differ in length, so there may be fewer or more of them. */
  comparedSeries?: Maybe<TrendSeries>;
  /** The credits of all buckets compared. */
  creditsChange?: Maybe<Change>;
  /** Width of the buckets. */
  granularity: Granularity;
  /** The buckets as a list, oldest first. */
  points: Array<TrendPoint>;
  /** The range covered. */
  range: Range;
  /** The runs of all buckets compared. */
  runsChange?: Maybe<Change>;
  /** The buckets as columns. */
  series: TrendSeries;
  /** Zone in which the buckets are cut. */
  timeZone: Scalars['TimeZone']['output'];
};

/** An expected refusal, as data. */
export type UserError = {
  __typename?: 'UserError';
  /** Why it was refused. */
  code: UserErrorCode;
  /** Path of the input field at fault, such as `["input", "name"]`; null if none is. */
  field?: Maybe<Array<Scalars['String']['output']>>;
  /** A sentence for a person. */
  message: Scalars['String']['output'];
  /** The refusal by balance with code REFUSED; null otherwise. */
  refusal?: Maybe<Refusal>;
};

/** Why a mutation did not do what was asked; nothing was changed. */
export type UserErrorCode =
  /** The idempotency key was used before with other content. */
  | 'CONFLICT'
  /** A fixed banner cannot be dismissed. */
  | 'FIXED'
  /** A value is missing, malformed or out of bounds; `field` says which. */
  | 'INVALID'
  /** A role cannot be removed while members or tokens have it. */
  | 'IN_USE'
  /** The account needs at least one master admin. */
  | 'LAST_MASTER_ADMIN'
  /** The name or own id is taken by another, or the name is that of a built-in role. */
  | 'NAME_TAKEN'
  /** There is no such object in the caller's reach. */
  | 'NOT_FOUND'
  /** The balance refuses; `refusal` says why. */
  | 'REFUSED'
  /** The instant lies before the segment's start, before the account, or in the future. */
  | 'TIME_OUT_OF_RANGE'
  /** A role or token cannot permit more than its maker has. */
  | 'TOO_MUCH'
  /** The rate card does not know the hardware, the kind of CPU or the scanner. */
  | 'UNKNOWN_HARDWARE'
  /** The model's size or the method cannot be fine-tuned. */
  | 'UNSUPPORTED'
  /** The object is not in a state that permits this. */
  | 'WRONG_STATE';

/** Who is asking. */
export type Viewer = {
  __typename?: 'Viewer';
  /** The accounts that the caller is bound to, by name, at most 100; empty for one who reaches all. */
  accounts: Array<ViewerAccount>;
  /** Which documents the caller may send. */
  documents: DocumentsPolicy;
  /** E-mail of a person; null for a program. */
  email?: Maybe<Scalars['String']['output']>;
  /** When the credential ends; null: never. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** A person or a program. */
  kind: PrincipalKind;
  /** Name for show. */
  name: Scalars['String']['output'];
  /** What the caller may do in every account it reaches, without what the roles in single accounts add. */
  permissions: Array<Permission>;
  /** Role across accounts: PLATFORM, SUPPORT or ANALYST; null for a caller bound to accounts. */
  role?: Maybe<BuiltInRole>;
  /** The prefix of the API token in use; null with OIDC. */
  tokenPrefix?: Maybe<Scalars['String']['output']>;
};

/** The caller's place in one account. */
export type ViewerAccount = {
  __typename?: 'ViewerAccount';
  /** The account. */
  account: Account;
  /** The caller's role there. */
  role: Role;
};

/**
 * Events to take back: some by their identities, or what fits a filter. What they cost is refunded, charts lose them in their own minutes, and their
 * identities stay taken: a resend is answered VOIDED. To correct is to take back and to send what is right under another id.
 */
export type VoidEventsInput = {
  /** The account. */
  accountId: Scalars['ID']['input'];
  /** The events, 1 to 1,000; not together with `filter`. A repeat is answered ALREADY_VOIDED. */
  events?: InputMaybe<Array<EventIdentityInput>>;
  /** How many events `voidPreview` counted; required with `filter`. Another number by now is refused as CONFLICT. */
  expectedCount?: InputMaybe<Scalars['Long']['input']>;
  /** Which events, at most 20,000; not together with `events`. */
  filter?: InputMaybe<VoidFilterInput>;
  /** With `filter`: 1 to 128 characters; a repeat with the same content returns the first result. Null: a repeat finds nothing left. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** Result of `voidEvents`: answered after the commit. */
export type VoidEventsPayload = {
  __typename?: 'VoidEventsPayload';
  /** Status after the commit; null if refused. */
  creditStatus?: Maybe<CreditStatus>;
  /** What became of each event, in their order; empty with `filter`, and if all was refused by `userErrors`. */
  results: Array<VoidResult>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
  /** What was taken back by `filter`; null without, and if refused. */
  voided?: Maybe<VoidedUsage>;
};

/** Which events of an account to take back; every part given must fit. */
export type VoidFilterInput = {
  /** Happened at this instant or later. */
  from: Scalars['DateTime']['input'];
  /** Of this tool or model; null: of any. */
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  /** Of this source, 1 to 200 characters; null: of any. */
  source?: InputMaybe<Scalars['String']['input']>;
  /** Happened before this instant. */
  to: Scalars['DateTime']['input'];
};

/** Why an event was not taken back. */
export type VoidRefusal =
  /** `source` or `id` is longer than 200 characters, or holds control characters. */
  | 'BAD_IDENTITY'
  /** `id` is missing. */
  | 'ID_REQUIRED'
  /** It is not an object, has an unknown member, or a value that is not of its type. Only in `rawEvents`, where everything else is refused by the whole operation. */
  | 'MALFORMED'
  /** `source` is missing. */
  | 'SOURCE_REQUIRED'
  /** `time` is missing. */
  | 'TIME_REQUIRED'
  /** `time` is older than events are kept. */
  | 'TIME_TOO_OLD'
  /** The account has no event of this source, id and time. */
  | 'UNKNOWN_EVENT';

/** What became of an event that was to be taken back. */
export type VoidResult = {
  __typename?: 'VoidResult';
  /** Why it was refused; null unless REFUSED. */
  code?: Maybe<VoidRefusal>;
  /** A sentence on why; null unless REFUSED. */
  message?: Maybe<Scalars['String']['output']>;
  /** What it had cost and is refunded, credits or runs; null if refused, 0 for history. */
  refund?: Maybe<Scalars['Decimal']['output']>;
  /** Taken back now or before, or refused. */
  status: VoidStatus;
  /** When it was taken back; null if refused. */
  voidedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** What became of an event that was to be taken back. */
export type VoidStatus =
  /** It had been taken back before; nothing changed. */
  | 'ALREADY_VOIDED'
  /** It was not taken back; `code` says why. */
  | 'REFUSED'
  /** It is taken back, and what it cost is refunded. */
  | 'VOIDED';

/** Some usage, as a sum. */
export type VoidedUsage = {
  __typename?: 'VoidedUsage';
  /** Credits that they cost, history included. */
  credits: Scalars['Decimal']['output'];
  /** Number of events. */
  events: Scalars['Long']['output'];
  /** Runs of tools in them, history included. */
  runs: Scalars['Long']['output'];
};

/** A version of the rate card to take back. */
export type WithdrawRateCardInput = {
  /** Its number. A repeat changes nothing. */
  version: Scalars['Int']['input'];
};

/** Result of `withdrawRateCard`. */
export type WithdrawRateCardPayload = {
  __typename?: 'WithdrawRateCardPayload';
  /** The version; null if refused. */
  release?: Maybe<RateCardRelease>;
  /** Why nothing was changed; empty on success. */
  userErrors: Array<UserError>;
};

/** What the balance of credits permits (rules §5); the limits are settings of the account. */
export type Zone =
  /** Nothing remaining: what runs keeps running and accrues debt. */
  | 'EXHAUSTED'
  /** Below the low-credit limit: no new deployments either. */
  | 'LOW'
  /** At or below the fine-tuning limit: everything but fine-tuning. */
  | 'NO_FINE_TUNING'
  /** Above the fine-tuning limit: everything. */
  | 'OPEN'
  /** At or below the negative limit: what ran was stopped. */
  | 'STOPPED';

export type SessionQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  within: Scalars['Boolean']['input'];
}>;


export type SessionQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, name: string } | null, viewer: { __typename?: 'Viewer', kind: PrincipalKind, name: string, email?: string | null, role?: BuiltInRole | null, permissions: Array<Permission>, expiresAt?: string | null, accounts: Array<{ __typename?: 'ViewerAccount', account: { __typename?: 'Account', id: string, name: string }, role: { __typename?: 'Role', name: string, permissions: Array<Permission> } }> } };

export type PlaceQueryVariables = Exact<{
  account: Scalars['ID']['input'];
}>;


export type PlaceQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, name: string } | null };

export type LedgerViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  fold: LedgerFold;
  filter?: InputMaybe<LedgerFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type LedgerViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, ledger: { __typename?: 'LedgerEntryConnection', totalCount: number, unposted: { __typename?: 'Unposted', asOf: string }, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'LedgerEntryEdge', cursor: string, node: { __typename?: 'LedgerEntry', id: string, kind: LedgerKind, meter: Meter, amount: string, balanceAfter: string, postedAt: string, effectiveAt: string, category?: Category | null, cause: LedgerCause, resourceName?: string | null, note?: string | null, debt: string, count: number, grant?: { __typename?: 'Grant', id: string, kind: GrantKind } | null, lines: Array<{ __typename?: 'LedgerLine', resourceId: string, resourceName: string }> } }> } } | null };

export type GrantsViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  filter?: InputMaybe<GrantFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type GrantsViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, grants: { __typename?: 'GrantConnection', totalCount: number, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'GrantEdge', cursor: string, node: { __typename?: 'Grant', id: string, kind: GrantKind, meter: Meter, amount: string, used: string, remaining: string, expired: string, takenBack: string, grantedAt: string, expiresAt?: string | null, retiredAt?: string | null, reference?: string | null, grantedBy: { __typename?: 'Actor', kind: PrincipalKind, name: string, role?: string | null } } }> } } | null };

export type GrantFieldsFragment = { __typename?: 'Grant', id: string, kind: GrantKind, meter: Meter, amount: string, used: string, remaining: string, expired: string, takenBack: string, grantedAt: string, expiresAt?: string | null, retiredAt?: string | null, reference?: string | null, grantedBy: { __typename?: 'Actor', kind: PrincipalKind, name: string, role?: string | null } };

export type StatementLineFieldsFragment = { __typename?: 'StatementLine', meter: Meter, opening: string, granted: string, charged: string, refunded: string, expired: string, adjusted: string, closing: string };

export type StatementsViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type StatementsViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, statements: { __typename?: 'StatementConnection', totalCount: number, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'StatementEdge', cursor: string, node: { __typename?: 'Statement', id: string, cycleStart: string, cycleEnd: string, closed: boolean, credits: { __typename?: 'StatementLine', meter: Meter, opening: string, granted: string, charged: string, refunded: string, expired: string, adjusted: string, closing: string }, runs: { __typename?: 'StatementLine', meter: Meter, opening: string, granted: string, charged: string, refunded: string, expired: string, adjusted: string, closing: string } } }> }, plan: { __typename?: 'AccountPlan', name?: string | null, credits: string, runs: number, anchorDay: number, cycleStart: string, cycleEnd: string, pending?: { __typename?: 'PendingPlan', name?: string | null, at: string } | null } } | null };

export type AccountPlanFieldsFragment = { __typename?: 'AccountPlan', name?: string | null, credits: string, runs: number, anchorDay: number, cycleStart: string, cycleEnd: string, pending?: { __typename?: 'PendingPlan', name?: string | null, at: string } | null };

export type EmailsViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  filter?: InputMaybe<EmailFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type EmailsViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, emailMessages: { __typename?: 'EmailMessageConnection', totalCount: number, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'EmailMessageEdge', cursor: string, node: { __typename?: 'EmailMessage', kind: EmailKind, meter?: Meter | null, step?: number | null, subject: string, createdAt: string, copyCount: number, copies: Array<{ __typename?: 'Email', id: string, recipient: string, state: EmailState }> } }> } } | null };

export type EmailPanelQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type EmailPanelQuery = { __typename?: 'Query', node?:
    | { __typename: 'Account' }
    | { __typename: 'ApiToken' }
    | { __typename: 'AuditEntry' }
    | { __typename: 'Deployment' }
    | { __typename: 'Email', id: string, kind: EmailKind, meter?: Meter | null, step?: number | null, recipient: string, subject: string, text: string, html: string, state: EmailState, attempts: number, lastError?: string | null, messageId: string, createdAt: string, sentAt?: string | null }
    | { __typename: 'FineTuningJob' }
    | { __typename: 'Grant' }
    | { __typename: 'Guardrail' }
    | { __typename: 'Member' }
    | { __typename: 'Model' }
    | { __typename: 'Plan' }
    | { __typename: 'Reservation' }
    | { __typename: 'Script' }
    | { __typename: 'Statement' }
    | { __typename: 'Tool' }
   | null };

export type RefusalFieldsFragment = { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string };

export type DecisionFieldsFragment = { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null };

export type GatesFragment = { __typename?: 'Account', toolRun: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, inference: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, deployModel: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, deployGuardrail: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, deployScript: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, scaleUp: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, fineTune: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, importProject: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null } };

export type DeploymentRowFragment = { __typename?: 'Deployment', id: string, name: string, type: DeploymentType, status: DeploymentStatus, pending: boolean, hardware: string, replicas: number, ratePerHour: string, endpoint?: string | null, reason?: string | null, lastUpdatedOn: string };

export type GuardrailRowFragment = { __typename?: 'Guardrail', id: string, name: string, scannerKey: string, cpu?: string | null, cpuCount: number, replicas: number, ratePerHour: string, lastDeployedOn?: string | null, lastUsedOn?: string | null, status: GuardrailStatus, pending: boolean, reason?: string | null };

export type ScriptRowFragment = { __typename?: 'Script', id: string, name: string, language: ScriptLanguage, languageVersion: string, lastActiveOn?: string | null, lastUsedOn?: string | null, status: ScriptStatus, hardware?: string | null, replicas: number, ratePerHour?: string | null, endpoint?: string | null, reason?: string | null };

export type HostedViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  gates?: Scalars['Boolean']['input'];
  usage?: Scalars['Boolean']['input'];
  filter?: InputMaybe<DeployableFilter>;
  sort?: InputMaybe<DeployableSort>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type HostedViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, deployables: { __typename?: 'DeployableItemConnection', totalCount: number, asOf: string, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, totals: { __typename?: 'DeployableTotals', running: number, ratePerHour: string, idle?: number, idleRatePerHour?: string }, edges: Array<{ __typename?: 'DeployableItemEdge', node: { __typename?: 'DeployableItem', category: Category, resourceId: string, resourceName: string, modelType?: ModelType | null, ratePerHour?: string | null, creditsUsed?: string, idleDays?: number | null, deployable?:
            | { __typename?: 'Deployment', id: string, name: string, pending: boolean, replicas: number, reason?: string | null, profile: string, deploymentStatus: DeploymentStatus }
            | { __typename?: 'Guardrail', id: string, name: string, pending: boolean, replicas: number, reason?: string | null, scannerKey: string, cpu?: string | null, cpuCount: number, guardrailStatus: GuardrailStatus }
            | { __typename?: 'Script', id: string, name: string, replicas: number, reason?: string | null, language: ScriptLanguage, languageVersion: string, hardware?: string | null, scriptStatus: ScriptStatus }
           | null } }> }, toolRun: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, inference: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, deployModel: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, deployGuardrail: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, deployScript: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, scaleUp: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, fineTune: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, importProject: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null } } | null };

export type HostedRowFragment = { __typename?: 'DeployableItem', category: Category, resourceId: string, resourceName: string, modelType?: ModelType | null, ratePerHour?: string | null, creditsUsed?: string, idleDays?: number | null, deployable?:
    | { __typename?: 'Deployment', id: string, name: string, pending: boolean, replicas: number, reason?: string | null, profile: string, deploymentStatus: DeploymentStatus }
    | { __typename?: 'Guardrail', id: string, name: string, pending: boolean, replicas: number, reason?: string | null, scannerKey: string, cpu?: string | null, cpuCount: number, guardrailStatus: GuardrailStatus }
    | { __typename?: 'Script', id: string, name: string, replicas: number, reason?: string | null, language: ScriptLanguage, languageVersion: string, hardware?: string | null, scriptStatus: ScriptStatus }
   | null };

export type FineTuningViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  gates?: Scalars['Boolean']['input'];
  states?: InputMaybe<Array<FineTuningState> | FineTuningState>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type FineTuningViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, fineTuningJobs: { __typename?: 'FineTuningJobConnection', totalCount: number, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'FineTuningJobEdge', node: { __typename?: 'FineTuningJob', id: string, trainingTokens: number, epochs: number, method: FineTuningMethod, gpu: string, state: FineTuningState, charge: string, refunded: string, startedAt: string, endedAt?: string | null, reason?: string | null, model: { __typename?: 'Model', id: string, name: string } } }> }, toolRun: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, inference: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, deployModel: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, deployGuardrail: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, deployScript: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, scaleUp: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, fineTune: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, importProject: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null } } | null };

export type DeployChoicesQueryVariables = Exact<{ [key: string]: never; }>;


export type DeployChoicesQuery = { __typename?: 'Query', rateCard?: { __typename?: 'RateCard', models: Array<{ __typename?: 'HardwareProfile', name: string, gpu?: string | null, gpuCount: number, ratePerHour: string }>, scripts: Array<{ __typename?: 'HardwareProfile', name: string, vcpus?: number | null, memoryGb?: number | null, ratePerHour: string }>, guardrails: Array<{ __typename?: 'CpuRate', cpu: string, ratePerCpuHour: string }>, scanners: Array<{ __typename?: 'ScannerProfile', scannerKey: string, name: string, cpuCount: number, free: boolean }> } | null };

export type FineTuningChoicesQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  search?: InputMaybe<Scalars['String']['input']>;
}>;


export type FineTuningChoicesQuery = { __typename?: 'Query', rateCard?: { __typename?: 'RateCard', fineTuning: { __typename?: 'FineTuningRates', hardware: Array<{ __typename?: 'FineTuningHardwareRate', gpu: string }> } } | null, account?: { __typename?: 'Account', id: string, models: { __typename?: 'ModelConnection', totalCount: number, edges: Array<{ __typename?: 'ModelEdge', node: { __typename?: 'Model', id: string, name: string, parametersBillions?: string | null } }> } } | null };

export type HostingEstimateQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  category: Category;
  hardware?: InputMaybe<Scalars['String']['input']>;
  scannerKey?: InputMaybe<Scalars['String']['input']>;
  cpu?: InputMaybe<Scalars['String']['input']>;
  replicas: Scalars['Int']['input'];
}>;


export type HostingEstimateQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, hostingEstimate?: { __typename?: 'HostingEstimate', ratePerHour: string, perDay: string, perThirtyDays: string, decision: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, outlook: { __typename?: 'HostingOutlook', ratePerHour: string, lowAt?: string | null, exhaustedAt?: string | null, stopAt?: string | null } } | null } | null };

export type FineTuningEstimateQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  model: Scalars['ID']['input'];
  tokens: Scalars['Long']['input'];
  epochs: Scalars['Int']['input'];
  method: FineTuningMethod;
  gpu: Scalars['String']['input'];
}>;


export type FineTuningEstimateQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, fineTuningEstimate?: { __typename?: 'FineTuningEstimate', charge?: string | null, unsupported?: string | null, decision: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null } } | null } | null };

export type LiveDeploymentsSubscriptionVariables = Exact<{
  account: Scalars['ID']['input'];
  after?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type LiveDeploymentsSubscription = { __typename?: 'Subscription', deploymentChanges:
    | { __typename: 'DeploymentChange', cursor: string, revision: number, kind: DeploymentChangeKind, category: Category, resourceId: string, resourceName: string }
    | { __typename: 'DeploymentSnapshot', cursor: string }
   };

export type DeployModelMutationVariables = Exact<{
  input: DeployModelInput;
}>;


export type DeployModelMutation = { __typename?: 'Mutation', deployModel: { __typename?: 'DeployModelPayload', deployment?: { __typename?: 'Deployment', id: string, name: string, type: DeploymentType, status: DeploymentStatus, pending: boolean, hardware: string, replicas: number, ratePerHour: string, endpoint?: string | null, reason?: string | null, lastUpdatedOn: string } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type RedeployModelMutationVariables = Exact<{
  input: RedeployModelInput;
}>;


export type RedeployModelMutation = { __typename?: 'Mutation', redeployModel: { __typename?: 'RedeployModelPayload', deployment?: { __typename?: 'Deployment', id: string, name: string, type: DeploymentType, status: DeploymentStatus, pending: boolean, hardware: string, replicas: number, ratePerHour: string, endpoint?: string | null, reason?: string | null, lastUpdatedOn: string } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type UndeployModelMutationVariables = Exact<{
  input: UndeployModelInput;
}>;


export type UndeployModelMutation = { __typename?: 'Mutation', undeployModel: { __typename?: 'UndeployModelPayload', deployment?: { __typename?: 'Deployment', id: string, name: string, type: DeploymentType, status: DeploymentStatus, pending: boolean, hardware: string, replicas: number, ratePerHour: string, endpoint?: string | null, reason?: string | null, lastUpdatedOn: string } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type DeployGuardrailMutationVariables = Exact<{
  input: DeployGuardrailInput;
}>;


export type DeployGuardrailMutation = { __typename?: 'Mutation', deployGuardrail: { __typename?: 'DeployGuardrailPayload', guardrail?: { __typename?: 'Guardrail', id: string, name: string, scannerKey: string, cpu?: string | null, cpuCount: number, replicas: number, ratePerHour: string, lastDeployedOn?: string | null, lastUsedOn?: string | null, status: GuardrailStatus, pending: boolean, reason?: string | null } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type RedeployGuardrailMutationVariables = Exact<{
  input: RedeployGuardrailInput;
}>;


export type RedeployGuardrailMutation = { __typename?: 'Mutation', redeployGuardrail: { __typename?: 'RedeployGuardrailPayload', guardrail?: { __typename?: 'Guardrail', id: string, name: string, scannerKey: string, cpu?: string | null, cpuCount: number, replicas: number, ratePerHour: string, lastDeployedOn?: string | null, lastUsedOn?: string | null, status: GuardrailStatus, pending: boolean, reason?: string | null } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type UndeployGuardrailMutationVariables = Exact<{
  input: UndeployGuardrailInput;
}>;


export type UndeployGuardrailMutation = { __typename?: 'Mutation', undeployGuardrail: { __typename?: 'UndeployGuardrailPayload', guardrail?: { __typename?: 'Guardrail', id: string, name: string, scannerKey: string, cpu?: string | null, cpuCount: number, replicas: number, ratePerHour: string, lastDeployedOn?: string | null, lastUsedOn?: string | null, status: GuardrailStatus, pending: boolean, reason?: string | null } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type CreateScriptMutationVariables = Exact<{
  input: CreateScriptInput;
}>;


export type CreateScriptMutation = { __typename?: 'Mutation', createScript: { __typename?: 'CreateScriptPayload', script?: { __typename?: 'Script', id: string, name: string, language: ScriptLanguage, languageVersion: string, lastActiveOn?: string | null, lastUsedOn?: string | null, status: ScriptStatus, hardware?: string | null, replicas: number, ratePerHour?: string | null, endpoint?: string | null, reason?: string | null } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type DeployScriptMutationVariables = Exact<{
  input: DeployScriptInput;
}>;


export type DeployScriptMutation = { __typename?: 'Mutation', deployScript: { __typename?: 'DeployScriptPayload', script?: { __typename?: 'Script', id: string, name: string, language: ScriptLanguage, languageVersion: string, lastActiveOn?: string | null, lastUsedOn?: string | null, status: ScriptStatus, hardware?: string | null, replicas: number, ratePerHour?: string | null, endpoint?: string | null, reason?: string | null } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type RedeployScriptMutationVariables = Exact<{
  input: RedeployScriptInput;
}>;


export type RedeployScriptMutation = { __typename?: 'Mutation', redeployScript: { __typename?: 'RedeployScriptPayload', script?: { __typename?: 'Script', id: string, name: string, language: ScriptLanguage, languageVersion: string, lastActiveOn?: string | null, lastUsedOn?: string | null, status: ScriptStatus, hardware?: string | null, replicas: number, ratePerHour?: string | null, endpoint?: string | null, reason?: string | null } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type UndeployScriptMutationVariables = Exact<{
  input: UndeployScriptInput;
}>;


export type UndeployScriptMutation = { __typename?: 'Mutation', undeployScript: { __typename?: 'UndeployScriptPayload', script?: { __typename?: 'Script', id: string, name: string, language: ScriptLanguage, languageVersion: string, lastActiveOn?: string | null, lastUsedOn?: string | null, status: ScriptStatus, hardware?: string | null, replicas: number, ratePerHour?: string | null, endpoint?: string | null, reason?: string | null } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type ScaleMutationVariables = Exact<{
  input: ScaleDeploymentInput;
}>;


export type ScaleMutation = { __typename?: 'Mutation', scaleDeployment: { __typename?: 'ScaleDeploymentPayload', deployable?:
      | { __typename: 'Deployment' }
      | { __typename: 'Guardrail' }
      | { __typename: 'Script' }
     | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type StartFineTuningMutationVariables = Exact<{
  input: StartFineTuningInput;
}>;


export type StartFineTuningMutation = { __typename?: 'Mutation', startFineTuning: { __typename?: 'StartFineTuningPayload', job?: { __typename?: 'FineTuningJob', id: string, state: FineTuningState, charge: string } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type TagKeysQueryVariables = Exact<{
  account: Scalars['ID']['input'];
}>;


export type TagKeysQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, tagKeys: Array<string> } | null };

export type ThingQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type ThingQuery = { __typename?: 'Query', node?:
    | { __typename: 'Account', id: string }
    | { __typename: 'ApiToken', id: string }
    | { __typename: 'AuditEntry', id: string }
    | { __typename: 'Deployment', name: string, id: string }
    | { __typename: 'Email', id: string }
    | { __typename: 'FineTuningJob', id: string }
    | { __typename: 'Grant', id: string }
    | { __typename: 'Guardrail', name: string, id: string }
    | { __typename: 'Member', id: string }
    | { __typename: 'Model', name: string, id: string }
    | { __typename: 'Plan', id: string }
    | { __typename: 'Reservation', id: string }
    | { __typename: 'Script', name: string, id: string }
    | { __typename: 'Statement', id: string }
    | { __typename: 'Tool', name: string, id: string }
   | null };

export type MeterFieldsFragment = { __typename?: 'MeterStatus', meter: Meter, allocation: string, used: string, remaining: string, usedPercent: string, remainingPercent: string, reserved: string, available: string, step?: number | null, freeExpired: boolean, nextExpiry?: { __typename?: 'NextExpiry', amount: string, at: string } | null };

export type StatusFieldsFragment = { __typename?: 'CreditStatus', accountId: string, asOf: string, revision: number, icon: Icon, zone: Zone, credits: { __typename?: 'MeterStatus', meter: Meter, allocation: string, used: string, remaining: string, usedPercent: string, remainingPercent: string, reserved: string, available: string, step?: number | null, freeExpired: boolean, nextExpiry?: { __typename?: 'NextExpiry', amount: string, at: string } | null }, runs: { __typename?: 'MeterStatus', meter: Meter, allocation: string, used: string, remaining: string, usedPercent: string, remainingPercent: string, reserved: string, available: string, step?: number | null, freeExpired: boolean, nextExpiry?: { __typename?: 'NextExpiry', amount: string, at: string } | null }, outlook?: { __typename?: 'HostingOutlook', ratePerHour: string, lowAt?: string | null, exhaustedAt?: string | null, stopAt?: string | null } | null };

export type BannerFieldsFragment = { __typename?: 'Banner', id: string, kind: BannerKind, meters: Array<Meter>, percent: number, text: string, action: BannerAction, link: string, removable: boolean, raisedAt: string };

export type BannerListFieldsFragment = { __typename?: 'BannerList', accountId: string, asOf: string, revision: number, banners: Array<{ __typename?: 'Banner', id: string, kind: BannerKind, meters: Array<Meter>, percent: number, text: string, action: BannerAction, link: string, removable: boolean, raisedAt: string }> };

export type WidgetQueryVariables = Exact<{
  account: Scalars['ID']['input'];
}>;


export type WidgetQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, creditStatus: { __typename?: 'CreditStatus', accountId: string, asOf: string, revision: number, icon: Icon, zone: Zone, credits: { __typename?: 'MeterStatus', meter: Meter, allocation: string, used: string, remaining: string, usedPercent: string, remainingPercent: string, reserved: string, available: string, step?: number | null, freeExpired: boolean, nextExpiry?: { __typename?: 'NextExpiry', amount: string, at: string } | null }, runs: { __typename?: 'MeterStatus', meter: Meter, allocation: string, used: string, remaining: string, usedPercent: string, remainingPercent: string, reserved: string, available: string, step?: number | null, freeExpired: boolean, nextExpiry?: { __typename?: 'NextExpiry', amount: string, at: string } | null }, outlook?: { __typename?: 'HostingOutlook', ratePerHour: string, lowAt?: string | null, exhaustedAt?: string | null, stopAt?: string | null } | null }, banners: { __typename?: 'BannerList', accountId: string, asOf: string, revision: number, banners: Array<{ __typename?: 'Banner', id: string, kind: BannerKind, meters: Array<Meter>, percent: number, text: string, action: BannerAction, link: string, removable: boolean, raisedAt: string }> } } | null };

export type LiveStatusSubscriptionVariables = Exact<{
  account: Scalars['ID']['input'];
}>;


export type LiveStatusSubscription = { __typename?: 'Subscription', creditStatus: { __typename?: 'CreditStatus', accountId: string, asOf: string, revision: number, icon: Icon, zone: Zone, credits: { __typename?: 'MeterStatus', meter: Meter, allocation: string, used: string, remaining: string, usedPercent: string, remainingPercent: string, reserved: string, available: string, step?: number | null, freeExpired: boolean, nextExpiry?: { __typename?: 'NextExpiry', amount: string, at: string } | null }, runs: { __typename?: 'MeterStatus', meter: Meter, allocation: string, used: string, remaining: string, usedPercent: string, remainingPercent: string, reserved: string, available: string, step?: number | null, freeExpired: boolean, nextExpiry?: { __typename?: 'NextExpiry', amount: string, at: string } | null }, outlook?: { __typename?: 'HostingOutlook', ratePerHour: string, lowAt?: string | null, exhaustedAt?: string | null, stopAt?: string | null } | null } };

export type LiveBannersSubscriptionVariables = Exact<{
  account: Scalars['ID']['input'];
}>;


export type LiveBannersSubscription = { __typename?: 'Subscription', banners: { __typename?: 'BannerList', accountId: string, asOf: string, revision: number, banners: Array<{ __typename?: 'Banner', id: string, kind: BannerKind, meters: Array<Meter>, percent: number, text: string, action: BannerAction, link: string, removable: boolean, raisedAt: string }> } };

export type DismissBannerMutationVariables = Exact<{
  input: DismissBannerInput;
}>;


export type DismissBannerMutation = { __typename?: 'Mutation', dismissBanner: { __typename?: 'DismissBannerPayload', banners?: { __typename?: 'BannerList', accountId: string, asOf: string, revision: number, banners: Array<{ __typename?: 'Banner', id: string, kind: BannerKind, meters: Array<Meter>, percent: number, text: string, action: BannerAction, link: string, removable: boolean, raisedAt: string }> } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type PaletteSearchQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  search: Scalars['String']['input'];
  resources: Scalars['Boolean']['input'];
  accounts: Scalars['Boolean']['input'];
}>;


export type PaletteSearchQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, tools?: { __typename?: 'ToolConnection', edges: Array<{ __typename?: 'ToolEdge', node: { __typename?: 'Tool', id: string, name: string } }> }, models?: { __typename?: 'ModelConnection', edges: Array<{ __typename?: 'ModelEdge', node: { __typename?: 'Model', id: string, name: string } }> }, guardrails?: { __typename?: 'GuardrailConnection', edges: Array<{ __typename?: 'GuardrailEdge', node: { __typename?: 'Guardrail', id: string, name: string } }> }, scripts?: { __typename?: 'ScriptConnection', edges: Array<{ __typename?: 'ScriptEdge', node: { __typename?: 'Script', id: string, name: string } }> } } | null, accounts?: { __typename?: 'AccountConnection', edges: Array<{ __typename?: 'AccountEdge', node: { __typename?: 'Account', id: string, name: string } }> } };

export type PaletteAccountsQueryVariables = Exact<{
  search: Scalars['String']['input'];
}>;


export type PaletteAccountsQuery = { __typename?: 'Query', accounts: { __typename?: 'AccountConnection', edges: Array<{ __typename?: 'AccountEdge', node: { __typename?: 'Account', id: string, name: string } }> } };

export type MemberRowFragment = { __typename?: 'Member', id: string, userId: string, email: string, name: string, joinedAt: string, invited: boolean, role: { __typename?: 'Role', name: string, builtIn?: BuiltInRole | null } };

export type MembersViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  search?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type MembersViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, members: { __typename?: 'MemberConnection', totalCount: number, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'MemberEdge', cursor: string, node: { __typename?: 'Member', id: string, userId: string, email: string, name: string, joinedAt: string, invited: boolean, role: { __typename?: 'Role', name: string, builtIn?: BuiltInRole | null } } }> }, roles: Array<{ __typename?: 'Role', name: string, builtIn?: BuiltInRole | null }> } | null };

export type SetMemberMutationVariables = Exact<{
  input: SetMemberInput;
}>;


export type SetMemberMutation = { __typename?: 'Mutation', setMember: { __typename?: 'SetMemberPayload', member?: { __typename?: 'Member', id: string, userId: string, email: string, name: string, joinedAt: string, invited: boolean, role: { __typename?: 'Role', name: string, builtIn?: BuiltInRole | null } } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type RemoveMemberMutationVariables = Exact<{
  input: RemoveMemberInput;
}>;


export type RemoveMemberMutation = { __typename?: 'Mutation', removeMember: { __typename?: 'RemoveMemberPayload', userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type TokensViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  roles?: Scalars['Boolean']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type TokensViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, apiTokens: { __typename?: 'ApiTokenConnection', totalCount: number, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'ApiTokenEdge', cursor: string, node: { __typename?: 'ApiToken', id: string, name: string, prefix: string, permissions: Array<Permission>, documents: DocumentsPolicy, createdAt: string, expiresAt?: string | null, lastUsedAt?: string | null, revokedAt?: string | null, successorId?: string | null, role: { __typename?: 'Role', name: string, permissions: Array<Permission> } } }> }, roles?: Array<{ __typename?: 'Role', name: string, permissions: Array<Permission> }> } | null };

export type CreateApiTokenMutationVariables = Exact<{
  input: CreateApiTokenInput;
}>;


export type CreateApiTokenMutation = { __typename?: 'Mutation', createApiToken: { __typename?: 'CreateApiTokenPayload', secret?: string | null, apiToken?: { __typename?: 'ApiToken', id: string, name: string } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type RotateApiTokenMutationVariables = Exact<{
  input: RotateApiTokenInput;
}>;


export type RotateApiTokenMutation = { __typename?: 'Mutation', rotateApiToken: { __typename?: 'RotateApiTokenPayload', secret?: string | null, apiToken?: { __typename?: 'ApiToken', id: string, name: string } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type RevokeApiTokenMutationVariables = Exact<{
  input: RevokeApiTokenInput;
}>;


export type RevokeApiTokenMutation = { __typename?: 'Mutation', revokeApiToken: { __typename?: 'RevokeApiTokenPayload', userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type ContactsViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
}>;


export type ContactsViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, settings: { __typename?: 'AccountSettings', billingContacts: Array<string>, supportContact: string } } | null };

export type SetBillingContactsMutationVariables = Exact<{
  input: SetBillingContactsInput;
}>;


export type SetBillingContactsMutation = { __typename?: 'Mutation', setBillingContacts: { __typename?: 'SetBillingContactsPayload', settings?: { __typename?: 'AccountSettings', billingContacts: Array<string> } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type RolesViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
}>;


export type RolesViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, roles: Array<{ __typename?: 'Role', name: string, builtIn?: BuiltInRole | null, permissions: Array<Permission> }> } | null };

export type SetRoleMutationVariables = Exact<{
  input: SetRoleInput;
}>;


export type SetRoleMutation = { __typename?: 'Mutation', setRole: { __typename?: 'SetRolePayload', role?: { __typename?: 'Role', name: string, permissions: Array<Permission> } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type RemoveRoleMutationVariables = Exact<{
  input: RemoveRoleInput;
}>;


export type RemoveRoleMutation = { __typename?: 'Mutation', removeRole: { __typename?: 'RemoveRolePayload', removedRole?: string | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type GeneralViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  settings: Scalars['Boolean']['input'];
  mails: Scalars['Boolean']['input'];
}>;


export type GeneralViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, name: string, createdAt: string, settings?: { __typename?: 'AccountSettings', lowCreditLimit: string, negativeLimit: string, fineTuningLimit: string, supportContact: string, timeZone: string }, mailPreferences?: { __typename?: 'MailPreferences', muted: Array<EmailKind>, offered: Array<EmailKind> } | null } | null };

export type MailPreferencesFieldsFragment = { __typename?: 'MailPreferences', muted: Array<EmailKind>, offered: Array<EmailKind> };

export type SetMailPreferencesMutationVariables = Exact<{
  input: SetMailPreferencesInput;
}>;


export type SetMailPreferencesMutation = { __typename?: 'Mutation', setMailPreferences: { __typename?: 'SetMailPreferencesPayload', mailPreferences?: { __typename?: 'MailPreferences', muted: Array<EmailKind>, offered: Array<EmailKind> } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type SetAccountProfileMutationVariables = Exact<{
  input: SetAccountProfileInput;
}>;


export type SetAccountProfileMutation = { __typename?: 'Mutation', setAccountProfile: { __typename?: 'SetAccountProfilePayload', account?: { __typename?: 'Account', id: string, name: string } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type PricingQueryVariables = Exact<{
  version?: InputMaybe<Scalars['Int']['input']>;
}>;


export type PricingQuery = { __typename?: 'Query', rateCard?: { __typename?: 'RateCard', version: number, effectiveFrom: string, effectiveTo?: string | null, versions: Array<{ __typename?: 'RateCardVersion', version: number, effectiveFrom: string }>, models: Array<{ __typename?: 'HardwareProfile', name: string, gpu?: string | null, gpuCount: number, ratePerHour: string }>, scripts: Array<{ __typename?: 'HardwareProfile', name: string, vcpus?: number | null, memoryGb?: number | null, ratePerHour: string }>, guardrails: Array<{ __typename?: 'CpuRate', cpu: string, ratePerCpuHour: string }>, scanners: Array<{ __typename?: 'ScannerProfile', scannerKey: string, name: string, cpuCount: number, free: boolean }>, inference: { __typename?: 'InferenceRate', inputRate: string, outputRate: string, cacheReadRate: string, cacheWriteRate: string, reasoningRate: string }, fineTuning: { __typename?: 'FineTuningRates', sizes: Array<{ __typename?: 'FineTuningSize', fromBillions: string, toBillions: string, toIncluded: boolean, factor: string, methods: Array<FineTuningMethod> }>, methods: Array<{ __typename?: 'FineTuningMethodRate', method: FineTuningMethod, factor: string }>, hardware: Array<{ __typename?: 'FineTuningHardwareRate', gpu: string, factor: string }> } } | null };

export type PlanFieldsFragment = { __typename?: 'Plan', id: string, name: string, credits: string, runs: number, active: boolean };

export type PlansViewQueryVariables = Exact<{ [key: string]: never; }>;


export type PlansViewQuery = { __typename?: 'Query', plans: Array<{ __typename?: 'Plan', id: string, name: string, credits: string, runs: number, active: boolean }> };

export type CreatePlanMutationVariables = Exact<{
  input: CreatePlanInput;
}>;


export type CreatePlanMutation = { __typename?: 'Mutation', createPlan: { __typename?: 'CreatePlanPayload', plan?: { __typename?: 'Plan', id: string, name: string, credits: string, runs: number, active: boolean } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type UpdatePlanMutationVariables = Exact<{
  input: UpdatePlanInput;
}>;


export type UpdatePlanMutation = { __typename?: 'Mutation', updatePlan: { __typename?: 'UpdatePlanPayload', plan?: { __typename?: 'Plan', id: string, name: string, credits: string, runs: number, active: boolean } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type RateReleasesQueryVariables = Exact<{ [key: string]: never; }>;


export type RateReleasesQuery = { __typename?: 'Query', rateCards: Array<{ __typename?: 'RateCardRelease', version: number, status: RateCardStatus, publishedAt?: string | null, publishedBy?: string | null, note?: string | null, withdrawnAt?: string | null, withdrawnBy?: string | null, card: { __typename?: 'RateCard', effectiveFrom: string } }> };

export type RateCardToEditQueryVariables = Exact<{ [key: string]: never; }>;


export type RateCardToEditQuery = { __typename?: 'Query', rateCard?: { __typename?: 'RateCard', version: number, models: Array<{ __typename?: 'HardwareProfile', name: string, gpu?: string | null, gpuCount: number, ratePerHour: string }>, scripts: Array<{ __typename?: 'HardwareProfile', name: string, vcpus?: number | null, memoryGb?: number | null, ratePerHour: string }>, guardrails: Array<{ __typename?: 'CpuRate', cpu: string, ratePerCpuHour: string }>, scanners: Array<{ __typename?: 'ScannerProfile', scannerKey: string, name: string, cpuCount: number }>, inference: { __typename?: 'InferenceRate', inputRate: string, outputRate: string, cacheReadRate: string, cacheWriteRate: string, reasoningRate: string }, fineTuning: { __typename?: 'FineTuningRates', sizes: Array<{ __typename?: 'FineTuningSize', fromBillions: string, toBillions: string, toIncluded: boolean, factor: string, methods: Array<FineTuningMethod> }>, methods: Array<{ __typename?: 'FineTuningMethodRate', method: FineTuningMethod, factor: string }>, hardware: Array<{ __typename?: 'FineTuningHardwareRate', gpu: string, factor: string }> } } | null };

export type RateChangesQueryVariables = Exact<{
  from: Scalars['Int']['input'];
  to: Scalars['Int']['input'];
}>;


export type RateChangesQuery = { __typename?: 'Query', rateChanges?: Array<{ __typename?: 'RateChange', list: string, name?: string | null, field: string, before?: string | null, after?: string | null }> | null };

export type RatePreviewQueryVariables = Exact<{
  card?: InputMaybe<RateCardInput>;
  version?: InputMaybe<Scalars['Int']['input']>;
  range: RangeInput;
}>;


export type RatePreviewQuery = { __typename?: 'Query', previewRateCard: { __typename?: 'RateCardPreview', events: number, changedAccounts: number, unknown: Array<string>, range: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string }, total: { __typename?: 'RateCost', was: string, would: string, difference: string }, categories: Array<{ __typename?: 'PreviewedCategory', category: Category, cost: { __typename?: 'RateCost', was: string, would: string, difference: string } }>, accounts: Array<{ __typename?: 'PreviewedAccount', accountId: string, name: string, cost: { __typename?: 'RateCost', was: string, would: string, difference: string } }>, changes: Array<{ __typename?: 'RateChange', list: string, name?: string | null, field: string, before?: string | null, after?: string | null }> } };

export type PublishRateCardMutationVariables = Exact<{
  input: PublishRateCardInput;
}>;


export type PublishRateCardMutation = { __typename?: 'Mutation', publishRateCard: { __typename?: 'PublishRateCardPayload', release?: { __typename?: 'RateCardRelease', version: number } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null }> } };

export type WithdrawRateCardMutationVariables = Exact<{
  version: Scalars['Int']['input'];
}>;


export type WithdrawRateCardMutation = { __typename?: 'Mutation', withdrawRateCard: { __typename?: 'WithdrawRateCardPayload', release?: { __typename?: 'RateCardRelease', version: number, status: RateCardStatus } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null }> } };

export type RateChangeFieldsFragment = { __typename?: 'RateChange', list: string, name?: string | null, field: string, before?: string | null, after?: string | null };

export type RateCostFieldsFragment = { __typename?: 'RateCost', was: string, would: string, difference: string };

export type AccountSearchQueryVariables = Exact<{
  search?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AccountFilter>;
  widget: Scalars['Boolean']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type AccountSearchQuery = { __typename?: 'Query', accounts: { __typename?: 'AccountConnection', totalCount: number, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'AccountEdge', node: { __typename?: 'Account', id: string, externalId?: string | null, name: string, createdAt: string, creditStatus?: { __typename?: 'CreditStatus', icon: Icon, credits: { __typename?: 'MeterStatus', allocation: string, used: string, remaining: string, usedPercent: string }, runs: { __typename?: 'MeterStatus', allocation: string, used: string, remaining: string, usedPercent: string } } } }> } };

export type SettingsFieldsFragment = { __typename?: 'AccountSettings', fineTuningLimit: string, lowCreditLimit: string, negativeLimit: string, billingContacts: Array<string>, supportContact: string, timeZone: string };

export type AccountDeskQueryVariables = Exact<{
  account: Scalars['ID']['input'];
}>;


export type AccountDeskQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, externalId?: string | null, name: string, createdAt: string, booksFrom?: string | null, creditStatus: { __typename?: 'CreditStatus', accountId: string, asOf: string, revision: number, icon: Icon, zone: Zone, credits: { __typename?: 'MeterStatus', meter: Meter, allocation: string, used: string, remaining: string, usedPercent: string, remainingPercent: string, reserved: string, available: string, step?: number | null, freeExpired: boolean, nextExpiry?: { __typename?: 'NextExpiry', amount: string, at: string } | null }, runs: { __typename?: 'MeterStatus', meter: Meter, allocation: string, used: string, remaining: string, usedPercent: string, remainingPercent: string, reserved: string, available: string, step?: number | null, freeExpired: boolean, nextExpiry?: { __typename?: 'NextExpiry', amount: string, at: string } | null }, outlook?: { __typename?: 'HostingOutlook', ratePerHour: string, lowAt?: string | null, exhaustedAt?: string | null, stopAt?: string | null } | null }, settings: { __typename?: 'AccountSettings', fineTuningLimit: string, lowCreditLimit: string, negativeLimit: string, billingContacts: Array<string>, supportContact: string, timeZone: string }, plan: { __typename?: 'AccountPlan', name?: string | null, credits: string, runs: number, anchorDay: number, cycleStart: string, cycleEnd: string, pending?: { __typename?: 'PendingPlan', name?: string | null, at: string } | null }, grants: { __typename?: 'GrantConnection', totalCount: number, edges: Array<{ __typename?: 'GrantEdge', node: { __typename?: 'Grant', id: string, kind: GrantKind, meter: Meter, amount: string, used: string, remaining: string, expired: string, takenBack: string, grantedAt: string, expiresAt?: string | null, retiredAt?: string | null, reference?: string | null, grantedBy: { __typename?: 'Actor', kind: PrincipalKind, name: string, role?: string | null } } }> } } | null, plans: Array<{ __typename?: 'Plan', id: string, name: string, credits: string, runs: number, active: boolean }> };

export type AuditViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  filter?: InputMaybe<AuditFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type AuditViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, auditLog: { __typename?: 'AuditEntryConnection', totalCount: number, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'AuditEntryEdge', node: { __typename?: 'AuditEntry', id: string, at: string, action: AuditAction, target?: string | null, address?: string | null, requestId?: string | null, before?: unknown | null, after?: unknown | null, actor: { __typename?: 'Actor', kind: PrincipalKind, name: string, role?: string | null } } }> } } | null };

export type GrantCreditsMutationVariables = Exact<{
  input: GrantCreditsInput;
}>;


export type GrantCreditsMutation = { __typename?: 'Mutation', grantCredits: { __typename?: 'GrantCreditsPayload', grant?: { __typename?: 'Grant', id: string, kind: GrantKind, meter: Meter, amount: string, used: string, remaining: string, expired: string, takenBack: string, grantedAt: string, expiresAt?: string | null, retiredAt?: string | null, reference?: string | null, grantedBy: { __typename?: 'Actor', kind: PrincipalKind, name: string, role?: string | null } } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type AdjustCreditsMutationVariables = Exact<{
  input: AdjustCreditsInput;
}>;


export type AdjustCreditsMutation = { __typename?: 'Mutation', adjustCredits: { __typename?: 'AdjustCreditsPayload', grant?: { __typename?: 'Grant', id: string, kind: GrantKind, meter: Meter, amount: string, used: string, remaining: string, expired: string, takenBack: string, grantedAt: string, expiresAt?: string | null, retiredAt?: string | null, reference?: string | null, grantedBy: { __typename?: 'Actor', kind: PrincipalKind, name: string, role?: string | null } } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type ChangePlanMutationVariables = Exact<{
  input: ChangePlanInput;
}>;


export type ChangePlanMutation = { __typename?: 'Mutation', changePlan: { __typename?: 'ChangePlanPayload', plan?: { __typename?: 'AccountPlan', name?: string | null, credits: string, runs: number, anchorDay: number, cycleStart: string, cycleEnd: string, pending?: { __typename?: 'PendingPlan', name?: string | null, at: string } | null } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type SetAccountLimitsMutationVariables = Exact<{
  input: SetAccountLimitsInput;
}>;


export type SetAccountLimitsMutation = { __typename?: 'Mutation', setAccountLimits: { __typename?: 'SetAccountLimitsPayload', settings?: { __typename?: 'AccountSettings', fineTuningLimit: string, lowCreditLimit: string, negativeLimit: string, billingContacts: Array<string>, supportContact: string, timeZone: string } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type DayStoryQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  range: RangeInput;
  from: Scalars['DateTime']['input'];
  to: Scalars['DateTime']['input'];
}>;


export type DayStoryQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, start: { __typename?: 'BalanceAt', credits: string, runs: number }, end: { __typename?: 'BalanceAt', credits: string, runs: number }, charges: { __typename?: 'ChargeList', totalCount: number, credits: string, runs: number, charges: Array<{ __typename?: 'ResourceCharge', meter: Meter, resourceId: string, resourceName: string, amount: string }> }, ledger: { __typename?: 'LedgerEntryConnection', totalCount: number, edges: Array<{ __typename?: 'LedgerEntryEdge', node: { __typename?: 'LedgerEntry', id: string, kind: LedgerKind, meter: Meter, amount: string, postedAt: string, effectiveAt: string, cause: LedgerCause, resourceName?: string | null, note?: string | null, grant?: { __typename?: 'Grant', id: string, kind: GrantKind } | null, lines: Array<{ __typename?: 'LedgerLine', resourceName: string }> } }> }, stops: { __typename?: 'HostingSegmentConnection', totalCount: number, edges: Array<{ __typename?: 'HostingSegmentEdge', node: { __typename?: 'HostingSegment', resourceId: string, end?: string | null, resource?:
            | { __typename?: 'Guardrail', name: string }
            | { __typename?: 'Model', name: string }
            | { __typename?: 'Script', name: string }
            | { __typename?: 'Tool' }
           | null, deployment?: { __typename?: 'Deployment', name: string } | null } }> }, auditLog: { __typename?: 'AuditEntryConnection', totalCount: number, edges: Array<{ __typename?: 'AuditEntryEdge', node: { __typename?: 'AuditEntry', id: string, at: string, action: AuditAction, target?: string | null, before?: unknown | null, after?: unknown | null, actor: { __typename?: 'Actor', kind: PrincipalKind, name: string, role?: string | null } } }> }, emailMessages: { __typename?: 'EmailMessageConnection', totalCount: number, edges: Array<{ __typename?: 'EmailMessageEdge', cursor: string, node: { __typename?: 'EmailMessage', kind: EmailKind, meter?: Meter | null, step?: number | null, subject: string, createdAt: string, copyCount: number, copies: Array<{ __typename?: 'Email', recipient: string }> } }> } } | null };

export type OwnPricesQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  search?: InputMaybe<Scalars['String']['input']>;
}>;


export type OwnPricesQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, ownRates: Array<{ __typename?: 'OwnRates', modelId?: string | null, modelName?: string | null, from: string, setAt: string, tokens: { __typename?: 'OwnTokenRates', inputRate?: string | null, outputRate?: string | null, cacheReadRate?: string | null, cacheWriteRate?: string | null, reasoningRate?: string | null }, hosting: Array<{ __typename?: 'OwnHostingRate', category: Category, name: string, rate: string }> }>, models: { __typename?: 'ModelConnection', totalCount: number, edges: Array<{ __typename?: 'ModelEdge', node: { __typename?: 'Model', id: string, name: string, inputRate: string, outputRate: string, cacheReadRate: string, cacheWriteRate: string, reasoningRate: string } }> } } | null };

export type OwnPriceCardQueryVariables = Exact<{ [key: string]: never; }>;


export type OwnPriceCardQuery = { __typename?: 'Query', rateCard?: { __typename?: 'RateCard', version: number, models: Array<{ __typename?: 'HardwareProfile', name: string, ratePerHour: string }>, scripts: Array<{ __typename?: 'HardwareProfile', name: string, ratePerHour: string }>, guardrails: Array<{ __typename?: 'CpuRate', cpu: string, ratePerCpuHour: string }>, inference: { __typename?: 'InferenceRate', inputRate: string, outputRate: string, cacheReadRate: string, cacheWriteRate: string, reasoningRate: string } } | null };

export type SetRatesMutationVariables = Exact<{
  input: SetRatesInput;
}>;


export type SetRatesMutation = { __typename?: 'Mutation', setRates: { __typename?: 'SetRatesPayload', from?: string | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type RefusalsViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type RefusalsViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, refusals: { __typename?: 'RefusedEventConnection', totalCount: number, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'RefusedEventEdge', cursor: string, node: { __typename?: 'RefusedEvent', at: string, endpoint: string, source?: string | null, id?: string | null, code: string, message: string } }> } } | null };

export type ProvisioningViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
}>;


export type ProvisioningViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, provisioning: { __typename?: 'Provisioning', tools: boolean, models: boolean, made: number, limit: number }, ledger: { __typename?: 'LedgerEntryConnection', totalCount: number, edges: Array<{ __typename?: 'LedgerEntryEdge', node: { __typename?: 'LedgerEntry', id: string, meter: Meter, amount: string, postedAt: string, cause: LedgerCause, resourceName?: string | null, note?: string | null, lines: Array<{ __typename?: 'LedgerLine', resourceName: string }> } }> } } | null };

export type SetProvisioningMutationVariables = Exact<{
  input: SetProvisioningInput;
}>;


export type SetProvisioningMutation = { __typename?: 'Mutation', setProvisioning: { __typename?: 'SetProvisioningPayload', provisioning?: { __typename?: 'Provisioning', tools: boolean, models: boolean, made: number, limit: number } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type UpdateAccountMutationVariables = Exact<{
  input: UpdateAccountInput;
}>;


export type UpdateAccountMutation = { __typename?: 'Mutation', updateAccount: { __typename?: 'UpdateAccountPayload', account?: { __typename?: 'Account', id: string, name: string, externalId?: string | null } | null, userErrors: Array<{ __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }> } };

export type FaultFragment = { __typename?: 'UserError', code: UserErrorCode, message: string, field?: Array<string> | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null };

export type PageFragment = { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null };

export type RangeFieldsFragment = { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string };

export type TimeFragment = { __typename?: 'Duration', seconds: number, hours: number, minutes: number };

export type ActorFieldsFragment = { __typename?: 'Actor', kind: PrincipalKind, name: string, role?: string | null };

export type OverviewTabQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  range?: InputMaybe<RangeInput>;
  compare: CompareInput;
  ghosts?: InputMaybe<CompareInput>;
  status: Scalars['Boolean']['input'];
  billing: Scalars['Boolean']['input'];
  granularity?: InputMaybe<Granularity>;
  zone?: InputMaybe<Scalars['TimeZone']['input']>;
}>;


export type OverviewTabQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, overview: { __typename?: 'Overview', asOf: string, runs: { __typename?: 'RunsCard', used: number, allocation: number, remaining: number, usedPercent: string }, credits: { __typename?: 'CreditsCard', used: string, allocation: string, remaining: string, usedPercent: string, slices: Array<{ __typename?: 'CategoryUsage', category: Category, used: string, percent: string }> }, inRange: { __typename?: 'RangeUsage', credits: string, runs: number, range: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string }, slices: Array<{ __typename?: 'CategoryUsage', category: Category, used: string, percent: string, usedChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null }>, comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, creditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, runsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null } }, creditStatus?: { __typename?: 'CreditStatus', asOf: string, credits: { __typename?: 'MeterStatus', remaining: string, nextExpiry?: { __typename?: 'NextExpiry', amount: string, at: string } | null }, outlook?: { __typename?: 'HostingOutlook', exhaustedAt?: string | null, stopAt?: string | null } | null, forecast?: { __typename?: 'Forecast', credits: { __typename?: 'MeterForecast', confidence: ForecastConfidence, marginPercent: number, perDay: string, hostingPerDay: string, exhaustedAt?: string | null, exhaustedEarliest?: string | null, exhaustedLatest?: string | null, negativeLimitAt?: string | null, month?: { __typename?: 'MonthForecast', used: string } | null }, runs: { __typename?: 'MeterForecast', confidence: ForecastConfidence, marginPercent: number, perDay: string, hostingPerDay: string, exhaustedAt?: string | null, exhaustedEarliest?: string | null, exhaustedLatest?: string | null, negativeLimitAt?: string | null, month?: { __typename?: 'MonthForecast', used: string } | null } } | null }, plan?: { __typename?: 'AccountPlan', name?: string | null, credits: string, cycleEnd: string, pending?: { __typename?: 'PendingPlan', name?: string | null } | null }, usageTrend: { __typename?: 'UsageTrend', granularity: Granularity, timeZone: string, range: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string }, series: { __typename?: 'TrendSeries', firstPartial: boolean, lastPartial: boolean, starts: Array<string>, credits: Array<string>, runs: Array<number>, models: Array<string>, guardrails: Array<string>, scripts: Array<string> }, comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, comparedSeries?: { __typename?: 'TrendSeries', starts: Array<string>, credits: Array<string>, runs: Array<number>, models: Array<string>, guardrails: Array<string>, scripts: Array<string> } | null } } | null };

export type ChangedFragment = { __typename?: 'Change', value: string, delta: string, percent?: string | null };

export type TrendFieldsFragment = { __typename?: 'UsageTrend', granularity: Granularity, timeZone: string, range: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string }, series: { __typename?: 'TrendSeries', firstPartial: boolean, lastPartial: boolean, starts: Array<string>, credits: Array<string>, runs: Array<number>, models: Array<string>, guardrails: Array<string>, scripts: Array<string> }, comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, comparedSeries?: { __typename?: 'TrendSeries', starts: Array<string>, credits: Array<string>, runs: Array<number>, models: Array<string>, guardrails: Array<string>, scripts: Array<string> } | null };

export type SeriesFieldsFragment = { __typename?: 'TrendSeries', starts: Array<string>, credits: Array<string>, runs: Array<number>, models: Array<string>, guardrails: Array<string>, scripts: Array<string> };

export type AheadFragment = { __typename?: 'CreditStatus', asOf: string, credits: { __typename?: 'MeterStatus', remaining: string, nextExpiry?: { __typename?: 'NextExpiry', amount: string, at: string } | null }, outlook?: { __typename?: 'HostingOutlook', exhaustedAt?: string | null, stopAt?: string | null } | null, forecast?: { __typename?: 'Forecast', credits: { __typename?: 'MeterForecast', confidence: ForecastConfidence, marginPercent: number, perDay: string, hostingPerDay: string, exhaustedAt?: string | null, exhaustedEarliest?: string | null, exhaustedLatest?: string | null, negativeLimitAt?: string | null, month?: { __typename?: 'MonthForecast', used: string } | null }, runs: { __typename?: 'MeterForecast', confidence: ForecastConfidence, marginPercent: number, perDay: string, hostingPerDay: string, exhaustedAt?: string | null, exhaustedEarliest?: string | null, exhaustedLatest?: string | null, negativeLimitAt?: string | null, month?: { __typename?: 'MonthForecast', used: string } | null } } | null };

export type CourseFragment = { __typename?: 'MeterForecast', confidence: ForecastConfidence, marginPercent: number, perDay: string, hostingPerDay: string, exhaustedAt?: string | null, exhaustedEarliest?: string | null, exhaustedLatest?: string | null, negativeLimitAt?: string | null, month?: { __typename?: 'MonthForecast', used: string } | null };

export type MoversQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  range?: InputMaybe<RangeInput>;
  compare: CompareInput;
  most: Scalars['Int']['input'];
  measure: UsageMeasure;
  categories: Array<Category> | Category;
}>;


export type MoversQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, more: { __typename?: 'UsageConnection', comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, edges: Array<{ __typename?: 'UsageEdge', node: { __typename?: 'UsageRow', resourceId?: string | null, resourceName?: string | null, category?: Category | null, credits: string, runs: number, creditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, runsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null } }> }, less: { __typename?: 'UsageConnection', comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, edges: Array<{ __typename?: 'UsageEdge', node: { __typename?: 'UsageRow', resourceId?: string | null, resourceName?: string | null, category?: Category | null, credits: string, runs: number, creditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, runsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null } }> } } | null };

export type MovedFragment = { __typename?: 'UsageConnection', comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, edges: Array<{ __typename?: 'UsageEdge', node: { __typename?: 'UsageRow', resourceId?: string | null, resourceName?: string | null, category?: Category | null, credits: string, runs: number, creditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, runsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null } }> };

export type BalanceLineQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  range: RangeInput;
  from: Scalars['DateTime']['input'];
  to: Scalars['DateTime']['input'];
}>;


export type BalanceLineQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, start: { __typename?: 'BalanceAt', credits: string }, end: { __typename?: 'BalanceAt', credits: string }, ledger: { __typename?: 'LedgerEntryConnection', pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean }, edges: Array<{ __typename?: 'LedgerEntryEdge', node: { __typename?: 'LedgerEntry', id: string, kind: LedgerKind, amount: string, balanceAfter: string, effectiveAt: string, note?: string | null, grant?: { __typename?: 'Grant', id: string, kind: GrantKind } | null } }> } } | null };

export type ToolsTabQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  range?: InputMaybe<RangeInput>;
  compare?: InputMaybe<CompareInput>;
  filter?: InputMaybe<ToolFilter>;
  sort?: InputMaybe<ToolSort>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type ToolsTabQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, tools: { __typename?: 'ToolConnection', totalCount: number, asOf: string, range: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string }, comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, totals: { __typename?: 'ToolTotals', totalTools: number, totalRuns: number, totalRunsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null }, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'ToolEdge', cursor: string, runs: number, runsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, node: { __typename?: 'Tool', id: string, name: string, ownerName: string, lastActiveOn?: string | null, status: ToolStatus } }> } } | null };

export type ModelsTabQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  range?: InputMaybe<RangeInput>;
  compare?: InputMaybe<CompareInput>;
  filter?: InputMaybe<ModelFilter>;
  sort?: InputMaybe<ModelSort>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type ModelsTabQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, models: { __typename?: 'ModelConnection', totalCount: number, asOf: string, range: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string }, comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, totals: { __typename?: 'ModelTotals', totalModels: number, totalCredits: string, fineTuningCredits: string, hostingCredits: string, inferenceCredits: string, totalCreditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, fineTuningCreditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, hostingCreditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, inferenceCreditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null }, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'ModelEdge', cursor: string, creditsUsed: string, creditsUsedChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, node: { __typename?: 'Model', id: string, name: string, type: ModelType, lastDeployedOn?: string | null, deletedAt?: string | null } }> } } | null };

export type ModelPanelQueryVariables = Exact<{
  id: Scalars['ID']['input'];
  range?: InputMaybe<RangeInput>;
  compare?: InputMaybe<CompareInput>;
  filter?: InputMaybe<DeploymentFilter>;
  sort?: InputMaybe<DeploymentSort>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type ModelPanelQuery = { __typename?: 'Query', node?:
    | { __typename: 'Account' }
    | { __typename: 'ApiToken' }
    | { __typename: 'AuditEntry' }
    | { __typename: 'Deployment' }
    | { __typename: 'Email' }
    | { __typename: 'FineTuningJob' }
    | { __typename: 'Grant' }
    | { __typename: 'Guardrail' }
    | { __typename: 'Member' }
    | { __typename: 'Model', id: string, name: string, type: ModelType, parametersBillions?: string | null, inputRate: string, outputRate: string, lastDeployedOn?: string | null, deletedAt?: string | null, deployments: { __typename?: 'DeploymentConnection', totalCount: number, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'DeploymentEdge', cursor: string, creditsUsed: string, creditsUsedChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, node: { __typename?: 'Deployment', id: string, name: string, type: DeploymentType, status: DeploymentStatus, pending: boolean, hardware: string, replicas: number, ratePerHour: string, reason?: string | null, lastUpdatedOn: string } }> } }
    | { __typename: 'Plan' }
    | { __typename: 'Reservation' }
    | { __typename: 'Script' }
    | { __typename: 'Statement' }
    | { __typename: 'Tool' }
   | null };

export type GuardrailsTabQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  range?: InputMaybe<RangeInput>;
  compare?: InputMaybe<CompareInput>;
  filter?: InputMaybe<GuardrailFilter>;
  sort?: InputMaybe<GuardrailSort>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type GuardrailsTabQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, guardrails: { __typename?: 'GuardrailConnection', totalCount: number, asOf: string, range: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string }, comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, totals: { __typename?: 'GuardrailTotals', totalGuardrails: number, totalCredits: string, totalCreditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, time: { __typename?: 'Duration', seconds: number, hours: number, minutes: number }, timeChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null }, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'GuardrailEdge', cursor: string, creditsUsed: string, creditsUsedChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, time: { __typename?: 'Duration', seconds: number, hours: number, minutes: number }, node: { __typename?: 'Guardrail', id: string, name: string, scannerKey: string, lastDeployedOn?: string | null, status: GuardrailStatus, pending: boolean } }> } } | null };

export type GuardrailPanelQueryVariables = Exact<{
  id: Scalars['ID']['input'];
  range?: InputMaybe<RangeInput>;
}>;


export type GuardrailPanelQuery = { __typename?: 'Query', node?:
    | { __typename: 'Account' }
    | { __typename: 'ApiToken' }
    | { __typename: 'AuditEntry' }
    | { __typename: 'Deployment' }
    | { __typename: 'Email' }
    | { __typename: 'FineTuningJob' }
    | { __typename: 'Grant' }
    | { __typename: 'Guardrail', id: string, name: string, scannerKey: string, status: GuardrailStatus, pending: boolean, cpu?: string | null, cpuCount: number, replicas: number, ratePerHour: string, lastDeployedOn?: string | null, reason?: string | null, panel: { __typename?: 'GuardrailPanel', name: string, total: string, range: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string }, hardware: Array<{ __typename?: 'GuardrailHardware', cpu: string, cpuCount: number, replicaSeconds: number, credits: string, duration: { __typename?: 'Duration', seconds: number, hours: number, minutes: number } }> } }
    | { __typename: 'Member' }
    | { __typename: 'Model' }
    | { __typename: 'Plan' }
    | { __typename: 'Reservation' }
    | { __typename: 'Script' }
    | { __typename: 'Statement' }
    | { __typename: 'Tool' }
   | null };

export type ScriptsTabQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  range?: InputMaybe<RangeInput>;
  compare?: InputMaybe<CompareInput>;
  filter?: InputMaybe<ScriptFilter>;
  sort?: InputMaybe<ScriptSort>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type ScriptsTabQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, scripts: { __typename?: 'ScriptConnection', totalCount: number, asOf: string, range: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string }, comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, totals: { __typename?: 'ScriptTotals', totalScripts: number, totalCredits: string, totalCreditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, time: { __typename?: 'Duration', seconds: number, hours: number, minutes: number } }, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ __typename?: 'ScriptEdge', cursor: string, creditsUsed: string, creditsUsedChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, node: { __typename?: 'Script', id: string, name: string, language: ScriptLanguage, languageVersion: string, lastActiveOn?: string | null, status: ScriptStatus } }> } } | null };

export type ScriptPanelQueryVariables = Exact<{
  id: Scalars['ID']['input'];
  range?: InputMaybe<RangeInput>;
}>;


export type ScriptPanelQuery = { __typename?: 'Query', node?:
    | { __typename: 'Account' }
    | { __typename: 'ApiToken' }
    | { __typename: 'AuditEntry' }
    | { __typename: 'Deployment' }
    | { __typename: 'Email' }
    | { __typename: 'FineTuningJob' }
    | { __typename: 'Grant' }
    | { __typename: 'Guardrail' }
    | { __typename: 'Member' }
    | { __typename: 'Model' }
    | { __typename: 'Plan' }
    | { __typename: 'Reservation' }
    | { __typename: 'Script', id: string, name: string, language: ScriptLanguage, languageVersion: string, status: ScriptStatus, hardware?: string | null, replicas: number, ratePerHour?: string | null, endpoint?: string | null, reason?: string | null, lastActiveOn?: string | null, panel: { __typename?: 'ScriptPanel', name: string, total: string, range: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string }, components: Array<{ __typename?: 'ScriptInfrastructure', hardware: string, vcpus: number, memoryGb: number, replicaSeconds: number, credits: string, hostingTime: { __typename?: 'Duration', seconds: number, hours: number, minutes: number } }>, hostingTime: { __typename?: 'Duration', seconds: number, hours: number, minutes: number } } }
    | { __typename: 'Statement' }
    | { __typename: 'Tool' }
   | null };

export type RowTrendsQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  range: RangeInput;
  ids: Array<Scalars['ID']['input']> | Scalars['ID']['input'];
  granularity: Granularity;
  zone: Scalars['TimeZone']['input'];
}>;


export type RowTrendsQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, usage: { __typename?: 'UsageConnection', edges: Array<{ __typename?: 'UsageEdge', node: { __typename?: 'UsageRow', resourceId?: string | null, start?: string | null, partial?: boolean | null, credits: string, runs: number } }> } } | null };

export type ResourcePageQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  id: Scalars['ID']['input'];
  range: RangeInput;
  compare?: InputMaybe<CompareInput>;
  granularity?: InputMaybe<Granularity>;
  zone?: InputMaybe<Scalars['TimeZone']['input']>;
  billing: Scalars['Boolean']['input'];
  gates: Scalars['Boolean']['input'];
}>;


export type ResourcePageQuery = { __typename?: 'Query', node?:
    | { __typename: 'Account', id: string }
    | { __typename: 'ApiToken', id: string }
    | { __typename: 'AuditEntry', id: string }
    | { __typename: 'Deployment', id: string }
    | { __typename: 'Email', id: string }
    | { __typename: 'FineTuningJob', id: string }
    | { __typename: 'Grant', id: string }
    | { __typename: 'Guardrail', id: string, name: string, scannerKey: string, cpu?: string | null, cpuCount: number, replicas: number, ratePerHour: string, lastDeployedOn?: string | null, lastUsedOn?: string | null, status: GuardrailStatus, pending: boolean, reason?: string | null }
    | { __typename: 'Member', id: string }
    | { __typename: 'Model', name: string, type: ModelType, parametersBillions?: string | null, inputRate: string, outputRate: string, lastDeployedOn?: string | null, deletedAt?: string | null, id: string, deployments: { __typename?: 'DeploymentConnection', totalCount: number, edges: Array<{ __typename?: 'DeploymentEdge', creditsUsed: string, creditsUsedChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, node: { __typename?: 'Deployment', id: string, name: string, type: DeploymentType, status: DeploymentStatus, pending: boolean, hardware: string, replicas: number, ratePerHour: string, endpoint?: string | null, reason?: string | null, lastUpdatedOn: string } }> } }
    | { __typename: 'Plan', id: string }
    | { __typename: 'Reservation', id: string }
    | { __typename: 'Script', name: string, language: ScriptLanguage, languageVersion: string, lastActiveOn?: string | null, hardware?: string | null, replicas: number, endpoint?: string | null, reason?: string | null, id: string, scriptStatus: ScriptStatus, scriptRate?: string | null }
    | { __typename: 'Statement', id: string }
    | { __typename: 'Tool', name: string, ownerName: string, lastActiveOn?: string | null, id: string, toolStatus: ToolStatus }
   | null, account?: { __typename?: 'Account', id: string, overview: { __typename?: 'Overview', asOf: string, inRange: { __typename?: 'RangeUsage', credits: string, runs: number } }, use: { __typename?: 'UsageConnection', comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, totals: { __typename?: 'UsageRow', credits: string, runs: number, events: number, inputTokens: number, outputTokens: number, cacheReadTokens: number, cacheWriteTokens: number, reasoningTokens: number, creditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, runsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null } }, kinds: { __typename?: 'UsageConnection', edges: Array<{ __typename?: 'UsageEdge', node: { __typename?: 'UsageRow', kind?: UsageKind | null, credits: string, runs: number, events: number, inputTokens: number, outputTokens: number, cacheReadTokens: number, cacheWriteTokens: number, reasoningTokens: number } }> }, segments: { __typename?: 'HostingSegmentConnection', asOf: string, range: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string }, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean }, edges: Array<{ __typename?: 'HostingSegmentEdge', node: { __typename?: 'HostingSegment', category: Category, deploymentId?: string | null, start: string, end?: string | null, stopped: boolean, hardware: string, cpuCount: number, replicas: number, ratePerHour: string, seconds: number, credits: string } }> }, usageTrend: { __typename?: 'UsageTrend', granularity: Granularity, timeZone: string, range: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string }, series: { __typename?: 'TrendSeries', firstPartial: boolean, lastPartial: boolean, starts: Array<string>, credits: Array<string>, runs: Array<number>, models: Array<string>, guardrails: Array<string>, scripts: Array<string> }, comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, comparedSeries?: { __typename?: 'TrendSeries', starts: Array<string>, credits: Array<string>, runs: Array<number>, models: Array<string>, guardrails: Array<string>, scripts: Array<string> } | null }, ledger?: { __typename?: 'LedgerEntryConnection', edges: Array<{ __typename?: 'LedgerEntryEdge', node: { __typename?: 'LedgerEntry', id: string, kind: LedgerKind, meter: Meter, amount: string, cause: LedgerCause, effectiveAt: string, count: number, note?: string | null, lines: Array<{ __typename?: 'LedgerLine', resourceId: string, amount: string }> } }> }, toolRun: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, inference: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, deployModel: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, deployGuardrail: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, deployScript: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, scaleUp: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, fineTune: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null }, importProject: { __typename?: 'Decision', action: Action, allowed: boolean, zone: Zone, meter: Meter, balance: string, available: string, limit: string, importMode?: ImportMode | null, refusal?: { __typename?: 'Refusal', code: RefusalCode, meter: Meter, balance: string, limit: string, missing: string, sentence: string } | null } } | null };

export type SegmentFieldsFragment = { __typename?: 'HostingSegment', category: Category, deploymentId?: string | null, start: string, end?: string | null, stopped: boolean, hardware: string, cpuCount: number, replicas: number, ratePerHour: string, seconds: number, credits: string };

export type UseFieldsFragment = { __typename?: 'UsageRow', credits: string, runs: number, events: number, inputTokens: number, outputTokens: number, cacheReadTokens: number, cacheWriteTokens: number, reasoningTokens: number };

export type ResourceWhoQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  range: RangeInput;
  compare?: InputMaybe<CompareInput>;
  ids: Array<Scalars['ID']['input']> | Scalars['ID']['input'];
  groupBy: Array<UsageDimension> | UsageDimension;
  tagKeys?: InputMaybe<Array<Scalars['String']['input']> | Scalars['String']['input']>;
  order: UsageMeasure;
}>;


export type ResourceWhoQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, tagKeys: Array<string>, usage: { __typename?: 'UsageConnection', totalCount: number, edges: Array<{ __typename?: 'UsageEdge', node: { __typename?: 'UsageRow', user?: string | null, apiKey?: string | null, beyond: Array<string>, other: boolean, credits: string, runs: number, events: number, inputTokens: number, outputTokens: number, cacheReadTokens: number, cacheWriteTokens: number, reasoningTokens: number, tags: Array<{ __typename?: 'UsageTag', key: string, value?: string | null }>, share?: { __typename?: 'UsageShare', credits: string, runs: string } | null, creditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, runsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null } }> } } | null };

export type ExplorerViewQueryVariables = Exact<{
  account: Scalars['ID']['input'];
  range?: InputMaybe<RangeInput>;
  compare?: InputMaybe<CompareInput>;
  groupBy: Array<UsageDimension> | UsageDimension;
  tagKeys?: InputMaybe<Array<Scalars['String']['input']> | Scalars['String']['input']>;
  resourceTagKeys?: InputMaybe<Array<Scalars['String']['input']> | Scalars['String']['input']>;
  granularity?: InputMaybe<Granularity>;
  zone?: InputMaybe<Scalars['TimeZone']['input']>;
  filter?: InputMaybe<UsageFilter>;
  orderBy?: InputMaybe<Array<UsageOrder> | UsageOrder>;
  top?: InputMaybe<Scalars['Int']['input']>;
  rare: Scalars['Boolean']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
}>;


export type ExplorerViewQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, tagKeys: Array<string>, usage: { __typename?: 'UsageConnection', totalCount: number, asOf: string, comparedRange?: { __typename?: 'Range', from: string, to: string, preset?: Preset | null, timeZone: string } | null, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, totals: { __typename?: 'UsageRow', credits: string, runs: number, events: number, inputTokens: number, outputTokens: number, cacheReadTokens: number, cacheWriteTokens: number, reasoningTokens: number, hostingSeconds: number, replicaSeconds: number, creditsPer1000Tokens?: string | null, creditsPerRun?: string | null, resources: number, users: number }, edges: Array<{ __typename?: 'UsageEdge', cursor: string, node: { __typename?: 'UsageRow', category?: Category | null, kind?: UsageKind | null, resourceId?: string | null, resourceName?: string | null, deploymentId?: string | null, deploymentName?: string | null, planName?: string | null, ownerName?: string | null, user?: string | null, apiKey?: string | null, beyond: Array<string>, hardware?: string | null, hourOfDay?: number | null, dayOfWeek?: number | null, start?: string | null, end?: string | null, partial?: boolean | null, other: boolean, credits: string, runs: number, events: number, inputTokens: number, outputTokens: number, cacheReadTokens: number, cacheWriteTokens: number, reasoningTokens: number, hostingSeconds: number, replicaSeconds: number, creditsPer1000Tokens?: string | null, creditsPerRun?: string | null, resources: number, users: number, tags: Array<{ __typename?: 'UsageTag', key: string, value?: string | null }>, resourceTags: Array<{ __typename?: 'UsageTag', key: string, value?: string | null }>, replicaSecondsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, resourcesChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, usersChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, share?: { __typename?: 'UsageShare', credits: string, runs: string, tokens: string } | null, creditsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, runsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, eventsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, inputTokensChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, outputTokensChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null, hostingSecondsChange?: { __typename?: 'Change', value: string, delta: string, percent?: string | null } | null } }> } } | null };

export type MeasuresFragment = { __typename?: 'UsageRow', credits: string, runs: number, events: number, inputTokens: number, outputTokens: number, cacheReadTokens: number, cacheWriteTokens: number, reasoningTokens: number, hostingSeconds: number };

export type RareMeasuresFragment = { __typename?: 'UsageRow', replicaSeconds: number, creditsPer1000Tokens?: string | null, creditsPerRun?: string | null, resources: number, users: number };

export type HintsCardQueryVariables = Exact<{
  account: Scalars['ID']['input'];
}>;


export type HintsCardQuery = { __typename?: 'Query', account?: { __typename?: 'Account', id: string, hints: { __typename?: 'HintList', savingPerDay: string, hints: Array<{ __typename?: 'Hint', kind: HintKind, category: Category, resourceId: string, resourceName: string, deploymentName?: string | null, action: HintAction, actionId: string, replicas?: number | null, hardware?: string | null, savingPerDay?: string | null, cost?: string | null, lastUsedOn?: string | null, runs?: number | null, runsBefore?: number | null, resource?:
          | { __typename?: 'Guardrail' }
          | { __typename?: 'Model' }
          | { __typename?: 'Script', replicas: number }
          | { __typename?: 'Tool' }
         | null }> } } | null };

export const ActorFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ActorFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Actor"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"role"}}]}}]} as unknown as DocumentNode<ActorFieldsFragment, unknown>;
export const GrantFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"GrantFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Grant"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"meter"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"used"}},{"kind":"Field","name":{"kind":"Name","value":"remaining"}},{"kind":"Field","name":{"kind":"Name","value":"expired"}},{"kind":"Field","name":{"kind":"Name","value":"takenBack"}},{"kind":"Field","name":{"kind":"Name","value":"grantedAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"retiredAt"}},{"kind":"Field","name":{"kind":"Name","value":"reference"}},{"kind":"Field","name":{"kind":"Name","value":"grantedBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ActorFields"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ActorFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Actor"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"role"}}]}}]} as unknown as DocumentNode<GrantFieldsFragment, unknown>;
export const StatementLineFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"StatementLineFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"StatementLine"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"meter"}},{"kind":"Field","name":{"kind":"Name","value":"opening"}},{"kind":"Field","name":{"kind":"Name","value":"granted"}},{"kind":"Field","name":{"kind":"Name","value":"charged"}},{"kind":"Field","name":{"kind":"Name","value":"refunded"}},{"kind":"Field","name":{"kind":"Name","value":"expired"}},{"kind":"Field","name":{"kind":"Name","value":"adjusted"}},{"kind":"Field","name":{"kind":"Name","value":"closing"}}]}}]} as unknown as DocumentNode<StatementLineFieldsFragment, unknown>;
export const AccountPlanFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"AccountPlanFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AccountPlan"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"credits"}},{"kind":"Field","name":{"kind":"Name","value":"runs"}},{"kind":"Field","name":{"kind":"Name","value":"anchorDay"}},{"kind":"Field","name":{"kind":"Name","value":"cycleStart"}},{"kind":"Field","name":{"kind":"Name","value":"cycleEnd"}},{"kind":"Field","name":{"kind":"Name","value":"pending"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]} as unknown as DocumentNode<AccountPlanFieldsFragment, unknown>;
export const RefusalFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RefusalFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"meter"}},{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"limit"}},{"kind":"Field","name":{"kind":"Name","value":"missing"}},{"kind":"Field","name":{"kind":"Name","value":"sentence"}}]}}]} as unknown as DocumentNode<RefusalFieldsFragment, unknown>;
export const DecisionFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DecisionFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Decision"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"allowed"}},{"kind":"Field","name":{"kind":"Name","value":"zone"}},{"kind":"Field","name":{"kind":"Name","value":"meter"}},{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"available"}},{"kind":"Field","name":{"kind":"Name","value":"limit"}},{"kind":"Field","name":{"kind":"Name","value":"importMode"}},{"kind":"Field","name":{"kind":"Name","value":"refusal"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RefusalFields"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RefusalFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"meter"}},{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"limit"}},{"kind":"Field","name":{"kind":"Name","value":"missing"}},{"kind":"Field","name":{"kind":"Name","value":"sentence"}}]}}]} as unknown as DocumentNode<DecisionFieldsFragment, unknown>;
export const GatesFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Gates"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Account"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"toolRun"},"name":{"kind":"Name","value":"access"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"action"},"value":{"kind":"EnumValue","value":"TOOL_RUN"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecisionFields"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"inference"},"name":{"kind":"Name","value":"access"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"action"},"value":{"kind":"EnumValue","value":"INFERENCE"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecisionFields"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"deployModel"},"name":{"kind":"Name","value":"access"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"action"},"value":{"kind":"EnumValue","value":"DEPLOY_MODEL"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecisionFields"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"deployGuardrail"},"name":{"kind":"Name","value":"access"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"action"},"value":{"kind":"EnumValue","value":"DEPLOY_GUARDRAIL"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecisionFields"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"deployScript"},"name":{"kind":"Name","value":"access"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"action"},"value":{"kind":"EnumValue","value":"DEPLOY_SCRIPT"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecisionFields"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"scaleUp"},"name":{"kind":"Name","value":"access"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"action"},"value":{"kind":"EnumValue","value":"SCALE_UP"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecisionFields"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"fineTune"},"name":{"kind":"Name","value":"access"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"action"},"value":{"kind":"EnumValue","value":"FINE_TUNE"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecisionFields"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"importProject"},"name":{"kind":"Name","value":"access"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"action"},"value":{"kind":"EnumValue","value":"IMPORT_PROJECT"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DecisionFields"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RefusalFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"meter"}},{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"limit"}},{"kind":"Field","name":{"kind":"Name","value":"missing"}},{"kind":"Field","name":{"kind":"Name","value":"sentence"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DecisionFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Decision"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"allowed"}},{"kind":"Field","name":{"kind":"Name","value":"zone"}},{"kind":"Field","name":{"kind":"Name","value":"meter"}},{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"available"}},{"kind":"Field","name":{"kind":"Name","value":"limit"}},{"kind":"Field","name":{"kind":"Name","value":"importMode"}},{"kind":"Field","name":{"kind":"Name","value":"refusal"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RefusalFields"}}]}}]}}]} as unknown as DocumentNode<GatesFragment, unknown>;
export const DeploymentRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DeploymentRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Deployment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"pending"}},{"kind":"Field","name":{"kind":"Name","value":"hardware"}},{"kind":"Field","name":{"kind":"Name","value":"replicas"}},{"kind":"Field","name":{"kind":"Name","value":"ratePerHour"}},{"kind":"Field","name":{"kind":"Name","value":"endpoint"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"lastUpdatedOn"}}]}}]} as unknown as DocumentNode<DeploymentRowFragment, unknown>;
export const GuardrailRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"GuardrailRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Guardrail"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"scannerKey"}},{"kind":"Field","name":{"kind":"Name","value":"cpu"}},{"kind":"Field","name":{"kind":"Name","value":"cpuCount"}},{"kind":"Field","name":{"kind":"Name","value":"replicas"}},{"kind":"Field","name":{"kind":"Name","value":"ratePerHour"}},{"kind":"Field","name":{"kind":"Name","value":"lastDeployedOn"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedOn"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"pending"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]} as unknown as DocumentNode<GuardrailRowFragment, unknown>;
export const ScriptRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ScriptRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Script"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"language"}},{"kind":"Field","name":{"kind":"Name","value":"languageVersion"}},{"kind":"Field","name":{"kind":"Name","value":"lastActiveOn"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedOn"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"hardware"}},{"kind":"Field","name":{"kind":"Name","value":"replicas"}},{"kind":"Field","name":{"kind":"Name","value":"ratePerHour"}},{"kind":"Field","name":{"kind":"Name","value":"endpoint"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]} as unknown as DocumentNode<ScriptRowFragment, unknown>;
export const HostedRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"HostedRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"DeployableItem"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"category"}},{"kind":"Field","name":{"kind":"Name","value":"resourceId"}},{"kind":"Field","name":{"kind":"Name","value":"resourceName"}},{"kind":"Field","name":{"kind":"Name","value":"modelType"}},{"kind":"Field","name":{"kind":"Name","value":"ratePerHour"}},{"kind":"Field","name":{"kind":"Name","value":"creditsUsed"},"directives":[{"kind":"Directive","name":{"kind":"Name","value":"include"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"if"},"value":{"kind":"Variable","name":{"kind":"Name","value":"usage"}}}]}]},{"kind":"Field","name":{"kind":"Name","value":"idleDays"},"directives":[{"kind":"Directive","name":{"kind":"Name","value":"include"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"if"},"value":{"kind":"Variable","name":{"kind":"Name","value":"usage"}}}]}]},{"kind":"Field","name":{"kind":"Name","value":"deployable"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Deployment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"pending"}},{"kind":"Field","name":{"kind":"Name","value":"replicas"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","alias":{"kind":"Name","value":"profile"},"name":{"kind":"Name","value":"hardware"}},{"kind":"Field","alias":{"kind":"Name","value":"deploymentStatus"},"name":{"kind":"Name","value":"status"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Guardrail"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"pending"}},{"kind":"Field","name":{"kind":"Name","value":"replicas"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"scannerKey"}},{"kind":"Field","name":{"kind":"Name","value":"cpu"}},{"kind":"Field","name":{"kind":"Name","value":"cpuCount"}},{"kind":"Field","alias":{"kind":"Name","value":"guardrailStatus"},"name":{"kind":"Name","value":"status"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Script"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"replicas"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"language"}},{"kind":"Field","name":{"kind":"Name","value":"languageVersion"}},{"kind":"Field","name":{"kind":"Name","value":"hardware"}},{"kind":"Field","alias":{"kind":"Name","value":"scriptStatus"},"name":{"kind":"Name","value":"status"}}]}}]}}]}}]} as unknown as DocumentNode<HostedRowFragment, unknown>;
export const MeterFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"MeterFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MeterStatus"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"meter"}},{"kind":"Field","name":{"kind":"Name","value":"allocation"}},{"kind":"Field","name":{"kind":"Name","value":"used"}},{"kind":"Field","name":{"kind":"Name","value":"remaining"}},{"kind":"Field","name":{"kind":"Name","value":"usedPercent"}},{"kind":"Field","name":{"kind":"Name","value":"remainingPercent"}},{"kind":"Field","name":{"kind":"Name","value":"reserved"}},{"kind":"Field","name":{"kind":"Name","value":"available"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"freeExpired"}},{"kind":"Field","name":{"kind":"Name","value":"nextExpiry"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]} as unknown as DocumentNode<MeterFieldsFragment, unknown>;
export const StatusFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"StatusFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CreditStatus"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accountId"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"icon"}},{"kind":"Field","name":{"kind":"Name","value":"zone"}},{"kind":"Field","name":{"kind":"Name","value":"credits"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"MeterFields"}}]}},{"kind":"Field","name":{"kind":"Name","value":"runs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"MeterFields"}}]}},{"kind":"Field","name":{"kind":"Name","value":"outlook"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"ratePerHour"}},{"kind":"Field","name":{"kind":"Name","value":"lowAt"}},{"kind":"Field","name":{"kind":"Name","value":"exhaustedAt"}},{"kind":"Field","name":{"kind":"Name","value":"stopAt"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"MeterFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MeterStatus"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"meter"}},{"kind":"Field","name":{"kind":"Name","value":"allocation"}},{"kind":"Field","name":{"kind":"Name","value":"used"}},{"kind":"Field","name":{"kind":"Name","value":"remaining"}},{"kind":"Field","name":{"kind":"Name","value":"usedPercent"}},{"kind":"Field","name":{"kind":"Name","value":"remainingPercent"}},{"kind":"Field","name":{"kind":"Name","value":"reserved"}},{"kind":"Field","name":{"kind":"Name","value":"available"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"freeExpired"}},{"kind":"Field","name":{"kind":"Name","value":"nextExpiry"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]} as unknown as DocumentNode<StatusFieldsFragment, unknown>;
export const BannerFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BannerFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Banner"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"meters"}},{"kind":"Field","name":{"kind":"Name","value":"percent"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"link"}},{"kind":"Field","name":{"kind":"Name","value":"removable"}},{"kind":"Field","name":{"kind":"Name","value":"raisedAt"}}]}}]} as unknown as DocumentNode<BannerFieldsFragment, unknown>;
export const BannerListFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BannerListFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BannerList"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accountId"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"banners"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"BannerFields"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BannerFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Banner"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"meters"}},{"kind":"Field","name":{"kind":"Name","value":"percent"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"link"}},{"kind":"Field","name":{"kind":"Name","value":"removable"}},{"kind":"Field","name":{"kind":"Name","value":"raisedAt"}}]}}]} as unknown as DocumentNode<BannerListFieldsFragment, unknown>;
export const MemberRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"MemberRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Member"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"userId"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"role"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"builtIn"}}]}},{"kind":"Field","name":{"kind":"Name","value":"joinedAt"}},{"kind":"Field","name":{"kind":"Name","value":"invited"}}]}}]} as unknown as DocumentNode<MemberRowFragment, unknown>;
export const MailPreferencesFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"MailPreferencesFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MailPreferences"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"muted"}},{"kind":"Field","name":{"kind":"Name","value":"offered"}}]}}]} as unknown as DocumentNode<MailPreferencesFieldsFragment, unknown>;
export const PlanFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PlanFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Plan"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"credits"}},{"kind":"Field","name":{"kind":"Name","value":"runs"}},{"kind":"Field","name":{"kind":"Name","value":"active"}}]}}]} as unknown as DocumentNode<PlanFieldsFragment, unknown>;
export const RateChangeFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RateChangeFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RateChange"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"list"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"before"}},{"kind":"Field","name":{"kind":"Name","value":"after"}}]}}]} as unknown as DocumentNode<RateChangeFieldsFragment, unknown>;
export const RateCostFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RateCostFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RateCost"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"was"}},{"kind":"Field","name":{"kind":"Name","value":"would"}},{"kind":"Field","name":{"kind":"Name","value":"difference"}}]}}]} as unknown as DocumentNode<RateCostFieldsFragment, unknown>;
export const SettingsFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SettingsFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AccountSettings"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fineTuningLimit"}},{"kind":"Field","name":{"kind":"Name","value":"lowCreditLimit"}},{"kind":"Field","name":{"kind":"Name","value":"negativeLimit"}},{"kind":"Field","name":{"kind":"Name","value":"billingContacts"}},{"kind":"Field","name":{"kind":"Name","value":"supportContact"}},{"kind":"Field","name":{"kind":"Name","value":"timeZone"}}]}}]} as unknown as DocumentNode<SettingsFieldsFragment, unknown>;
export const FaultFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Fault"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"UserError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"refusal"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"meter"}},{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"limit"}},{"kind":"Field","name":{"kind":"Name","value":"missing"}},{"kind":"Field","name":{"kind":"Name","value":"sentence"}}]}}]}}]} as unknown as DocumentNode<FaultFragment, unknown>;
export const PageFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Page"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PageInfo"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"hasPreviousPage"}},{"kind":"Field","name":{"kind":"Name","value":"startCursor"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]} as unknown as DocumentNode<PageFragment, unknown>;
export const TimeFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Time"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Duration"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"seconds"}},{"kind":"Field","name":{"kind":"Name","value":"hours"}},{"kind":"Field","name":{"kind":"Name","value":"minutes"}}]}}]} as unknown as DocumentNode<TimeFragment, unknown>;
export const RangeFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RangeFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Range"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"preset"}},{"kind":"Field","name":{"kind":"Name","value":"timeZone"}}]}}]} as unknown as DocumentNode<RangeFieldsFragment, unknown>;
export const SeriesFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SeriesFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"TrendSeries"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"starts"}},{"kind":"Field","name":{"kind":"Name","value":"credits"}},{"kind":"Field","name":{"kind":"Name","value":"runs"}},{"kind":"Field","name":{"kind":"Name","value":"models"}},{"kind":"Field","name":{"kind":"Name","value":"guardrails"}},{"kind":"Field","name":{"kind":"Name","value":"scripts"}}]}}]} as unknown as DocumentNode<SeriesFieldsFragment, unknown>;
export const TrendFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TrendFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"UsageTrend"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"granularity"}},{"kind":"Field","name":{"kind":"Name","value":"timeZone"}},{"kind":"Field","name":{"kind":"Name","value":"range"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RangeFields"}}]}},{"kind":"Field","name":{"kind":"Name","value":"series"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SeriesFields"}},{"kind":"Field","name":{"kind":"Name","value":"firstPartial"}},{"kind":"Field","name":{"kind":"Name","value":"lastPartial"}}]}},{"kind":"Field","name":{"kind":"Name","value":"comparedRange"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RangeFields"}}]}},{"kind":"Field","name":{"kind":"Name","value":"comparedSeries"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SeriesFields"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RangeFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Range"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"preset"}},{"kind":"Field","name":{"kind":"Name","value":"timeZone"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SeriesFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"TrendSeries"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"starts"}},{"kind":"Field","name":{"kind":"Name","value":"credits"}},{"kind":"Field","name":{"kind":"Name","value":"runs"}},{"kind":"Field","name":{"kind":"Name","value":"models"}},{"kind":"Field","name":{"kind":"Name","value":"guardrails"}},{"kind":"Field","name":{"kind":"Name","value":"scripts"}}]}}]} as unknown as DocumentNode<TrendFieldsFragment, unknown>;
export const CourseFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Course"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MeterForecast"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"confidence"}},{"kind":"Field","name":{"kind":"Name","value":"marginPercent"}},{"kind":"Field","name":{"kind":"Name","value":"perDay"}},{"kind":"Field","name":{"kind":"Name","value":"hostingPerDay"}},{"kind":"Field","name":{"kind":"Name","value":"exhaustedAt"}},{"kind":"Field","name":{"kind":"Name","value":"exhaustedEarliest"}},{"kind":"Field","name":{"kind":"Name","value":"exhaustedLatest"}},{"kind":"Field","name":{"kind":"Name","value":"negativeLimitAt"}},{"kind":"Field","name":{"kind":"Name","value":"month"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"used"}}]}}]}}]} as unknown as DocumentNode<CourseFragment, unknown>;
export const AheadFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Ahead"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CreditStatus"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"credits"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"remaining"}},{"kind":"Field","name":{"kind":"Name","value":"nextExpiry"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"outlook"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"exhaustedAt"}},{"kind":"Field","name":{"kind":"Name","value":"stopAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"forecast"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"credits"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Course"}}]}},{"kind":"Field","name":{"kind":"Name","value":"runs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Course"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Course"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MeterForecast"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"confidence"}},{"kind":"Field","name":{"kind":"Name","value":"marginPercent"}},{"kind":"Field","name":{"kind":"Name","value":"perDay"}},{"kind":"Field","name":{"kind":"Name","value":"hostingPerDay"}},{"kind":"Field","name":{"kind":"Name","value":"exhaustedAt"}},{"kind":"Field","name":{"kind":"Name","value":"exhaustedEarliest"}},{"kind":"Field","name":{"kind":"Name","value":"exhaustedLatest"}},{"kind":"Field","name":{"kind":"Name","value":"negativeLimitAt"}},{"kind":"Field","name":{"kind":"Name","value":"month"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"used"}}]}}]}}]} as unknown as DocumentNode<AheadFragment, unknown>;
export const ChangedFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Changed"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Change"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"delta"}},{"kind":"Field","name":{"kind":"Name","value":"percent"}}]}}]} as unknown as DocumentNode<ChangedFragment, unknown>;
export const MovedFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Moved"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"UsageConnection"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"comparedRange"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RangeFields"}}]}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resourceId"}},{"kind":"Field","name":{"kind":"Name","value":"resourceName"}},{"kind":"Field","name":{"kind":"Name","value":"category"}},{"kind":"Field","name":{"kind":"Name","value":"credits"}},{"kind":"Field","name":{"kind":"Name","value":"creditsChange"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Changed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"runs"}},{"kind":"Field","name":{"kind":"Name","value":"runsChange"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Changed"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RangeFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Range"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"preset"}},{"kind":"Field","name":{"kind":"Name","value":"timeZone"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Changed"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Change"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"delta"}},{"kind":"Field","name":{"kind":"Name","value":"percent"}}]}}]} as unknown as DocumentNode<MovedFragment, unknown>;
export const SegmentFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SegmentFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"HostingSegment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"category"}},{"kind":"Field","name":{"kind":"Name","value":"deploymentId"}},{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"end"}},{"kind":"Field","name":{"kind":"Name","value":"stopped"}},{"kind":"Field","name":{"kind":"Name","value":"hardware"}},{"kind":"Field","name":{"kind":"Name","value":"cpuCount"}},{"kind":"Field","name":{"kind":"Name","value":"replicas"}},{"kind":"Field","name":{"kind":"Name","value":"ratePerHour"}},{"kind":"Field","name":{"kind":"Name","value":"seconds"}},{"kind":"Field","name":{"kind":"Name","value":"credits"}}]}}]} as unknown as DocumentNode<SegmentFieldsFragment, unknown>;
export const UseFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UseFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"UsageRow"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"credits"}},{"kind":"Field","name":{"kind":"Name","value":"runs"}},{"kind":"Field","name":{"kind":"Name","value":"events"}},{"kind":"Field","name":{"kind":"Name","value":"inputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"outputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"cacheReadTokens"}},{"kind":"Field","name":{"kind":"Name","value":"cacheWriteTokens"}},{"kind":"Field","name":{"kind":"Name","value":"reasoningTokens"}}]}}]} as unknown as DocumentNode<UseFieldsFragment, unknown>;
export const MeasuresFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Measures"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"UsageRow"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"credits"}},{"kind":"Field","name":{"kind":"Name","value":"runs"}},{"kind":"Field","name":{"kind":"Name","value":"events"}},{"kind":"Field","name":{"kind":"Name","value":"inputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"outputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"cacheReadTokens"}},{"kind":"Field","name":{"kind":"Name","value":"cacheWriteTokens"}},{"kind":"Field","name":{"kind":"Name","value":"reasoningTokens"}},{"kind":"Field","name":{"kind":"Name","value":"hostingSeconds"}}]}}]} as unknown as DocumentNode<MeasuresFragment, unknown>;
export const RareMeasuresFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RareMeasures"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"UsageRow"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"replicaSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"creditsPer1000Tokens"}},{"kind":"Field","name":{"kind":"Name","value":"creditsPerRun"}},{"kind":"Field","name":{"kind":"Name","value":"resources"}},{"kind":"Field","name":{"kind":"Name","value":"users"}}]}}]} as unknown as DocumentNode<RareMeasuresFragment, unknown>;
export const SessionDocument = {"__meta__":{"operation":"query","name":"Session","documentId":"0fac5d9963a097f7549ff76a3912def029a93b3ddf8f22286003be4b8a94f23b"}} as unknown as DocumentNode<SessionQuery, SessionQueryVariables>;
export const PlaceDocument = {"__meta__":{"operation":"query","name":"Place","documentId":"8f835f8c289359c6de2598ccf241050a0f9c647d5f0169ce272b0834ca1a3532"}} as unknown as DocumentNode<PlaceQuery, PlaceQueryVariables>;
export const LedgerViewDocument = {"__meta__":{"operation":"query","name":"LedgerView","documentId":"924ff9ebd1c55058a00bd09e4f701dd53781352a06da3f9437ef778e3dcadc38"}} as unknown as DocumentNode<LedgerViewQuery, LedgerViewQueryVariables>;
export const GrantsViewDocument = {"__meta__":{"operation":"query","name":"GrantsView","documentId":"15d8fbced4abbbd7b38b65fac48fe975f027ae16f0535f7e143f760364db5a35"}} as unknown as DocumentNode<GrantsViewQuery, GrantsViewQueryVariables>;
export const StatementsViewDocument = {"__meta__":{"operation":"query","name":"StatementsView","documentId":"3538772b32d1aba6d031d18131f1c5f95c928a2bea7f4c22931ac42c4ffc6bc7"}} as unknown as DocumentNode<StatementsViewQuery, StatementsViewQueryVariables>;
export const EmailsViewDocument = {"__meta__":{"operation":"query","name":"EmailsView","documentId":"cc0528474226a8b0df4907ab34aef30f8e62162cf80d0c4bc3eacca15c5d8080"}} as unknown as DocumentNode<EmailsViewQuery, EmailsViewQueryVariables>;
export const EmailPanelDocument = {"__meta__":{"operation":"query","name":"EmailPanel","documentId":"ce7e9c172cda506cbfd41344176acd8928d3640d4fc723d37d5c78444ac534f2"}} as unknown as DocumentNode<EmailPanelQuery, EmailPanelQueryVariables>;
export const HostedViewDocument = {"__meta__":{"operation":"query","name":"HostedView","documentId":"c98be4deaa93f8a27f616b7be5dbd649e1aac600d008a60308fda295285440e3"}} as unknown as DocumentNode<HostedViewQuery, HostedViewQueryVariables>;
export const FineTuningViewDocument = {"__meta__":{"operation":"query","name":"FineTuningView","documentId":"ec131d2e6c753e15b037145dd57a1fe044d0c4e304934e582095fa71f5114011"}} as unknown as DocumentNode<FineTuningViewQuery, FineTuningViewQueryVariables>;
export const DeployChoicesDocument = {"__meta__":{"operation":"query","name":"DeployChoices","documentId":"185ba6051fb324c8165ee5cf104f2b0e1a88f6ebd3c50b6f22538a49c07f6ea5"}} as unknown as DocumentNode<DeployChoicesQuery, DeployChoicesQueryVariables>;
export const FineTuningChoicesDocument = {"__meta__":{"operation":"query","name":"FineTuningChoices","documentId":"cb42352c592d973f541ec5933aba51a2eaaa673363a8ac5da58c4bf9ea3c5694"}} as unknown as DocumentNode<FineTuningChoicesQuery, FineTuningChoicesQueryVariables>;
export const HostingEstimateDocument = {"__meta__":{"operation":"query","name":"HostingEstimate","documentId":"ef8f634b5140373f0178ddff3f69bb277372f2d1fb92534a79470b32aba99a86"}} as unknown as DocumentNode<HostingEstimateQuery, HostingEstimateQueryVariables>;
export const FineTuningEstimateDocument = {"__meta__":{"operation":"query","name":"FineTuningEstimate","documentId":"d25e6c41f7c2888ec63861e1ed37b1f9d7c59c59fe734092edf3f13f0dce2f97"}} as unknown as DocumentNode<FineTuningEstimateQuery, FineTuningEstimateQueryVariables>;
export const LiveDeploymentsDocument = {"__meta__":{"operation":"subscription","name":"LiveDeployments","documentId":"fdf0a291f6442ab63bc92e6255052153186bbb83b5d42e691a720589764937d2"}} as unknown as DocumentNode<LiveDeploymentsSubscription, LiveDeploymentsSubscriptionVariables>;
export const DeployModelDocument = {"__meta__":{"operation":"mutation","name":"DeployModel","documentId":"c84cf1e0c9a144e36b424d9d7e54eb5da7a8b93330ab08e71341b9fa078421be"}} as unknown as DocumentNode<DeployModelMutation, DeployModelMutationVariables>;
export const RedeployModelDocument = {"__meta__":{"operation":"mutation","name":"RedeployModel","documentId":"ad129fca4719924ff5bc3a89fcc438a4be5ae01d1a60b40861da3218dcba14fe"}} as unknown as DocumentNode<RedeployModelMutation, RedeployModelMutationVariables>;
export const UndeployModelDocument = {"__meta__":{"operation":"mutation","name":"UndeployModel","documentId":"bfac40efe6e887eb8f0395ce8a3bfaccd4a886da2b2d6d8efc49316519f3ddbf"}} as unknown as DocumentNode<UndeployModelMutation, UndeployModelMutationVariables>;
export const DeployGuardrailDocument = {"__meta__":{"operation":"mutation","name":"DeployGuardrail","documentId":"fe73b49ea25026b6a8098b7b2bd902757c6d15e44f7de0760eede8f8d6bdb106"}} as unknown as DocumentNode<DeployGuardrailMutation, DeployGuardrailMutationVariables>;
export const RedeployGuardrailDocument = {"__meta__":{"operation":"mutation","name":"RedeployGuardrail","documentId":"c60fce9dd96fe4a4827c78f0dab54622019829ba510b5c4031d33f5b8edd5f97"}} as unknown as DocumentNode<RedeployGuardrailMutation, RedeployGuardrailMutationVariables>;
export const UndeployGuardrailDocument = {"__meta__":{"operation":"mutation","name":"UndeployGuardrail","documentId":"5111811ad4043ab61d2d8a53dbd3af5e816cf13aaffdf333313ccb7122d077e6"}} as unknown as DocumentNode<UndeployGuardrailMutation, UndeployGuardrailMutationVariables>;
export const CreateScriptDocument = {"__meta__":{"operation":"mutation","name":"CreateScript","documentId":"ab6b80b351c8106b6a40c7cadb7df3106d87ba56cd8a04fbff2c597174e5900a"}} as unknown as DocumentNode<CreateScriptMutation, CreateScriptMutationVariables>;
export const DeployScriptDocument = {"__meta__":{"operation":"mutation","name":"DeployScript","documentId":"ac129efe81378f1a1d8af6391ae3856dcea46e4bbe277f464d76ce476a216cae"}} as unknown as DocumentNode<DeployScriptMutation, DeployScriptMutationVariables>;
export const RedeployScriptDocument = {"__meta__":{"operation":"mutation","name":"RedeployScript","documentId":"c27124cb1b98e303075427129fb532b26e6aa092483032346f201344c2476235"}} as unknown as DocumentNode<RedeployScriptMutation, RedeployScriptMutationVariables>;
export const UndeployScriptDocument = {"__meta__":{"operation":"mutation","name":"UndeployScript","documentId":"3c264c8e63233453eafa698a5d6d61844664a23020b1cf176a35a2d912ec415d"}} as unknown as DocumentNode<UndeployScriptMutation, UndeployScriptMutationVariables>;
export const ScaleDocument = {"__meta__":{"operation":"mutation","name":"Scale","documentId":"73e64b06f88b95c292771a3aa5fa011654eaa81f57f07e86b41dd6c93fe1507a"}} as unknown as DocumentNode<ScaleMutation, ScaleMutationVariables>;
export const StartFineTuningDocument = {"__meta__":{"operation":"mutation","name":"StartFineTuning","documentId":"40fb6c5fb6964aef4375711440356b3f33b476c90b13675b6ee54c146b47bd5d"}} as unknown as DocumentNode<StartFineTuningMutation, StartFineTuningMutationVariables>;
export const TagKeysDocument = {"__meta__":{"operation":"query","name":"TagKeys","documentId":"bd176e7f4b4dfe35bd392ab50f9daf410708278c78eb5ae598d2d454bde877c2"}} as unknown as DocumentNode<TagKeysQuery, TagKeysQueryVariables>;
export const ThingDocument = {"__meta__":{"operation":"query","name":"Thing","documentId":"cf3c350e4dbc3a7337ac368e57938c5fe4f93f9356ec0b43bdf87d9a04d01fe8"}} as unknown as DocumentNode<ThingQuery, ThingQueryVariables>;
export const WidgetDocument = {"__meta__":{"operation":"query","name":"Widget","documentId":"c00fa095815061a4b1d9663874652675dd6c775354b05b1ed034bd5581e4cb41"}} as unknown as DocumentNode<WidgetQuery, WidgetQueryVariables>;
export const LiveStatusDocument = {"__meta__":{"operation":"subscription","name":"LiveStatus","documentId":"62e4f49197203d1e6ab4cd2fca820a88b29518f8e1133701dac13cd3d600c7a0"}} as unknown as DocumentNode<LiveStatusSubscription, LiveStatusSubscriptionVariables>;
export const LiveBannersDocument = {"__meta__":{"operation":"subscription","name":"LiveBanners","documentId":"93c6d253d4a649172e8fbe275b6ef979063a1d904e0a2cefc006f58f62b5abe9"}} as unknown as DocumentNode<LiveBannersSubscription, LiveBannersSubscriptionVariables>;
export const DismissBannerDocument = {"__meta__":{"operation":"mutation","name":"DismissBanner","documentId":"1e3948872e643494f4677f58c77ff88f57c05382711491011c805e1ff2dee0f0"}} as unknown as DocumentNode<DismissBannerMutation, DismissBannerMutationVariables>;
export const PaletteSearchDocument = {"__meta__":{"operation":"query","name":"PaletteSearch","documentId":"d9ab173af4643d0241060212c339fbbc74812196f2be73d5921cac5931a24471"}} as unknown as DocumentNode<PaletteSearchQuery, PaletteSearchQueryVariables>;
export const PaletteAccountsDocument = {"__meta__":{"operation":"query","name":"PaletteAccounts","documentId":"05b77d3b4a82e1941f3f0c0fa76db0bd5b0082a275fd7522c8d0f4e73330f0ef"}} as unknown as DocumentNode<PaletteAccountsQuery, PaletteAccountsQueryVariables>;
export const MembersViewDocument = {"__meta__":{"operation":"query","name":"MembersView","documentId":"d57694134ff6b687ef9035b9cecc9905fcaa9eb45f47a26a8f3c25b04378ea9e"}} as unknown as DocumentNode<MembersViewQuery, MembersViewQueryVariables>;
export const SetMemberDocument = {"__meta__":{"operation":"mutation","name":"SetMember","documentId":"8bf51c4be835c9170c7c2ee53ad769de0f4ccc1bb86b3e717313eda4c42440b9"}} as unknown as DocumentNode<SetMemberMutation, SetMemberMutationVariables>;
export const RemoveMemberDocument = {"__meta__":{"operation":"mutation","name":"RemoveMember","documentId":"f8ce01a65a337949370321ccc2e52d31fc46dfab9b36aebeb39bc0241138566f"}} as unknown as DocumentNode<RemoveMemberMutation, RemoveMemberMutationVariables>;
export const TokensViewDocument = {"__meta__":{"operation":"query","name":"TokensView","documentId":"302221eb52353920db781076904ae4db86696c208e0dabfe706b4bc31588c27b"}} as unknown as DocumentNode<TokensViewQuery, TokensViewQueryVariables>;
export const CreateApiTokenDocument = {"__meta__":{"operation":"mutation","name":"CreateApiToken","documentId":"ef615966e7907c7ae6fa33a993ae6a6ef0d50c386126c2e39af98c26841195ac"}} as unknown as DocumentNode<CreateApiTokenMutation, CreateApiTokenMutationVariables>;
export const RotateApiTokenDocument = {"__meta__":{"operation":"mutation","name":"RotateApiToken","documentId":"54881c4efd35745d99a3226e49ab35386038361817eb618defeceb8bb07c369e"}} as unknown as DocumentNode<RotateApiTokenMutation, RotateApiTokenMutationVariables>;
export const RevokeApiTokenDocument = {"__meta__":{"operation":"mutation","name":"RevokeApiToken","documentId":"bf2e6110632ed291ad622f5adc4541c51fe32fec79abc67ecbe673029a139f1b"}} as unknown as DocumentNode<RevokeApiTokenMutation, RevokeApiTokenMutationVariables>;
export const ContactsViewDocument = {"__meta__":{"operation":"query","name":"ContactsView","documentId":"548d71d053b2239e07ebe8c8e0a56d99116c16163f06b834eee02730b96a0464"}} as unknown as DocumentNode<ContactsViewQuery, ContactsViewQueryVariables>;
export const SetBillingContactsDocument = {"__meta__":{"operation":"mutation","name":"SetBillingContacts","documentId":"bb01c056da48ddeef47c347da0a89d3682905b88112cd95aa6d59180e76d87f8"}} as unknown as DocumentNode<SetBillingContactsMutation, SetBillingContactsMutationVariables>;
export const RolesViewDocument = {"__meta__":{"operation":"query","name":"RolesView","documentId":"71db60ec8288e3414905c542419b775c13f5db98e5ae10c94b5ebae0263d9d71"}} as unknown as DocumentNode<RolesViewQuery, RolesViewQueryVariables>;
export const SetRoleDocument = {"__meta__":{"operation":"mutation","name":"SetRole","documentId":"677f387d36f4ff7f09cb4dbcb2bff3613aa2a621c5dc68b79053b555eb9b6e70"}} as unknown as DocumentNode<SetRoleMutation, SetRoleMutationVariables>;
export const RemoveRoleDocument = {"__meta__":{"operation":"mutation","name":"RemoveRole","documentId":"49d4a6a72efce5b414347d537f477996384c24393426977abf71a8ee05472c73"}} as unknown as DocumentNode<RemoveRoleMutation, RemoveRoleMutationVariables>;
export const GeneralViewDocument = {"__meta__":{"operation":"query","name":"GeneralView","documentId":"c938851e93212901ffbc23e30e55428197580a7a196ef764d3d1b857accd0ee6"}} as unknown as DocumentNode<GeneralViewQuery, GeneralViewQueryVariables>;
export const SetMailPreferencesDocument = {"__meta__":{"operation":"mutation","name":"SetMailPreferences","documentId":"c0f6137efb24956cce924934e538a3723fe615cda575497af7cce6543be938c4"}} as unknown as DocumentNode<SetMailPreferencesMutation, SetMailPreferencesMutationVariables>;
export const SetAccountProfileDocument = {"__meta__":{"operation":"mutation","name":"SetAccountProfile","documentId":"8719333e85245c74607b47976388c1411b852d64caa63d8eeee1d2f2160977fa"}} as unknown as DocumentNode<SetAccountProfileMutation, SetAccountProfileMutationVariables>;
export const PricingDocument = {"__meta__":{"operation":"query","name":"Pricing","documentId":"e01010509e7ff26c75e5bf940bda1bc9414c42bdca43275e7ef87432ddcb357d"}} as unknown as DocumentNode<PricingQuery, PricingQueryVariables>;
export const PlansViewDocument = {"__meta__":{"operation":"query","name":"PlansView","documentId":"62369eb89280c1d3db38deae4b41a5a0f9ec357e451d08f1c30374cd6c9ff7f8"}} as unknown as DocumentNode<PlansViewQuery, PlansViewQueryVariables>;
export const CreatePlanDocument = {"__meta__":{"operation":"mutation","name":"CreatePlan","documentId":"29901d2c48d84874b549019919b594843a1062c2620bb42ae24bd59345ae2966"}} as unknown as DocumentNode<CreatePlanMutation, CreatePlanMutationVariables>;
export const UpdatePlanDocument = {"__meta__":{"operation":"mutation","name":"UpdatePlan","documentId":"e66781da154a299666ae964a870d58655cedab461825114752d7bbe892aa6550"}} as unknown as DocumentNode<UpdatePlanMutation, UpdatePlanMutationVariables>;
export const RateReleasesDocument = {"__meta__":{"operation":"query","name":"RateReleases","documentId":"8fd54efbff3a261634d3dd083a6aeb0b9bfebab7e53de5ed290b80252c4018c2"}} as unknown as DocumentNode<RateReleasesQuery, RateReleasesQueryVariables>;
export const RateCardToEditDocument = {"__meta__":{"operation":"query","name":"RateCardToEdit","documentId":"587e2d11cae8bfcd44ad7a985c719982a04587087576a9230fff905ba4ea1e71"}} as unknown as DocumentNode<RateCardToEditQuery, RateCardToEditQueryVariables>;
export const RateChangesDocument = {"__meta__":{"operation":"query","name":"RateChanges","documentId":"366e096bffe6768646d88a6027fdf953f396975e6c1b6fb7f452ea8000619a38"}} as unknown as DocumentNode<RateChangesQuery, RateChangesQueryVariables>;
export const RatePreviewDocument = {"__meta__":{"operation":"query","name":"RatePreview","documentId":"eab61bff8baa65b56c863fc09d90f2b4c28f7a52387865744c39d5b338419e4e"}} as unknown as DocumentNode<RatePreviewQuery, RatePreviewQueryVariables>;
export const PublishRateCardDocument = {"__meta__":{"operation":"mutation","name":"PublishRateCard","documentId":"66a4a01e5c89cdbc9b0353a0e25f246360464ed027ed2ff9d7b5220531e29911"}} as unknown as DocumentNode<PublishRateCardMutation, PublishRateCardMutationVariables>;
export const WithdrawRateCardDocument = {"__meta__":{"operation":"mutation","name":"WithdrawRateCard","documentId":"c49caa54d8591d5c1f9bda9b0f8013669c506c54c45f65b5e227c05aefddc660"}} as unknown as DocumentNode<WithdrawRateCardMutation, WithdrawRateCardMutationVariables>;
export const AccountSearchDocument = {"__meta__":{"operation":"query","name":"AccountSearch","documentId":"df268501b0c952da35b431f99f7a9046da73f7ae6c5845f7191b46edbf8df44f"}} as unknown as DocumentNode<AccountSearchQuery, AccountSearchQueryVariables>;
export const AccountDeskDocument = {"__meta__":{"operation":"query","name":"AccountDesk","documentId":"cae71d731ae6f68228d699a7f526cd7abe60b0d21a49aecf52e844fc063524b6"}} as unknown as DocumentNode<AccountDeskQuery, AccountDeskQueryVariables>;
export const AuditViewDocument = {"__meta__":{"operation":"query","name":"AuditView","documentId":"bec60d3b21b5047d0949fb5eea38fc8f3dd24c1adf504d825628fc54a423a2fc"}} as unknown as DocumentNode<AuditViewQuery, AuditViewQueryVariables>;
export const GrantCreditsDocument = {"__meta__":{"operation":"mutation","name":"GrantCredits","documentId":"b503ec0459765086783b17c36b37288a0e58cc0727ef86fe3aea5fedeb6ca464"}} as unknown as DocumentNode<GrantCreditsMutation, GrantCreditsMutationVariables>;
export const AdjustCreditsDocument = {"__meta__":{"operation":"mutation","name":"AdjustCredits","documentId":"ddab371e532cef6fe020f65c1999c4ee10c3686bd8f088342688b872ca2703d1"}} as unknown as DocumentNode<AdjustCreditsMutation, AdjustCreditsMutationVariables>;
export const ChangePlanDocument = {"__meta__":{"operation":"mutation","name":"ChangePlan","documentId":"cbb986d17772e5700f90945882c1e4b119cb264ccb2e520b5dcb384f4f480b29"}} as unknown as DocumentNode<ChangePlanMutation, ChangePlanMutationVariables>;
export const SetAccountLimitsDocument = {"__meta__":{"operation":"mutation","name":"SetAccountLimits","documentId":"7a66cfff248ed4b360442a48ed5ca074dab3601ed0c6c30e50ccbcb081681c6b"}} as unknown as DocumentNode<SetAccountLimitsMutation, SetAccountLimitsMutationVariables>;
export const DayStoryDocument = {"__meta__":{"operation":"query","name":"DayStory","documentId":"2fd5e749fde134e3bde53d26b145ca6a6506ee56242437eca9818ba5752409ff"}} as unknown as DocumentNode<DayStoryQuery, DayStoryQueryVariables>;
export const OwnPricesDocument = {"__meta__":{"operation":"query","name":"OwnPrices","documentId":"20ad624ae3c86a4138383f23cb80db4c8fd7d8f09cd84e9eced91bd94e7dcd2d"}} as unknown as DocumentNode<OwnPricesQuery, OwnPricesQueryVariables>;
export const OwnPriceCardDocument = {"__meta__":{"operation":"query","name":"OwnPriceCard","documentId":"b377814d68091405d23d518eeba3df35286b7fb01a511531702b63e5550c4317"}} as unknown as DocumentNode<OwnPriceCardQuery, OwnPriceCardQueryVariables>;
export const SetRatesDocument = {"__meta__":{"operation":"mutation","name":"SetRates","documentId":"4a2fc5b152ab66a045fceb0ca8d59fd03a0a9595f55cc540d8a1a70b3e90eed9"}} as unknown as DocumentNode<SetRatesMutation, SetRatesMutationVariables>;
export const RefusalsViewDocument = {"__meta__":{"operation":"query","name":"RefusalsView","documentId":"54500ef1bcba6d80d021a9aa94521f4d5bffa4fef95c225af8db4171e985beaa"}} as unknown as DocumentNode<RefusalsViewQuery, RefusalsViewQueryVariables>;
export const ProvisioningViewDocument = {"__meta__":{"operation":"query","name":"ProvisioningView","documentId":"8949b0496c1d62c9c22edd6ae05581371a41a8f243b238b1e46672d934e3b5a5"}} as unknown as DocumentNode<ProvisioningViewQuery, ProvisioningViewQueryVariables>;
export const SetProvisioningDocument = {"__meta__":{"operation":"mutation","name":"SetProvisioning","documentId":"29e2f60157a5238fcb7fb4b9e1a22bbfcdf79fa664c727b794cbd4366ea2f959"}} as unknown as DocumentNode<SetProvisioningMutation, SetProvisioningMutationVariables>;
export const UpdateAccountDocument = {"__meta__":{"operation":"mutation","name":"UpdateAccount","documentId":"688dcc0603f7b824637c8e89cbefa0f41dcd9cff25e5cb636d39755f300108ab"}} as unknown as DocumentNode<UpdateAccountMutation, UpdateAccountMutationVariables>;
export const OverviewTabDocument = {"__meta__":{"operation":"query","name":"OverviewTab","documentId":"76215937503ec0220b632b6ff602af4989dff0cc0e7e0a677ff34cabf145c550"}} as unknown as DocumentNode<OverviewTabQuery, OverviewTabQueryVariables>;
export const MoversDocument = {"__meta__":{"operation":"query","name":"Movers","documentId":"5c20fb5a82c9917c809a0adee60e4ec17d9b8de159a3d9e592b39491987250a6"}} as unknown as DocumentNode<MoversQuery, MoversQueryVariables>;
export const BalanceLineDocument = {"__meta__":{"operation":"query","name":"BalanceLine","documentId":"af12334152146f110a60aff8701e8ae840a5e516c8573d329eceb791c797b106"}} as unknown as DocumentNode<BalanceLineQuery, BalanceLineQueryVariables>;
export const ToolsTabDocument = {"__meta__":{"operation":"query","name":"ToolsTab","documentId":"f2b5be3f826ca3f8a825b396fd987feab26bd4e59a34fd4a59080376d8b37571"}} as unknown as DocumentNode<ToolsTabQuery, ToolsTabQueryVariables>;
export const ModelsTabDocument = {"__meta__":{"operation":"query","name":"ModelsTab","documentId":"eea56d63ae4daba607e16504b254fc182adf7cee13c0bf95eae6972bde9798e9"}} as unknown as DocumentNode<ModelsTabQuery, ModelsTabQueryVariables>;
export const ModelPanelDocument = {"__meta__":{"operation":"query","name":"ModelPanel","documentId":"55a022b6360c4603a1af863abac675e335f9a8c8006c6645ed61cd5ac876edf7"}} as unknown as DocumentNode<ModelPanelQuery, ModelPanelQueryVariables>;
export const GuardrailsTabDocument = {"__meta__":{"operation":"query","name":"GuardrailsTab","documentId":"2f152c880f7bdb0ac6b23a433a50e0a5d5faa72f820f07ecd1416cab83997dd6"}} as unknown as DocumentNode<GuardrailsTabQuery, GuardrailsTabQueryVariables>;
export const GuardrailPanelDocument = {"__meta__":{"operation":"query","name":"GuardrailPanel","documentId":"c665bdf79907617f572be92ec8e86ae7948fe9d13feac967cb8b8c3d4fb68ce2"}} as unknown as DocumentNode<GuardrailPanelQuery, GuardrailPanelQueryVariables>;
export const ScriptsTabDocument = {"__meta__":{"operation":"query","name":"ScriptsTab","documentId":"081cd89a9ac7304ca5f77ad7a04241e42d66d1bffdba84d4e11a27062f4c2e44"}} as unknown as DocumentNode<ScriptsTabQuery, ScriptsTabQueryVariables>;
export const ScriptPanelDocument = {"__meta__":{"operation":"query","name":"ScriptPanel","documentId":"70f9b90f576c76280a58c30be72ab68ec89547e71cd759a37e9836f2b4c9a213"}} as unknown as DocumentNode<ScriptPanelQuery, ScriptPanelQueryVariables>;
export const RowTrendsDocument = {"__meta__":{"operation":"query","name":"RowTrends","documentId":"55a9e165c8d14ba24aae78daa4966d540db9eb41c154504c076518bff6c28cbd"}} as unknown as DocumentNode<RowTrendsQuery, RowTrendsQueryVariables>;
export const ResourcePageDocument = {"__meta__":{"operation":"query","name":"ResourcePage","documentId":"19b04538ebfd0681b7955b30f2114037776c30aa8654bfa56f8f46792e681838"}} as unknown as DocumentNode<ResourcePageQuery, ResourcePageQueryVariables>;
export const ResourceWhoDocument = {"__meta__":{"operation":"query","name":"ResourceWho","documentId":"911f9ed124208735957e2ec61781352055a651e1f1baf8d96333d9f1e6ebfa90"}} as unknown as DocumentNode<ResourceWhoQuery, ResourceWhoQueryVariables>;
export const ExplorerViewDocument = {"__meta__":{"operation":"query","name":"ExplorerView","documentId":"243ad29eef04120e8c4affac5bb4b504cf48cab6cec26434d3c70d4a2da8cea0"}} as unknown as DocumentNode<ExplorerViewQuery, ExplorerViewQueryVariables>;
export const HintsCardDocument = {"__meta__":{"operation":"query","name":"HintsCard","documentId":"d5c015ca6828ffbb16201941c76464a588d4817b5d446881e5639a7337a6302c"}} as unknown as DocumentNode<HintsCardQuery, HintsCardQueryVariables>;