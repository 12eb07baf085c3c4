package main

import (
	"fmt"
	"time"
)

// What the platform has without Usagegraph: its ids, its traffic, and its own books to compare with.

// group is whom and what usage of a customer was for.
type group struct{ customer, user, team string }

// used is what a customer used by our own books: micro-credits, and runs of tools.
type used struct{ credits, runs int64 }

var (
	customers = uuids("6f1c0b0e-6f2f-4c55-9a53", 100)
	tools     = uuids("e0a1f3c2-5b64-4a5b-8a7c", 30)
	models    = uuids("9d8c7b6a-1234-4f6e-9abc", 5)
)

// uuids are those that our database has.
func uuids(group string, n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprintf("%s-%012x", group, 1+i))
	}
	return ids
}

// event is a run of a tool, or tokens of a model.
type event struct {
	Source       string    `json:"source"`
	ID           string    `json:"id"`
	Time         time.Time `json:"time"`
	Tool         string    `json:"toolId,omitempty"`
	Model        string    `json:"modelId,omitempty"`
	Runs         int64     `json:"runs,omitempty"`
	Input        int64     `json:"inputTokens,omitempty"`
	CachedOfThem int64     `json:"cacheReadTokens,omitempty"`
	Output       int64     `json:"outputTokens,omitempty"`
	User         string    `json:"user"`
	Tags         []tag     `json:"tags"`
}

// tag is a pair that says what an event was for.
type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// traffic is what a customer does in an hour.
func traffic(hour time.Time) (events []event) {
	for i := range int64(20) {
		e := event{Source: "agents", ID: fmt.Sprintf("%s-%d", hour.Format(time.RFC3339), i), Time: hour.Add(time.Duration(i) * 3 * time.Minute),
			User: fmt.Sprint("user-", i%3), Tags: []tag{{"team", []string{"search", "support"}[i/2%2]}}}
		if i%4 == 0 {
			e.Tool, e.Runs = external("tool", tools[7*i%int64(len(tools))]), 1+i
		} else {
			e.Model, e.Input, e.CachedOfThem, e.Output = external("model", models[i%int64(len(models))]), 1001+137*i, 999*(i%2)+i, 43+i
		}
		events = append(events, e)
	}
	return events
}

func renamed(events []event, prefix string) []event {
	for i := range events {
		events[i].ID = prefix + events[i].ID
	}
	return events
}

// price is micro-credits per million tokens: of input, of what of it came from a cache, of output.
type price struct{ input, cached, output int64 }

// cost of an event in micro-credits: one rounding over all its tokens, half up.
func (p price) cost(e event) int64 {
	return (p.input*(e.Input-e.CachedOfThem) + p.cached*e.CachedOfThem + p.output*e.Output + 500_000) / 1_000_000
}

func (u *used) add(events []event, at price) {
	for _, e := range events {
		u.runs += e.Runs
		u.credits += at.cost(e)
	}
}

// add counts events of a customer in our books.
func (p *platform) add(customer string, events []event, at price) {
	p.books[customer].add(events, at)
	for _, e := range events {
		g := group{customer, e.User, e.Tags[0].Value}
		if p.groups[g] == nil {
			p.groups[g] = &used{}
		}
		p.groups[g].add([]event{e}, at)
	}
}
