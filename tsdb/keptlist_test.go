package tsdb_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// row is a row of a kept list; it differs from all others, and is packed and unpacked with everything in it.
type row struct {
	No   int
	Text string
	At   time.Time
	Of   *int64
}

func rowsOf(n int) []row {
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{No: i, Text: strings.Repeat("ü\x00<", i%5), At: start.Add(time.Duration(i) * time.Microsecond)}
		if i%3 == 0 {
			rows[i].Of = new(int64(1<<62 + i)) // beyond what a float holds
		}
	}
	return rows
}

// Any part of a kept list is the same part of the list as it was: at the edges of what is stored together, past its
// end, and of empty lists.
func TestKeptListIsTheList(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, n := range []int{0, 1, 99, 100, 101, 200, 250} {
		rows := rowsOf(n)
		id, err := tsdb.KeepList(f.ctx, f.Store, map[string]int{"rows": n}, rows)
		f.must(err)
		for _, from := range []int{0, 1, 98, 99, 100, 101, 199, 200, 249, 250, 1000} {
			for _, size := range []int{0, 1, 2, 100, 101, 1000} {
				var about map[string]int
				got, err := tsdb.KeptList[row](f.ctx, f.Store, id, &about, from, from+size)
				f.must(err)
				want := rows[min(from, n):min(from+size, n)]
				if about["rows"] != n || !slices.EqualFunc(got, want, func(a, b row) bool {
					return a.No == b.No && a.Text == b.Text && a.At.Equal(b.At) && (a.Of == nil) == (b.Of == nil) && (a.Of == nil || *a.Of == *b.Of)
				}) {
					t.Fatalf("%d rows, from %d on %d: got %d about %v", n, from, size, len(got), about)
				}
			}
		}
	}
}

// A list is kept for an hour, to the microsecond. An id that was never given, is malformed, or is only the beginning of
// one finds nothing.
func TestKeptListEnds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, err := tsdb.KeepList(f.ctx, f.Store, "about", rowsOf(3))
	f.must(err)
	read := func(id string) error {
		var about string
		_, err := tsdb.KeptList[row](f.ctx, f.Store, id, &about, 0, 3)
		return err
	}
	for _, wrong := range []string{"", "x", id[:len(id)-1], id + "0", strings.Repeat("0", 36), "00000000-0000-0000-0000-000000000000", "'; DROP TABLE kept_list"} {
		f.refusedAs(fmt.Sprintf("id %q", wrong), read(wrong), tsdb.NotFound, "after")
	}
	f.clock.advance(time.Hour)
	f.must(read(id))
	f.clock.advance(time.Microsecond)
	f.refusedAs("after an hour", read(id), tsdb.NotFound, "after")
	_, err = tsdb.KeepList(f.ctx, f.Store, "another", rowsOf(1))
	f.must(err)
	if n := f.count(`SELECT count(DISTINCT list_id) FROM kept_list`); n != 1 {
		t.Errorf("%d lists stay, want the last one", n)
	}
}

// A limited number of lists is kept; the oldest are dropped first, as a whole, even if two processes keep lists at
// once.
func TestKeptListsAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	oldest, err := tsdb.KeepList(f.ctx, f.Store, "oldest", rowsOf(150))
	f.must(err)
	f.clock.advance(time.Second)
	second, err := tsdb.KeepList(f.ctx, f.Store, "second", rowsOf(150))
	f.must(err)
	f.exec(`INSERT INTO kept_list (list_id, part, kept_until, content) SELECT gen_random_uuid(), 0, $1::timestamptz + i * interval '1 ms', '' FROM generate_series(1, 1999) i`, f.Now().Add(time.Hour))
	f.clock.advance(10 * time.Second)
	newest, err := tsdb.KeepList(f.ctx, f.Store, "newest", rowsOf(150))
	f.must(err)
	var about string
	_, err = tsdb.KeptList[row](f.ctx, f.Store, oldest, &about, 0, 150)
	f.refusedAs("the oldest", err, tsdb.NotFound, "after")
	for _, id := range []string{second, newest} {
		if got, err := tsdb.KeptList[row](f.ctx, f.Store, id, &about, 0, 150); err != nil || len(got) != 150 {
			t.Errorf("%s: %d rows, %v", about, len(got), err)
		}
	}
	if left := f.count(`SELECT count(*) FROM kept_list WHERE list_id = $1`, oldest); left != 0 {
		t.Errorf("%d parts of the oldest stay", left)
	}
	f.inParallel(func(int) error {
		id, err := tsdb.KeepList(f.ctx, f.Store, "parallel", rowsOf(1))
		if err == nil {
			_, err = tsdb.KeptList[row](f.ctx, f.Store, id, &about2{}, 0, 1)
		}
		return err
	})
}

// about2 takes what a list is about and leaves it.
type about2 struct{}

func (*about2) UnmarshalJSON([]byte) error { return nil }
