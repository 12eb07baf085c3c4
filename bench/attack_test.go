package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// What an attack may cost (docs/decisions/access.md).
const (
	mostCPU   = 20 * time.Millisecond // of server and database, for each request
	mostBytes = 16 << 10              // of an answer
	mostDelay = 1.5                   // times the time of a neighbour's question without the attack, at the median
)

// counting is a bucket that never empties and regains next to nothing, so that what is taken can be read.
const counting = "1000000000000"

// siege is a database with an attacker and a neighbour. It has two servers: one that counts, and one as operators start it.
type siege struct {
	*fleet
	counts, limits     *child
	countsAt, limitsAt string
	tokens             map[auth.Role]string // of attackers
	normal             string               // the neighbour's
}

// What the attacker's account holds, so that a question of it is dear: as much as that of a large customer. besideIt is how many other
// accounts there are.
const (
	siegeEvents, siegeTools = 200_000, 2_000
	besideIt                = 20_000
)

func besiege(b *testing.B) *siege {
	s := &siege{fleet: newFleet(b, 2), tokens: map[auth.Role]string{}}
	s.clone(number("USAGEGRAPH_BENCH_ACCOUNTS", besideIt))
	s.fill(s.accounts[0], s.models[0], number("USAGEGRAPH_BENCH_EVENTS", siegeEvents))
	s.fill(s.accounts[1], s.models[1], siegeEvents/20)
	s.exec(`ANALYZE`)
	s.counts, s.countsAt = spawn(b, 0, serverOn+"="+s.url, serverSize+"="+counting, serverRate+"=1")
	s.limits, s.limitsAt = spawn(b, 0, serverOn+"="+s.url, serverSize+"=0", serverRate+"=0")
	for _, role := range []auth.Role{auth.Member, auth.MasterAdmin, auth.Platform} {
		s.tokens[role] = s.token(role, 0)
	}
	for _, role := range []auth.Role{auth.Support, auth.Analyst} {
		s.tokens[role] = s.newTokenOf(access.NewToken{Role: string(role), Name: "bench", AnyDocument: true})
	}
	s.tokens[operator] = s.newTokenOf(access.NewToken{Role: string(auth.Platform), Name: "bench", AnyDocument: true})
	s.normal = s.token(auth.MasterAdmin, 1)
	return s
}

// operator stands for PLATFORM of all accounts.
const operator auth.Role = "operator"

// fill gives an account tools, and events of the last 30 days with users, keys and tags.
func (s *siege) fill(account, model int64, events int) {
	s.exec(`INSERT INTO resource (account_id, kind, name, status, created_at, ever_deployed)
SELECT $1, 'TOOL', 'tool ' || i, 'DEPLOYED', now() - interval '30 days', true FROM generate_series(1, $2::int) i`, account, siegeTools*events/siegeEvents)
	step, now := 30*24*time.Hour/time.Duration(events), time.Now()
	for n := 0; n < events; n += 5000 {
		of := s.events(5000)
		for i := range of {
			of[i].AccountID, of[i].ResourceID, of[i].Time, of[i].Attribution = account, model, now.Add(-time.Duration(n+i+1)*step), carried(n+i)
		}
		_, err := s.store.Ingest(s.b.Context(), of, tsdb.Record)
		s.must(err)
	}
	_, err := s.store.RollUp(s.b.Context(), 1_000_000)
	s.must(err)
}

func (s *siege) token(role auth.Role, account int) string {
	return s.newTokenOf(access.NewToken{Role: string(role), Name: "bench", AccountID: s.accounts[account], AnyDocument: true})
}

// BenchmarkAttack prints what each attack costs its sender and the server: the cost of a request, counted on a server where nothing runs
// out; and, on one where it does, the CPU of one second of it and what a neighbour notices, who asks for the widget, and for a chart, again
// and again. Servers and attacker are separate processes, and the CPU is that of the server and of the database's processes. Quiet and
// hostile turns alternate, so that other load on the machine affects both. ATTACK, a regular expression, names some of the attacks.
func BenchmarkAttack(b *testing.B) {
	s := besiege(b)
	all, chosen := attacks(), regexp.MustCompile(os.Getenv("ATTACK"))
	fmt.Printf("\n%-28s%9s%8s%9s%9s%10s%9s%8s%15s%15s%15s  %s\n", "attack", "requests", "points", "ms CPU", "of db", "bytes", "ms/100pt", "ms/s", "widget", "its p99", "chart", "target")
	for b.Loop() {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if chosen.MatchString(name) {
				fmt.Println(s.suffer(name, all[name]))
			}
		}
	}
}

// report is the outcome of an attack.
type report struct {
	name                         string
	dear                         bool
	requests                     int64
	points, cpu, database, bytes float64 // per request; CPU in milliseconds, that of the database is part of it
	cpuASecond                   float64
	widget, late, chart          [2]time.Duration // without and beside the attack: medians, and the 99th percentile of the widget
}

func times(of [2]time.Duration) float64 { return float64(of[1]) / float64(max(of[0], 1)) }

func (r report) String() string {
	pair := func(of [2]time.Duration) string {
		return fmt.Sprintf("%.1f→%.1f %.2f", ms(of[0]), ms(of[1]), times(of))
	}
	each := "-"
	if r.points > 0 {
		each = fmt.Sprintf("%.1f", r.cpu*100/r.points)
	}
	return fmt.Sprintf("%-28s%9d%8.1f%9.3f%9.3f%10.0f%9s%8.0f%15s%15s%15s  %s", r.name, r.requests, r.points, r.cpu, r.database, r.bytes, each, r.cpuASecond,
		pair(r.widget), pair(r.late), pair(r.chart), r.verdict())
}

func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }

// verdict compares with the target. What is answered as for anybody may be as large, and cost as much, as its points buy.
func (r report) verdict() string {
	var missed []string
	if r.requests == 0 {
		missed = append(missed, "not answered")
	}
	if !r.dear && (r.cpu > ms(mostCPU) || r.bytes > mostBytes) {
		missed = append(missed, "each")
	}
	if times(r.widget) > mostDelay {
		missed = append(missed, "widget")
	}
	if times(r.chart) > mostDelay {
		missed = append(missed, "chart")
	}
	if len(missed) > 0 {
		return "missed: " + strings.Join(missed, ", ")
	}
	return "met"
}

func (s *siege) suffer(name string, what attack) (r report) {
	r.name, r.dear = name, what.dear
	token := s.tokens[what.as]
	s.count(name, token, what, &r)
	s.endure(name, token, &r)
	return r
}

// count sends requests to the counting server for a moment.
func (s *siege) count(name, token string, what attack, r *report) {
	a, _ := spawn(s.b, 0, attackerOf+"="+s.countsAt, attackerBy+"="+name, withWhat+"="+token)
	warm, times := 200*time.Millisecond, 1500*time.Millisecond
	if what.dear {
		times = 4 * time.Second // an answer may take a second
	}
	s.turn(a, warm)
	points, cpu, database := s.left(token), s.counts.cpu(), s.backends()
	requests, size := s.turn(a, times)
	time.Sleep(settling) // what was broken off may still run
	cpu, database, points = s.counts.cpu()-cpu, s.backends()-database, max(0, points-s.left(token)-entry)
	n := float64(max(requests, 1))
	r.requests, r.points, r.cpu, r.database, r.bytes = requests, float64(points)/n, ms(cpu+database)/n, ms(database)/n, float64(size)/n
	_ = a.in.Close()
}

func (s *siege) turn(a *child, d time.Duration) (requests, size int64) {
	a.say("begin")
	time.Sleep(d)
	got := a.say("end")
	return got[0], got[1]
}

// entry is the cost of asking how much is left.
const entry = 5

// left returns how much of a bucket is left, according to the counting server.
func (s *siege) left(token string) int64 {
	var a struct {
		Extensions struct {
			Cost struct {
				ThrottleStatus struct{ CurrentlyAvailable int64 }
			}
		}
	}
	s.must(json.Unmarshal(s.ask(s.countsAt, token, `{account(id:"`+accountID(s.accounts[0])+`"){id}}`), &a)) // which no other question delays
	return a.Extensions.Cost.ThrottleStatus.CurrentlyAvailable
}

func (s *siege) ask(at, token, query string) []byte {
	req, err := http.NewRequestWithContext(s.b.Context(), http.MethodPost, "http://"+at+"/graphql", bytes.NewReader(question(query, nil)))
	s.must(err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	s.must(err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	s.must(err)
	if res.StatusCode != http.StatusOK || bytes.Contains(text, []byte(`"errors"`)) {
		s.b.Errorf("a neighbour is answered %d %.300s", res.StatusCode, text)
	}
	return text
}

// endure runs the attack beside a neighbour. The first turn uses up what the attacker has saved.
func (s *siege) endure(name, token string, r *report) {
	a, _ := spawn(s.b, 19, attackerOf+"="+s.limitsAt, attackerBy+"="+name, withWhat+"="+token) // it represents machines elsewhere
	s.turn(a, time.Second)
	var widgets, charts [2][]time.Duration // each turn's median, or each answer's time
	var late [2][]time.Duration
	var cpu, took time.Duration
	neighbour := func(side int) {
		w, c := s.neighbour(widget, 40), s.neighbour(chart, 15)
		widgets[side], charts[side], late[side] = append(widgets[side], middle(w)), append(charts[side], middle(c)), append(late[side], w...)
	}
	for range 5 {
		neighbour(0)
		a.say("begin")
		before, started := s.limits.cpu()+s.backends(), time.Now()
		neighbour(1)
		cpu, took = cpu+s.limits.cpu()+s.backends()-before, took+time.Since(started)
		a.say("end")
		time.Sleep(settling)
	}
	_ = a.in.Close()
	for side := range 2 {
		slices.Sort(late[side])
		r.widget[side], r.chart[side], r.late[side] = middle(widgets[side]), middle(charts[side]), late[side][len(late[side])*99/100]
	}
	r.cpuASecond = ms(cpu) / took.Seconds()
}

func middle(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}

// What the neighbour asks.
const (
	widget = `query Widget { account { creditStatus { icon credits { remaining } runs { remaining } } } }`
	chart  = `query Chart { account { usageTrend(range: {preset: LAST_30_DAYS}) { points { credits runs } } } }`
)

// neighbour asks n times, every 5 ms at most, one question after the other, and returns the times.
func (s *siege) neighbour(query string, n int) []time.Duration {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	took := make([]time.Duration, n)
	for i := range took {
		<-tick.C
		started := time.Now()
		s.ask(s.limitsAt, s.normal, query)
		took[i] = time.Since(started)
	}
	return took
}
