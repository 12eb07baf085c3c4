package bench

import "slices"

// The baselines of rows.
const (
	bareCopy   = "binary COPY of the same rows, one connection, 10,000 a COPY, same hypertable and key"
	onInsert   = "one-row INSERT with commit, 64 connections"
	constantly = "net/http server that answers a constant of the same size"
	postGraph  = "PostGraphile 4 on the same tables, by SQL functions over `usage_day`"
)

// targets returns the rows of the table, in their order.
func targets() []target {
	return slices.Concat(intakeTargets(), answerTargets(), otherTargets(), wayTargets())
}

func intakeTargets() []target {
	const crowd = "events through `POST /v1/events`, 8 connections, 1,000 accounts, 10,000 tools and models, both meters, four live grants each, "
	return []target{
		{id: "1", work: crowd + "batches of 500", baseline: bareCopy, atLeast: 0.5, usual: 0.22, smoke: true,
			reason: "what an account costs in a transaction", run: func(t *trial) { t.intake(intake{accounts: 1000, batch: 500}) }},
		{id: "2a", work: "row 1 with 1% repeats", baseline: bareCopy, atLeast: 0.4, usual: 0.22, reason: "as row 1", run: func(t *trial) { t.intake(intake{accounts: 1000, batch: 500, repeats: 1}) }},
		{id: "2b", work: "row 1 in batches of 2,000", baseline: bareCopy, atLeast: 0.55, usual: 0.41, reason: "as row 1", run: func(t *trial) { t.intake(intake{accounts: 1000, batch: 2000}) }},
		{id: "2c", work: "row 1 into one account", baseline: bareCopy, atLeast: 0.6, usual: 0.51, run: func(t *trial) { t.intake(intake{accounts: 1, batch: 500}) }},
		{id: "3", work: "row 1 for 60 s, or as long as " + sustainedOf + " says, at 0.8 of its burst rate, with roll-up, meter (10,000 segments) and 1,000 subscribers",
			baseline: "its first minute or third", atLeast: 0.9, run: (*trial).sustained},
		{id: "8a", work: "`recordUsage` with one event, 64 clients", baseline: onInsert, atLeast: 0.8, usual: 0.55, smoke: true,
			reason: "what an account costs in a transaction, and an operation of GraphQL in the server", run: (*trial).singleRecords},
		{id: "8b", work: "one CloudEvent a request, 64 clients", baseline: onInsert, atLeast: 1, usual: 0.74, smoke: true,
			reason: "what an account costs in a transaction", run: (*trial).singleEvents},
	}
}

func answerTargets() []target {
	return []target{
		{id: "4a", work: "whole page (all tabs) of an account with 1,000,000 events within the open quarter-hour", baseline: "page of its twin without them", atMost: 1.5, run: (*trial).burstPage},
		{id: "4b", work: "whole page of an account with 10,000 tools", baseline: "–", atMost: 30, unit: "ms", usual: 280, run: func(t *trial) { t.toolsPage(10_000) }},
		{id: "5a", work: "one-year trend, 100 × the minute rows, UTC", baseline: "itself at 1 ×", atMost: 1.2, run: func(t *trial) { t.yearTrend("UTC") }},
		{id: "5b", work: "one-year trend, 100 × the minute rows, Asia/Kathmandu", baseline: "itself at 1 ×", atMost: 1.2, usual: 2.6, run: func(t *trial) { t.yearTrend("Asia/Kathmandu") }},
		{id: "6a", work: "one-year trend, 16 clients over HTTP", baseline: postGraph, atLeast: 1, usual: 0.45, run: func(t *trial) { t.besidePostGraphile("trend") }},
		{id: "6b", work: "tools by runs, first 25, 16 clients", baseline: postGraph, atLeast: 1, usual: 0.25, run: func(t *trial) { t.besidePostGraphile("tools") }},
		{id: "6c", work: "balance, 16 clients", baseline: postGraph, atLeast: 1, usual: 0.65, run: func(t *trial) { t.besidePostGraphile("balance") }},
		{id: "7a", work: "`access`, 64 clients", baseline: constantly, atLeast: 0.35, usual: 0.22, smoke: true, reason: "an operation of GraphQL in the server",
			run: func(t *trial) { t.questions(stateQuestions[0]) }},
		{id: "7b", work: "`creditStatus`, 64 clients", baseline: constantly, atLeast: 0.35, usual: 0.18, reason: "an operation of GraphQL in the server",
			run: func(t *trial) { t.questions(stateQuestions[1]) }},
	}
}

func otherTargets() []target {
	return []target{
		{id: "9", work: "meter tick, 100,000 segments of 10,000 accounts", baseline: "INSERT … SELECT of one row a segment", atMost: 0.6, usual: 3.9, reason: "two rows a segment, in the ledger and for the charts, and an account's balance", run: (*trial).tick},
		{id: "10a", work: "reconciliation of 1,000 accounts with 1,000,000 events, nothing new", baseline: "–", atMost: 2, unit: "s", run: (*trial).reconcileEvents},
		{id: "10b", work: "reconciliation of 100,000 small accounts, nothing new", baseline: "–", atMost: 30, unit: "s", run: (*trial).reconcileAccounts},
		{id: "9b", work: "p99 of ingest beside that tick", baseline: "without a tick", atMost: 2, run: (*trial).besideTick},
		{id: "11a", work: "1,440-point list, in process", baseline: "gqlgen's stock list", atMost: 0.125, smoke: true,
			run: func(t *trial) { t.list(`points{start credits runs models guardrails scripts}`) }},
		{id: "11b", work: "the same as columns", baseline: "gqlgen's stock list", atMost: 0.067,
			run: func(t *trial) { t.list(`series{starts credits runs models guardrails scripts}`) }},
		{id: "12", work: "CSV of 500,000 usage rows", baseline: "psql COPY (same query) TO STDOUT", atLeast: 0.6, usual: 0.51, run: (*trial).export},
		{id: "13a", work: "sockets that watch `creditStatus`: memory of each in a process of their own", baseline: "–", atMost: 10, unit: "KB", run: (*trial).socketMemory},
		{id: "13b", work: "the same: CPU of the server for a frame", baseline: "–", atMost: 13, unit: "µs", usual: 20, run: (*trial).socketFrames},
		{id: "13c", work: "the same: p99 from commit to frame at 1,000 changes a second", baseline: "bare broadcast of the same bytes from the same commits", atMost: 2, usual: 3.7, run: (*trial).socketLag},
		{id: "14a", work: "start to ready", baseline: "–", atMost: 200, unit: "ms", smoke: true, run: (*trial).start},
		{id: "14b", work: "resident memory, idle", baseline: "–", atMost: 45, unit: "MB", run: (*trial).idleMemory},
		{id: "14c", work: "start with 100,000 accounts", baseline: "with 1,000 accounts", atMost: 1.1, run: (*trial).manyStart},
		{id: "14d", work: "page with 100,000 accounts", baseline: "with 1,000 accounts", atMost: 1.1, run: (*trial).manyPage},
		{id: "14e", work: "`access` with 100,000 accounts", baseline: "with 1,000 accounts", atMost: 1.1, run: (*trial).manyAccess},
		{id: "15", work: "overview after 26 hostings dated 30 days back, at once", baseline: "before", atMost: 2, run: (*trial).lateHosting},
	}
}
