// Package billing holds the nouns and the rules of the product as pure functions: amounts, grants and draw-down, prices, accrual,
// gates, thresholds, banners, ranges and buckets. Values in, values out: there is no I/O, no clock and no float in it, and it imports
// nothing of ours. README.md beside it states the invariants; docs/rules.md has the rules, by the sections that comments cite.
package billing
