package tsdb_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// ranSpan is a segment of hosting in the model: from, to (zero: it runs), on some replicas at one rate.
type ranSpan struct {
	from, to time.Time
	replicas int64
}

// hostedModel is one deployment and the segments in which it ran.
type hostedModel struct {
	*fixture
	account, deployment int64
	segments            []ranSpan
	random              *rand.Rand
}

func (m *hostedModel) last() *ranSpan { return &m.segments[len(m.segments)-1] }

func (m *hostedModel) runs() bool { return len(m.segments) > 0 && m.last().to.IsZero() }

// used is what all of it costs up to an instant: each segment by itself, rounded once (rules.md §6).
func (m *hostedModel) used(now time.Time) (sum billing.Amount) {
	for _, s := range m.segments {
		end := s.to
		if end.IsZero() {
			end = now
		}
		sum += cost("1.509", s.replicas, int64(end.Truncate(time.Second).Sub(s.from)/time.Second))
	}
	return sum
}

// back is a random instant from the beginning of what runs up to now: both ends, whole seconds and fractions.
func (m *hostedModel) back() time.Time {
	now := m.clock.now()
	switch m.random.IntN(4) {
	case 0:
		return m.last().from
	case 1:
		return now
	}
	return m.last().from.Add(time.Duration(m.random.Int64N(1 + int64(now.Sub(m.last().from)))))
}

// step does something, as late as may be, and notes it in the model.
func (m *hostedModel) step() {
	m.t.Helper()
	at, n := time.Time{}, int64(1+m.random.IntN(4))
	switch {
	case !m.runs():
		now := m.clock.now().Truncate(time.Second)
		_, err := m.RedeployModel(m.ctx, tsdb.Redeployment{AccountID: m.account, ID: m.deployment, Replicas: n})
		m.must(err)
		m.segments = append(m.segments, ranSpan{from: now, replicas: n})
	case m.random.IntN(3) == 0:
		at = m.back()
		_, err := m.UndeployModel(m.ctx, m.account, m.deployment, at)
		m.must(err)
		m.last().to = at.Truncate(time.Second)
	case n != m.last().replicas:
		at = m.back()
		m.must(m.ScaleDeployment(m.ctx, m.account, deployment(m.deployment), n, at))
		m.last().to = at.Truncate(time.Second)
		m.segments = append(m.segments, ranSpan{from: at.Truncate(time.Second), replicas: n})
	}
}

// However late ends and scalings are reported, down to the second in which a segment began, and whenever the meter
// runs: what is used is the sum of the segments.
func TestHostingIsTheSumOfItsSegments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.topUp(id, billing.ModelCredits, 100_000*credit)
	m := &hostedModel{fixture: f, account: id, random: rand.New(rand.NewPCG(6, 2))}
	m.deployment = f.deployModel(id, f.model(id), gpu, 1, time.Time{})
	m.segments = []ranSpan{{from: start, replicas: 1}}
	for i := range 90 {
		f.clock.advance(time.Duration(m.random.IntN(400_000)) * time.Millisecond)
		m.step()
		if m.random.IntN(3) == 0 {
			f.tick()
		}
		if got, want := f.view(id).Credits.Used(), m.used(f.clock.now()); got != want {
			t.Fatalf("step %d: %d are used, the model says %d: %+v", i, got, want, m.segments)
		}
	}
	f.sound(id)
	f.previewed(id)
	if n := f.count(`SELECT count(*) FROM segment WHERE account_id = $1 AND ended_at < started_at`, id); n != 0 {
		t.Errorf("%d segments end before they begin", n)
	}
}

// An end may lie at the segment's start, but not a second before, and not in the future.
func TestWhereASegmentMayEnd(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	for name, c := range map[string]struct {
		end  time.Duration // after its start
		code tsdb.Code
	}{
		"at its start":          {0, ""},
		"within its first":      {999 * time.Millisecond, ""},
		"a second before":       {-time.Second, tsdb.TimeOutOfRange},
		"a microsecond before":  {-time.Microsecond, tsdb.TimeOutOfRange},
		"now":                   {time.Hour, ""},
		"a second ahead of now": {time.Hour + time.Second, tsdb.TimeOutOfRange},
	} {
		began := f.clock.now()
		used := f.view(id).Credits.Used()
		d := f.deployModel(id, f.model(id), gpu, 1, time.Time{})
		f.clock.advance(time.Hour)
		_, err := f.UndeployModel(f.ctx, id, d, began.Add(c.end))
		if codeOf(err) != c.code || (err != nil) != (c.code != "") {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			_, err := f.UndeployModel(f.ctx, id, d, began)
			f.must(err)
			c.end = 0
		}
		if got, want := f.view(id).Credits.Used(), used+cost("1.509", 1, int64(c.end/time.Second)); got != want {
			t.Errorf("%s: %d are used, want %d", name, got, want)
		}
	}
	f.sound(id)
}
