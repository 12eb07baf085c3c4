package tsdb

// lockAccounts locks the balance rows, which every change of the books writes.
const lockAccounts = `-- name: lock accounts, in id order so that writers never deadlock
SELECT account_id, version FROM balance WHERE account_id = ANY($1::bigint[]) ORDER BY account_id FOR UPDATE`

// The parts of an account's books. Readers get them nested, one row per account (loadAccounts), because they ask for
// few accounts. Writers of many accounts read each part by itself, because building arrays of arrays costs more than
// all else.
//
// Instants are whole seconds; date_part gives them exactly, without the numeric arithmetic of extract.
// Free segments (rate 0) do not concern the books: they cost nothing and are never stopped.
const (
	accountParts = `b.account_id, a.name, a.time_zone, a.mails, b.seq, b.entry_no, b.grant_no, b.cycle_no,
  date_part('epoch', a.created_at)::bigint AS created, date_part('epoch', a.books_from)::bigint AS books_from,
  date_part('epoch', b.posted_until)::bigint AS posted_until,
  date_part('epoch', b.cycle_start)::bigint AS cycle_start, date_part('epoch', b.cycle_end)::bigint AS cycle_end,
  b.debts, b.free_expired, b.had_grant, b.flows, b.steps_reached, b.armings,
  a.fine_tune_limit, a.low_limit, a.negative_limit, a.plan_ends,
  p.plan_id, p.name AS plan_name, p.credits AS plan_credits, p.runs AS plan_runs,
  n.plan_id AS next_id, n.name AS next_name, n.credits AS next_credits, n.runs AS next_runs, ` + debtKnown + ` AS debt_known`
	fromAccounts = `FROM balance b JOIN account a USING (account_id)
LEFT JOIN plan p ON p.plan_id = a.plan_id
LEFT JOIN plan n ON n.plan_id = a.next_plan_id
WHERE b.account_id = ANY($1::bigint[])`

	grantParts = `g.grant_no, (g.meter = 'TOOL_RUNS')::int, CASE g.kind WHEN 'FREE' THEN 1 WHEN 'TOP_UP' THEN 2 WHEN 'PLAN' THEN 3 WHEN 'ADJUSTMENT' THEN 4 END,
  g.amount, date_part('epoch', g.granted_at)::bigint, coalesce(date_part('epoch', g.expires_at)::bigint, 0), g.expired, g.taken_back`
	grantSlices = `g.given[1], g.given[2], g.given[3], g.given[4], g.repaid[1], g.repaid[2], g.repaid[3], g.repaid[4]`
	fromGrants  = `FROM credit_grant g WHERE g.retired_at IS NULL AND g.account_id`

	segmentParts = `s.segment_id, s.deployment_id, s.resource_id, array_position(ARRAY['MODELS','GUARDRAILS','SCRIPTS'], s.category),
  s.replicas, s.rate, date_part('epoch', s.started_at)::bigint`
	fromSegments = `FROM segment s WHERE s.ended_at IS NULL AND s.rate > 0 AND s.account_id`

	reservationParts = `r.reservation_id, (r.meter = 'TOOL_RUNS')::int, r.held - r.settled, ceil(date_part('epoch', r.expires_at))::bigint`
	// A reservation that has timed out sets nothing aside, and its row stays as it is, so there may be thousands. Gates
	// look at the present second, or a later one.
	fromReservations = `FROM reservation r WHERE r.status = 'OPEN' AND r.held > r.settled AND r.account_id`
	unexpired        = ` AND r.expires_at > date_trunc('second', `

	// Repaying needs the debt by age ($2). A rollover that is due by now ($3) may grant, and so repay: then the debt is
	// read in any case. The stop charges its own second, so what falls due in the next one may be done too.
	debtKnown = `($2 OR (b.cycle_end <= $3::timestamptz + interval '1 second' AND (a.plan_id IS NOT NULL OR a.next_plan_id IS NOT NULL)))`
	debtParts = `(d.meter = 'TOOL_RUNS')::int, date_part('epoch', d.minute)::bigint,
  array_position(ARRAY['MODELS','GUARDRAILS','SCRIPTS','TOOLS'], d.category), d.amount`
	fromDebt = `FROM debt d WHERE d.amount <> 0 AND d.account_id`
)

// loadAccounts reads everything that the books of accounts consist of, one row per account. $1: ids; $2, $3: see
// debtKnown.
const loadAccounts = selectNested + `, ` + EpochBase + ` AS base
` + fromAccounts + ` ORDER BY b.account_id`

// loadAccountVersions is loadAccounts with the versions of the rows that are read.
const loadAccountVersions = `-- name: read accounts with their versions` + selectNested + `, ` + accountVersionParts + `
` + fromAccounts

const selectNested = `
SELECT ` + accountParts + `,
  (SELECT array_agg(ARRAY[` + grantParts + `, ` + grantSlices + `]) ` + fromGrants + ` = b.account_id) AS grants,
  (SELECT array_agg(ARRAY[` + segmentParts + `]) ` + fromSegments + ` = b.account_id) AS running,
  (SELECT array_agg(ARRAY[` + reservationParts + `]) ` + fromReservations + ` = b.account_id` + unexpired + `$3::timestamptz)) AS reservations,
  CASE WHEN ` + debtKnown + ` THEN (SELECT array_agg(ARRAY[` + debtParts + `]) ` + fromDebt + ` = b.account_id) END AS debt`

// What lockAndLoad reads of accounts that it has locked. $1: ids; in loadReservations, $2: now.
const (
	loadBalances = `-- name: load balances
SELECT ` + accountParts + `
` + fromAccounts + ` ORDER BY b.account_id`
	loadGrants = `-- name: load grants
SELECT g.account_id, ` + grantParts + `, g.given, g.repaid
` + fromGrants + ` = ANY($1::bigint[])`
	loadSegments = `-- name: load running segments
SELECT s.account_id, ` + segmentParts + `
` + fromSegments + ` = ANY($1::bigint[])`
	loadReservations = `-- name: load open reservations
SELECT r.account_id, ` + reservationParts + `
` + fromReservations + ` = ANY($1::bigint[])` + unexpired + `$2::timestamptz)`
	loadDebt = `-- name: load debt by age
SELECT d.account_id, ` + debtParts + `
` + fromDebt + ` = ANY($1::bigint[])`
)
