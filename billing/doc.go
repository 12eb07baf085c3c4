// Package billing holds the nouns and the rules of the product as pure functions: amounts, grants and draw-down, prices, accrual, gates,
// thresholds, banners, ranges and buckets. Values in, values out: it has no I/O, no clock and no floats, and imports no other package of
// ours. README.md states the invariants; docs/rules.md has the rules, in the sections that comments cite.
//
// # The files, in the order in which usage reaches them
//
// amount.go, second.go and calendar.go are the units: micro-credits or runs, seconds of UTC, days of a zone.
//
// The price of something is in ratecard.go, or in ownrates.go if the account or model has its own rates. tokens.go computes from it what
// inference costs, and charging.go what hosting costs; charge.go posts that. gate.go says whether the account may act, given what remains
// and what is reserved.
//
// An account's books are account.go, with a book.go for each meter: its grants (grant.go) in draw-down order, and its debt by age. Each
// change first brings the books up (advance.go): running hosting accrues second by second, grants expire, cycles close (cycle.go), and the
// negative limit stops hosting. Only then does the change draw, grant, refund or correct (refund.go). Everything is recorded in the
// journal, entry by entry (entry.go), and the database writes that. threshold.go compares the books before and after.
//
// foresee.go brings up a copy for readers, without recording anything. course.go looks further ahead by sums only, for outlook.go and, with
// a pace from expect.go, for forecast.go.
//
// rangeof.go, bucket.go and compare.go are the time ranges of charts: presets, buckets by the clocks of a zone, the range to compare with.
//
// # What always holds
//
//   - Per meter, allocation − used = balance, and a statement's closing is its opening with all flows of the cycle.
//   - What is drawn in a category is given by grants or owed in that category: slices add up to used.
//   - Charges of hosting are differences of one cumulative charge. So however the time is cut, the parts add up to the whole.
//   - The same changes at the same seconds leave the same books, whenever the metering job ran in between.
//   - Sums saturate or are refused; none overflows.
//
// The property tests hold these against a second, naive model of the books (model_test.go), second by second.
package billing
