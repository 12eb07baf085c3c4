package tsdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// mailStates are the states of an account's mails about a threshold, oldest first.
func (f *fixture) mailStates(id int64, threshold string) string {
	f.t.Helper()
	rows, err := f.pool.Query(f.ctx, `SELECT recipient || ' ' || state FROM email WHERE account_id = $1 AND step = $2 ORDER BY email_id`, id, threshold)
	f.must(err)
	return f.list(rows)
}

// The pause between mails about one threshold of one meter lasts 6 hours, without its last instant, whatever its
// armings; a mail that it holds back is recorded and does not begin another pause. Other thresholds and the other meter
// have pauses of their own (rules.md §8).
func TestThePauseEndsAfterSixHours(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	id, half := s.id, "MODEL_CREDITS/50"
	again := func() { // below the half, and above it once more
		s.topUp(id, billing.ModelCredits, s.view(id).Credits.Used()*2)
		a := s.view(id).Credits
		s.spend(id, s.model, (a.Allocation()+1)/2-a.Used())
	}
	s.spends("37.5")
	s.clock.set(start.Add(time.Hour))
	s.runs(5000)
	s.clock.set(start.Add(6*time.Hour - time.Microsecond))
	again()
	if got := s.mailStates(id, half); got != "mia@acme.example STORED, mia@acme.example HELD_BACK" {
		t.Fatalf("a moment before the end: %s", got)
	}
	s.clock.set(start.Add(6 * time.Hour))
	again()
	if got := s.mailStates(id, half); got != "mia@acme.example STORED, mia@acme.example HELD_BACK, mia@acme.example STORED" {
		t.Errorf("at the end: %s", got)
	}
	if got := s.mailStates(id, "TOOL_RUNS/50"); got != "mia@acme.example STORED" {
		t.Errorf("about runs: %s", got)
	}
	s.clock.set(start.Add(11 * time.Hour)) // of the pause that began at six
	again()
	s.clock.set(start.Add(8 * time.Hour)) // a clock that goes back begins no pause in the future, and ends none
	again()
	if held := s.count(`SELECT count(*) FROM email WHERE account_id = $1 AND step = $2 AND state = 'HELD_BACK'`, id, half); held != 3 {
		t.Errorf("%d held back, want 3: %s", held, s.mailStates(id, half))
	}
	s.sound(id)
}

// Each address gets one mail, ignoring case and however often it is listed, with a message id of its own; people who
// are neither administrators nor contacts get none, and of several members with one address the mail is written to one.
func TestEachAddressGetsOneMail(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	for i, m := range []access.Member{{UserID: "u-1", Email: "MIA@acme.example", Role: access.RoleAdmin}, {UserID: "u-2", Email: "ada@acme.example", Role: access.RoleAdmin},
		{UserID: "u-3", Email: "", Role: access.RoleAdmin}, {UserID: "u-4", Email: "eve@acme.example", Role: access.RoleMember}} {
		m.Name = fmt.Sprint("Member ", i)
		s.exec(`INSERT INTO member (account_id, user_id, name, email, role, created_at) VALUES ($1, $2, $3, $4, $5, $6)`, s.id, m.UserID, m.Name, m.Email, string(m.Role), s.Now())
	}
	s.must(s.Access.SetBillingContacts(s.ctx, s.id, []string{"ADA@Acme.Example", "bills@acme.example"}, tsdb.Actor{}))
	s.spends("37.5")
	if got := s.count(`SELECT count(*) FROM email WHERE account_id = $1`, s.id); got != 3 {
		t.Errorf("%d mails: %s", got, s.mailStates(s.id, "MODEL_CREDITS/50"))
	}
	if n := s.count(`SELECT count(DISTINCT message_id) FROM email WHERE account_id = $1 AND recipient IN ('mia@acme.example', 'ada@acme.example', 'bills@acme.example')`, s.id); n != 3 {
		t.Errorf("%d message ids of the three", n)
	}
	if n := s.count(`SELECT count(*) FROM email WHERE account_id = $1 AND (recipient = 'bills@acme.example') = (user_id IS NULL)`, s.id); n != 3 {
		t.Error("the persons are not those of the addresses")
	}
}
