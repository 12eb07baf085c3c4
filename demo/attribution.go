package demo

import (
	"slices"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// person uses an account's agents: the platform's id of the user, the team, and how many days before the end of the year the
// person joined.
type person struct {
	user, team string
	days       float64
}

// colleague is a person as the events of one stream name them, by environment.
type colleague struct {
	since time.Time
	as    [len(environments)]tsdb.Attribution
}

// environments are where agents run. Of twenty sessions, so many belong to each.
var environments = [...]struct {
	name string
	of20 uint64
}{{"prod", 17}, {"staging", 2}, {"dev", 1}}

// session is how long a stream serves one person in one environment before it may turn to another.
const session = 15 * time.Minute

// colleagues are those of the staff who cause a stream's events, in the order in which they joined. team "": everybody.
func (t *tenant) colleagues(team, source string) []colleague {
	var out []colleague
	for _, p := range t.staff {
		if team == "" || team == p.team {
			c := colleague{since: t.days(p.days)}
			for i, e := range environments {
				c.as[i] = tsdb.Attribution{User: p.user, APIKey: source + "-" + e.name, Tags: tsdb.Tags{"team": p.team, "env": e.name}}
			}
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b colleague) int { return a.since.Compare(b.since) })
	return out
}

// attribution says who and what an event was for. The stream and the session decide, and nothing is drawn for it: the numbers
// that chance deals to the traffic stay the same. Who joined earlier uses more.
func (w *world) attribution(s *stream, at time.Time) tsdb.Attribution {
	h := scatter(uint64(at.Unix())/uint64(session/time.Second), uint64(s.resource), w.cfg.Seed)
	there := uint64(0)
	for _, c := range s.people {
		if !c.since.After(at) {
			there++
		}
	}
	if there == 0 {
		return tsdb.Attribution{}
	}
	one := h >> 40
	who, part := there*one*one>>48, h%20
	for i, e := range environments {
		if part < e.of20 {
			return s.people[who].as[i]
		}
		part -= e.of20
	}
	return s.people[who].as[0]
}

// service is the attribution of what no person started: a key of its own, and the first person's team.
func (t *tenant) service(key string) tsdb.Attribution {
	a := tsdb.Attribution{APIKey: key, Tags: tsdb.Tags{"env": "prod"}}
	if len(t.staff) > 0 {
		a.Tags["team"] = t.staff[0].team
	}
	return a
}

// cached is how much of an event's input the provider's cache held: in the mean the stream's share of it.
func (w *world) cached(s *stream, at time.Time, input int64) int64 {
	if s.cached == 0 {
		return 0
	}
	percent := scatter(uint64(at.UnixMicro()), uint64(s.resource), w.cfg.Seed) % uint64(2*s.cached+1)
	return input * int64(percent) / 100
}

// scatter makes one number of three, in which every bit depends on all of theirs.
func scatter(a, b, c uint64) uint64 {
	h := a*0x9E3779B97F4A7C15 ^ b*0xBF58476D1CE4E5B9 ^ c
	h ^= h >> 31
	h *= 0x94D049BB133111EB
	h ^= h >> 29
	return h
}
