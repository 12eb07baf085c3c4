package tsdb_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// reserve holds credits for some seconds.
func (f *fixture) reserve(account int64, credits billing.Amount, seconds int) tsdb.Reservation {
	f.t.Helper()
	r, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: account, Meter: billing.ModelCredits, Amount: credits, Mode: tsdb.ReservationReject,
		Timeout: time.Duration(seconds) * time.Second, IdempotencyKey: f.key()})
	f.must(err)
	return r
}

// A reservation ends at one instant for everybody: what the list shows as open is what gates keep, and the settlement
// of a reservation never finds room that nothing reserved, at whatever fraction of a second it was made.
func TestReservationEndsAtOneInstant(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, made := range []time.Duration{0, 200 * time.Millisecond, 500 * time.Millisecond, 700 * time.Millisecond} {
		f.clock.set(f.clock.now().Truncate(time.Second).Add(made))
		id := f.account()
		model := f.resource(id, "MODEL", "REGISTERED")
		r := f.reserve(id, 50*credit, 2)
		if lives := r.ExpiresAt.Sub(r.CreatedAt); lives < 2*time.Second || lives >= 3*time.Second {
			t.Errorf("made at %v, it lives for %v", made, lives)
		}
		for n := range 12 {
			f.clock.advance(300 * time.Millisecond)
			shown, err := f.Reservation(f.ctx, r.ID)
			f.must(err)
			if reserved := f.view(id).Reserved(billing.ModelCredits); reserved != shown.Open() {
				t.Errorf("made at %v, %d: the list says %d, gates keep %d", made, n, shown.Open(), reserved)
			}
			e := tokens(id, model, f.key(), f.clock.now(), 152_000_000, 0) // 76 of 75 credits
			e.ReservationID = r.ID
			if got := f.ingest(tsdb.Enforce, e); got[0].Status != tsdb.UsageRefused {
				t.Fatalf("made at %v, %d: more than there is was accepted: %+v", made, n, got)
			}
		}
	}
}

// A caller who did not get the answer to the last settlement sends it again and gets the first results; what is new
// then is refused.
func TestLastSettlementIsRepeated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	r := f.reserve(id, 10*credit, 60)
	use := func(key string) tsdb.UsageEvent { return tokens(id, model, key, start, 2_000_000, 0) }
	first, _, err := f.Settle(f.ctx, r.ID, []tsdb.UsageEvent{use("a"), use("b")}, true)
	f.must(err)
	again, shown, err := f.Settle(f.ctx, r.ID, []tsdb.UsageEvent{use("a"), use("b")}, true)
	f.must(err)
	for i := range again {
		if first[i].Status != tsdb.Stored || again[i].Status != tsdb.Duplicate || again[i].Charge != first[i].Charge {
			t.Errorf("event %d: %+v, then %+v", i, first[i], again[i])
		}
	}
	if shown.Status != "SETTLED" || shown.Settled != 2*credit {
		t.Errorf("%+v", shown)
	}
	for _, events := range [][]tsdb.UsageEvent{nil, {use("c")}, {use("a"), use("c")}} {
		if _, _, err = f.Settle(f.ctx, r.ID, events, true); code(err) != tsdb.WrongState {
			t.Errorf("%d events: %v", len(events), err)
		}
	}
	f.wantUsed(id, 2*credit)
}

// If a release comes first, it stays: the settlement that ran at the same time is refused as a whole and charges
// nothing.
func TestSettlementAfterARelease(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	r := f.reserve(id, 10*credit, 60)
	_, err := f.Release(f.ctx, r.ID)
	f.must(err)
	_, _, err = f.Settle(f.ctx, r.ID, []tsdb.UsageEvent{tokens(id, model, "a", start, 2, 0)}, true)
	f.wantRefused(err, tsdb.WrongState)
	if shown, err := f.Reservation(f.ctx, r.ID); err != nil || shown.Status != "RELEASED" {
		t.Errorf("%+v %v", shown, err)
	}
	f.wantUsed(id, 0)
}

// reservationModel is a reservation in its model: rules.md §5 written down a second time.
type reservationModel struct {
	id                int64
	reserved, settled billing.Amount
	closed            string // SETTLED RELEASED; "": neither
	expires           time.Time
}

func (h *reservationModel) state(now time.Time) string {
	switch {
	case h.closed != "":
		return h.closed
	case !h.expires.After(now):
		return "EXPIRED"
	}
	return "OPEN"
}

func (h *reservationModel) open(now time.Time) billing.Amount {
	if h.state(now) != "OPEN" {
		return 0
	}
	return max(0, h.reserved-h.settled)
}

// reservingModel is the model of an account that has only runs to reserve.
type reservingModel struct {
	*fixture
	account, tool int64
	left          billing.Amount
	all           []*reservationModel
	random        *rand.Rand
}

func (m *reservingModel) available() billing.Amount {
	left := m.left
	for _, h := range m.all {
		left -= h.open(m.clock.now())
	}
	return left
}

func (m *reservingModel) reserveSome() {
	m.t.Helper()
	mode := []tsdb.ReservationMode{tsdb.ReservationReject, tsdb.ReservationCap, tsdb.ReservationNegative}[m.random.IntN(3)]
	amount, available := billing.Amount(1+m.random.IntN(40)), m.available()
	n := tsdb.NewReservation{AccountID: m.account, Meter: billing.ToolRuns, Amount: amount, Mode: mode, Timeout: time.Duration(1+m.random.IntN(90)) * time.Second, IdempotencyKey: m.key()}
	r, err := m.Reserve(m.ctx, n)
	want := amount
	if amount > available {
		if want = available; mode != tsdb.ReservationCap || available <= 0 {
			m.wantRefused(err, tsdb.Refused)
			return
		}
	}
	m.must(err)
	if r.Reserved != want || r.Requested != amount || r.Status != "OPEN" {
		m.t.Fatalf("%s of %d, with %d available: %+v", mode, amount, available, r)
	}
	if again, err := m.Reserve(m.ctx, n); err != nil || again.ID != r.ID {
		m.t.Fatalf("a repeat: %+v, %v", again, err)
	}
	m.all = append(m.all, &reservationModel{id: r.ID, reserved: want, expires: r.ExpiresAt})
}

func (m *reservingModel) settleSome(h *reservationModel) {
	m.t.Helper()
	n, final := 1+m.random.IntN(30), m.random.IntN(2) == 0
	_, r, err := m.Settle(m.ctx, h.id, []tsdb.UsageEvent{runs(0, m.tool, m.key(), m.clock.now(), int64(n))}, final)
	if h.closed != "" {
		m.wantRefused(err, tsdb.WrongState)
		return
	}
	m.must(err)
	m.left -= billing.Amount(n)
	if h.settled += billing.Amount(n); final {
		h.closed = "SETTLED"
	}
	if r.Settled != h.settled || r.Status != h.state(m.clock.now()) {
		m.t.Fatalf("settled %d: %+v, the model says %+v", n, r, h)
	}
}

func (m *reservingModel) releaseSome(h *reservationModel) {
	m.t.Helper()
	r, err := m.Release(m.ctx, h.id)
	if h.closed == "SETTLED" {
		m.wantRefused(err, tsdb.WrongState)
		return
	}
	if m.must(err); h.state(m.clock.now()) == "OPEN" {
		h.closed = "RELEASED"
	}
	if r.Status != h.state(m.clock.now()) {
		m.t.Fatalf("released: %+v, the model says %+v", r, h)
	}
}

// check compares what gates see, and each reservation, with the model.
func (m *reservingModel) check() {
	m.t.Helper()
	a, now := m.view(m.account), m.clock.now()
	if got := a.Runs.Balance(); got != m.left {
		m.t.Fatalf("%d runs are left, the model says %d", got, m.left)
	}
	if got := m.left - a.Reserved(billing.ToolRuns); got != m.available() {
		m.t.Fatalf("%d runs are available, the model says %d", got, m.available())
	}
	for _, h := range m.all {
		r, err := m.Reservation(m.ctx, h.id)
		m.must(err)
		if r.Status != h.state(now) || r.Open() != h.open(now) || r.Settled != h.settled {
			m.t.Fatalf("%+v, the model says %+v", r, h)
		}
	}
}

// Whatever is reserved, settled in parts, released and left to time out, in any order: what gates see is what the model
// says.
func TestReservationsFollowTheirModel(t *testing.T) {
	t.Parallel()
	f := fixtureOn(t, tsdbtest.New(t), tsdb.Settings{FreeRuns: 400})
	id := f.account()
	m := &reservingModel{fixture: f, account: id, tool: f.resource(id, "TOOL", "DEPLOYED"), left: 400, random: rand.New(rand.NewPCG(8, 3))}
	for range 150 {
		m.clock.advance(time.Duration(m.random.IntN(20_000)) * time.Millisecond)
		switch act := m.random.IntN(5); {
		case act < 2 || len(m.all) == 0:
			m.reserveSome()
		case act < 4:
			m.settleSome(m.all[m.random.IntN(len(m.all))])
		default:
			m.releaseSome(m.all[m.random.IntN(len(m.all))])
		}
		m.check()
	}
	states := map[string]int{}
	for _, h := range m.all {
		states[h.state(m.clock.now())]++
	}
	if states["SETTLED"] == 0 || states["RELEASED"] == 0 || states["EXPIRED"] == 0 {
		t.Errorf("the test did not come to every state: %v", states)
	}
	f.sound(id)
}

// Each mode at the last amount that fits, and at one more.
func TestTheLastAmountThatIsReserved(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for name, c := range map[string]struct {
		mode     tsdb.ReservationMode
		meter    billing.Meter
		first    billing.Amount // what another one sets aside
		amount   billing.Amount
		reserved billing.Amount // 0: refused
	}{
		"all credits":                    {tsdb.ReservationReject, billing.ModelCredits, 0, 75 * credit, 75 * credit},
		"a micro-credit more":            {tsdb.ReservationReject, billing.ModelCredits, 0, 75*credit + 1, 0},
		"beside another":                 {tsdb.ReservationReject, billing.ModelCredits, 74 * credit, credit, credit},
		"beside another, one more":       {tsdb.ReservationReject, billing.ModelCredits, 74 * credit, credit + 1, 0},
		"capped to the last":             {tsdb.ReservationCap, billing.ModelCredits, 75*credit - 1, credit, 1},
		"capped to nothing":              {tsdb.ReservationCap, billing.ModelCredits, 75 * credit, 1, 0},
		"down to the limit":              {tsdb.ReservationNegative, billing.ModelCredits, 0, 100 * credit, 100 * credit},
		"below the limit":                {tsdb.ReservationNegative, billing.ModelCredits, 0, 100*credit + 1, 0},
		"down to the limit, beside":      {tsdb.ReservationNegative, billing.ModelCredits, 75 * credit, 25 * credit, 25 * credit},
		"below the limit, beside":        {tsdb.ReservationNegative, billing.ModelCredits, 75 * credit, 25*credit + 1, 0},
		"all runs":                       {tsdb.ReservationReject, billing.ToolRuns, 0, 10_000, 10_000},
		"a run more":                     {tsdb.ReservationReject, billing.ToolRuns, 0, 10_001, 0},
		"capped runs":                    {tsdb.ReservationCap, billing.ToolRuns, 9_998, 3, 2},
		"runs have no limit to go below": {tsdb.ReservationNegative, billing.ToolRuns, 10_000, 1, 0},
		"the most there may be":          {tsdb.ReservationCap, billing.ModelCredits, 0, 1_000_000_000 * credit, 75 * credit},
	} {
		id := f.account()
		if c.first > 0 {
			_, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: c.meter, Amount: c.first, Mode: tsdb.ReservationReject, IdempotencyKey: "first"})
			f.must(err)
		}
		r, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: c.meter, Amount: c.amount, Mode: c.mode, IdempotencyKey: "it"})
		if c.reserved == 0 {
			if refused := f.wantRefused(err, tsdb.Refused); refused.Decision == nil || refused.Decision.Allowed || refused.Decision.Missing <= 0 {
				t.Errorf("%s: %+v", name, refused)
			}
			continue
		}
		if err != nil || r.Reserved != c.reserved {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestReservationsThatAreInvalid(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	sound := tsdb.NewReservation{AccountID: id, Meter: billing.ToolRuns, Amount: 1, Mode: tsdb.ReservationReject, Timeout: time.Second, IdempotencyKey: "k"}
	for _, c := range []struct {
		field string
		edit  func(n *tsdb.NewReservation)
	}{
		{"meter", func(n *tsdb.NewReservation) { n.Meter = "GOLD" }},
		{"amount", func(n *tsdb.NewReservation) { n.Amount = 0 }},
		{"amount", func(n *tsdb.NewReservation) { n.Amount = math.MinInt64 }},
		{"amount", func(n *tsdb.NewReservation) { n.Amount = 1_000_000_000*credit + 1 }},
		{"amount", func(n *tsdb.NewReservation) { n.Amount = math.MaxInt64 }},
		{"mode", func(n *tsdb.NewReservation) { n.Mode = "" }},
		{"timeoutSeconds", func(n *tsdb.NewReservation) { n.Timeout = time.Second - 1 }},
		{"timeoutSeconds", func(n *tsdb.NewReservation) { n.Timeout = 24*time.Hour + 1 }},
		{"timeoutSeconds", func(n *tsdb.NewReservation) { n.Timeout = -time.Second }},
		{"reference", func(n *tsdb.NewReservation) { n.Reference = strings.Repeat("ü", 201) }},
		{"reference", func(n *tsdb.NewReservation) { n.Reference = "a\x00" }},
		{"idempotencyKey", func(n *tsdb.NewReservation) { n.IdempotencyKey = "" }},
	} {
		n := sound
		c.edit(&n)
		_, err := f.Reserve(f.ctx, n)
		f.refusedAs(fmt.Sprintf("%+v", n), err, tsdb.Invalid, c.field)
	}
	sound.AccountID = id + 999
	_, err := f.Reserve(f.ctx, sound)
	f.wantRefused(err, tsdb.NotFound)
	for _, none := range []int64{0, -1, 1 << 40} {
		_, err := f.Release(f.ctx, none)
		f.wantRefused(err, tsdb.NotFound)
		_, _, err = f.Settle(f.ctx, none, nil, true)
		f.wantRefused(err, tsdb.NotFound)
	}
	if n := f.rows("reservation"); n != 0 {
		t.Errorf("%d reservations", n)
	}
}

// A reservation lives as long as the setting says unless it says otherwise, and is the same request even if the setting
// has changed meanwhile.
func TestReservationsOfTheSetting(t *testing.T) {
	t.Parallel()
	f := fixtureOn(t, tsdbtest.New(t), tsdb.Settings{ReservationTimeout: time.Hour})
	id := f.account()
	n := tsdb.NewReservation{AccountID: id, Meter: billing.ToolRuns, Amount: 7, Mode: tsdb.ReservationReject, IdempotencyKey: "k"}
	r, err := f.Reserve(f.ctx, n)
	f.must(err)
	if !r.ExpiresAt.Equal(start.Add(time.Hour)) {
		t.Errorf("it lives until %v", r.ExpiresAt)
	}
	again, err := f.another(false, -1).Reserve(f.ctx, n) // of 15 minutes
	f.must(err)
	if again.ID != r.ID || !again.ExpiresAt.Equal(r.ExpiresAt) {
		t.Errorf("again: %+v", again)
	}
	n.Timeout = time.Hour // said, and so another request
	_, err = f.Reserve(f.ctx, n)
	f.wantRefused(err, tsdb.Conflict)
}

// Nobody sees a reservation of an account that is not their own; lists are by state and by page, newest first.
func TestReservationsAreListedByTheirOwn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	var all []int64
	for i := range 7 {
		all = append([]int64{f.reserve(id, credit, 10+i).ID}, all...)
	}
	theirs := f.reserve(other, credit, 60)
	for within, want := range map[int64]bool{other: true, id: false, 0: false} {
		_, err := f.ReservationWithin(f.ctx, []int64{within}, theirs.ID)
		if found := err == nil; found != want {
			t.Errorf("within %d: %v", within, err)
		}
	}
	_, err := f.ReservationWithin(f.ctx, []int64{}, theirs.ID)
	f.wantRefused(err, tsdb.NotFound)
	_, err = f.Release(f.ctx, all[0])
	f.must(err)
	_, _, err = f.Settle(f.ctx, all[1], nil, true)
	f.must(err)
	f.clock.advance(11 * time.Second) // two have timed out
	list := func(states []string, p tsdb.Page) (ids []int64, page tsdb.Paged[tsdb.Reservation]) {
		r := f.Read()
		defer r.Close(f.ctx)
		page, err := r.Reservations(f.ctx, id, states, p, true)
		f.must(err)
		for _, row := range page.Rows {
			ids = append(ids, row.ID)
		}
		return ids, page
	}
	for want, states := range map[string][]string{
		fmt.Sprint(all): nil, fmt.Sprint(all[:1]): {"RELEASED"}, fmt.Sprint(all[1:2]): {"SETTLED"}, fmt.Sprint(all[5:]): {"EXPIRED"}, fmt.Sprint(all[2:5]): {"OPEN"},
		fmt.Sprint([]int64(nil)): {},
	} {
		if got, page := list(states, tsdb.Page{Limit: 100}); fmt.Sprint(got) != want || page.Total != len(got) {
			t.Errorf("%v: %v of %d, want %s", states, got, page.Total, want)
		}
	}
	first, page := list(nil, tsdb.Page{Limit: 3})
	rest, _ := list(nil, tsdb.Page{Limit: 100, After: page.Rows[2].Key()})
	last, _ := list(nil, tsdb.Page{Limit: 2, Backward: true})
	if fmt.Sprint(append(first, rest...)) != fmt.Sprint(all) || fmt.Sprint(last) != fmt.Sprint(all[5:]) || !page.HasNext {
		t.Errorf("pages: %v, %v, the last %v", first, rest, last)
	}
}
