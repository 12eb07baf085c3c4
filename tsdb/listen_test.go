package tsdb

import (
	"math"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// However many accounts a transaction changes, and however long their ids are, each message fits into PostgreSQL's
// limit, and together they name each account once.
func TestNotificationsFit(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 379, 380, 381, 2000} {
		var changes []*change
		var want []int64
		for i := range n {
			id := int64(math.MaxInt64 - i)
			want = append(want, id)
			c := &change{account: &account{Account: &billing.Account{ID: id}}}
			changes = append(changes, c, c)
		}
		var b pgx.Batch
		queueNotify(&b, changes)
		if len(b.QueuedQueries) != (n+379)/380 {
			t.Errorf("%d accounts: %d messages", n, len(b.QueuedQueries))
		}
		var heard []int64
		for _, q := range b.QueuedQueries {
			payload := q.Arguments[1].(string)
			if len(payload) >= 8000 || q.Arguments[0] != Channel {
				t.Errorf("%d bytes on %v", len(payload), q.Arguments[0])
			}
			heard = append(heard, parseAccounts(payload)...)
		}
		slices.Sort(want)
		if slices.Sort(heard); !slices.Equal(heard, want) {
			t.Errorf("%d accounts: %d were named", n, len(heard))
		}
	}
}

// Anybody may notify on the channel: what is not an id is skipped, and ids beside it are heard.
func TestNotificationsOfOthers(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string][]int64{"": nil, ",": nil, "x": nil, "1": {1}, "1,,2": {1, 2}, "1, 2": {1}, "a,7,9223372036854775808": {7}, "-3": {-3}, "1,1": {1, 1}, "1.5,0x10,1e3": nil} {
		if got := parseAccounts(payload); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", payload, got, want)
		}
	}
}

// A list of ids is padded, with ids from the list, to a length that plans are kept for; longer lists, and the empty
// one, stay as they are, and the caller's list is not written to.
func TestListsArePadded(t *testing.T) {
	t.Parallel()
	for n := range 13 {
		ids := make([]int64, n, 20)
		for i := range ids {
			ids[i] = int64(100 + i)
		}
		got := padded(ids)
		distinct := slices.Compact(slices.Sorted(slices.Values(got)))
		if !slices.Equal(distinct, ids) || n > 0 && len(got) != max(n, 10) || n == 0 && len(got) != 0 {
			t.Errorf("%v of %v", got, ids)
		}
		if rest := ids[:20][n:]; slices.ContainsFunc(rest, func(id int64) bool { return id != 0 }) {
			t.Errorf("%d ids: the caller's list was written into: %v", n, rest)
		}
	}
}
