package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// What an attack may cost (docs/decisions/access.md).
const (
	mostCPU   = 20 * time.Millisecond // of the server, for each request
	mostBytes = 16 << 10              // of an answer
	mostDelay = 1.5                   // times the time of a neighbour's question without the attack, at the median
)

// counting is a bucket that never empties and regains next to nothing, so that what is taken can be read.
const counting = "1000000000000"

// siege is a database with an attacker and a neighbour. It has two servers: one that counts, and one as operators start it.
type siege struct {
	*fleet
	counts, limits       *child
	countsAt, limitsAt   string
	hostile, own, normal string // tokens: a member, the platform for the member's account, the neighbour
}

func besiege(b *testing.B) *siege {
	s := &siege{fleet: newFleet(b, 2)}
	s.counts, s.countsAt = spawn(b, 0, serverOn+"="+s.url, serverSize+"="+counting, serverRate+"=1")
	s.limits, s.limitsAt = spawn(b, 0, serverOn+"="+s.url, serverSize+"=0", serverRate+"=0")
	s.hostile, s.own, s.normal = s.token(auth.Member, 0), s.token(auth.Platform, 0), s.token(auth.Member, 1)
	return s
}

func (s *siege) token(role auth.Role, account int) string {
	return s.newTokenOf(access.NewToken{Role: string(role), Name: "bench", AccountID: s.accounts[account], AnyDocument: true})
}

// BenchmarkAttack prints what each attack costs its sender and the server: the cost of a request, counted on a server where nothing runs
// out; and, on one where it does, the CPU of one second of it and what a neighbour notices, who asks for the widget again and again.
// Servers and attacker are separate processes; the database's share shows only in the neighbour's time. Quiet and hostile turns alternate,
// so that other load on the machine affects both.
func BenchmarkAttack(b *testing.B) {
	s := besiege(b)
	fmt.Printf("\n%-26s%10s%8s%10s%9s%10s%10s%10s%7s  %s\n", "attack", "requests", "points", "ms CPU", "bytes", "ms CPU/s", "alone", "beside", "times", "target")
	for b.Loop() {
		for _, name := range slices.Sorted(maps.Keys(attacks())) {
			r := s.suffer(name)
			fmt.Printf("%-26s%10d%8.2f%10.3f%9.0f%10.0f%10v%10v%7.2f  %s\n", name, r.requests, r.points, r.cpu, r.bytes, r.cpuASecond,
				r.alone.Round(10*time.Microsecond), r.beside.Round(10*time.Microsecond), float64(r.beside)/float64(r.alone), r.verdict())
		}
	}
}

// report is the outcome of an attack.
type report struct {
	requests           int64
	points, cpu, bytes float64 // per request; cpu in milliseconds
	cpuASecond         float64
	alone, beside      time.Duration
}

func (r report) verdict() string {
	if r.requests == 0 {
		return "not answered"
	}
	if r.cpu > float64(mostCPU.Milliseconds()) || r.bytes > mostBytes || float64(r.beside) > mostDelay*float64(r.alone) {
		return "missed"
	}
	return "met"
}

func (s *siege) suffer(name string) (r report) {
	token := s.hostile
	if name[:2] == "ev" {
		token = s.own
	}
	s.count(name, token, &r)
	s.endure(name, token, &r)
	return r
}

// count sends requests to the counting server for one second.
func (s *siege) count(name, token string, r *report) {
	a, _ := spawn(s.b, 0, attackerOf+"="+s.countsAt, attackerBy+"="+name, withWhat+"="+token)
	const warm, times = 200 * time.Millisecond, 1500 * time.Millisecond
	s.turn(a, warm)
	points, cpu := s.left(token), s.counts.cpu()
	requests, size := s.turn(a, times)
	cpu, points = s.counts.cpu()-cpu, max(0, points-s.left(token)-entry)
	n := float64(max(requests, 1))
	r.requests, r.points, r.cpu, r.bytes = requests, float64(points)/n, cpu.Seconds()*1e3/n, float64(size)/n
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
	s.must(json.Unmarshal(s.ask(s.countsAt, token, "{__typename}"), &a))
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
	var quiet, hostile []time.Duration
	var cpu, took time.Duration
	for range 5 {
		quiet = append(quiet, s.neighbour())
		a.say("begin")
		before, started := s.limits.cpu(), time.Now()
		hostile = append(hostile, s.neighbour())
		cpu, took = cpu+s.limits.cpu()-before, took+time.Since(started)
		a.say("end")
	}
	_ = a.in.Close()
	slices.Sort(quiet)
	slices.Sort(hostile)
	r.alone, r.beside, r.cpuASecond = quiet[len(quiet)/2], hostile[len(hostile)/2], cpu.Seconds()*1e3/took.Seconds()
}

const widget = `query Widget { account { creditStatus { icon credits { remaining } runs { remaining } } } }`

// neighbour asks 40 times, every 5 ms, and returns the median time.
func (s *siege) neighbour() time.Duration {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	took := make([]time.Duration, 40)
	for i := range took {
		<-tick.C
		started := time.Now()
		s.ask(s.limitsAt, s.normal, widget)
		took[i] = time.Since(started)
	}
	slices.Sort(took)
	return took[len(took)/2]
}
