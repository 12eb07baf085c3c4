// Package charts answers what an account used, when and for what: the trend, the pivot, the figures of the tabs. It reads what postings
// and roll-ups have written, and writes nothing.
//
// # The order in which a question is answered
//
// A Reader (reader.go) belongs to one operation: all that it is asked is answered from one snapshot and for one
// instant, asOf. A question names a span (span.go finds where "all of an account's time" begins and ends) and, for
// figures by time, buckets in a zone (time.go, and billing's calendar).
//
// Which tables answer which part of the span is decided first. For questions by resource chart.go does so: days,
// quarter-hours and minutes of usage, each where they fit, and what is not rolled up. For an account's resources
// together whole.go does so, from slots of a day that slot.go adds and subtracts; for the last weeks of many accounts
// at once, lately.go.
//
// Then one statement per figure is run: trend.go draws usage over time; pivot.go groups it by anything, with the statement made in
// pivot_sql.go, pages and places in pivot_page.go, measures in pivot_measure.go, buckets without usage in pivot_fill.go, hardware in
// pivot_hosting.go, and who and what usage was for in pivot_attribution.go. tab.go and the other tab files make the tabs' rows, which Go
// sorts. Hosting that has accrued since the last posting is in no table: it is added in Go, from the account as of asOf.
//
// From the same reads come forecast.go and foretell.go (where a meter leads), backtest.go (how forecasts of the past fared), hints.go
// (what could be saved), overview.go (the figures of the first page), segments.go (when things ran) and export.go (rows taken out).
//
// # What always holds
//
//   - Figures of a span add up to those of its parts, whatever tables either is read from, and whatever is rolled up meanwhile.
//   - A figure is exact for as long as its grain is kept: minutes as long as events are (400 days), quarter-hours for 25 months, unless the
//     settings say otherwise, and days forever. What is asked for more finely than that is refused, never guessed.
//   - The bounds of a read are constants of its statement, so that PostgreSQL does not even lock the chunks outside them.
//   - What is remembered across snapshots (daysums.go, lately_kept.go) is compared with the database or is a minute old at most.
//
// # What readers of this code meet again and again
//
//   - Ranges are half open, in whole minutes, and instants are in UTC until a zone is asked for: then buckets begin where days, weeks or
//     months of that zone do, which are quarter-hours of UTC in every zone in use.
//   - $1 of a statement is the account, or the accounts, that it is about; nil means every account. A caller who is bound to an account never
//     gets here with another one's id: that is checked above, and every statement has a condition on the account all the same.
//   - Amounts are micro-credits, or runs, as billing counts them: int64, added up by the database as numeric and cast back, so that a sum
//     beyond 64 bits is an error and never a wrong figure.
//   - What a table does not show yet is read beside it (usage_delta), and what no table shows is added in Go (hosting since the last
//     posting). An answer that leaves out one of the two is wrong only for seconds or minutes, which is what tests look for.
//   - A refusal says what was wrong with the question, as a pg.Error with a code and the argument's name; any other error is a
//     failure, and never becomes a zero or an empty list.
package charts
