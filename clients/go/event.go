package usagegraph

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"
)

// Event is a run of a tool, or the use of a model. Account, tool, model, deployment and reservation are named by their ids, or by own
// ids as Own writes them.
type Event struct {
	Account string // required
	// Source, ID and Time are the event's identity, beside its account. What is empty is made when the event is handed over: the
	// sender's source, an id of its own, and the time of that moment. Time counts to the microsecond.
	Source, ID string
	Time       time.Time

	Tool string // a run of this tool, or …
	Runs int64  // how many runs; 0: one

	Model            string // … the use of this model
	Deployment       string // "": none
	InputTokens      int64
	OutputTokens     int64
	CacheReadTokens  int64 // of the input
	CacheWriteTokens int64 // of the input
	ReasoningTokens  int64 // of the output

	User   string            // whom it was for; "": not told
	APIKey string            // the name of the API key that it came by, never the key itself; "": not told
	Tags   map[string]string // what else it was for, at most 10

	Reservation string // the reservation that it settles a part of; "": none
}

// cloudEvent is an event as it is sent and spooled.
type cloudEvent struct {
	SpecVersion string    `json:"specversion"`
	Type        string    `json:"type"`
	Source      string    `json:"source"`
	ID          string    `json:"id"`
	Time        time.Time `json:"time"`
	Subject     string    `json:"subject"`
	Account     string    `json:"account"`
	Data        eventData `json:"data"`
}

type eventData struct {
	Runs             int64             `json:"runs,omitempty"`
	InputTokens      *int64            `json:"inputTokens,omitempty"`
	OutputTokens     *int64            `json:"outputTokens,omitempty"`
	CacheReadTokens  int64             `json:"cacheReadTokens,omitempty"`
	CacheWriteTokens int64             `json:"cacheWriteTokens,omitempty"`
	ReasoningTokens  int64             `json:"reasoningTokens,omitempty"`
	Deployment       string            `json:"deploymentId,omitempty"`
	Reservation      string            `json:"reservationId,omitempty"`
	User             string            `json:"user,omitempty"`
	APIKey           string            `json:"apiKey,omitempty"`
	Tags             map[string]string `json:"tags,omitempty"`
}

// identified is e with an identity.
func (e Event) identified(source string, now time.Time) Event {
	if e.Source == "" {
		e.Source = source
	}
	if e.ID == "" {
		e.ID = rand.Text() // at least 128 random bits
	}
	if e.Time.IsZero() {
		e.Time = now
	}
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	return e
}

// encode is the CloudEvent of an event that has its identity.
func (e Event) encode() ([]byte, error) {
	c := cloudEvent{SpecVersion: "1.0", Source: e.Source, ID: e.ID, Time: e.Time, Account: e.Account, Data: eventData{Deployment: e.Deployment, Reservation: e.Reservation,
		User: e.User, APIKey: e.APIKey, Tags: e.Tags}}
	switch {
	case e.Account == "":
		return nil, errors.New("usagegraph: an event without an account")
	case (e.Tool == "") == (e.Model == ""):
		return nil, errors.New("usagegraph: an event is of a tool or of a model")
	case e.Tool != "" && e.InputTokens|e.OutputTokens|e.CacheReadTokens|e.CacheWriteTokens|e.ReasoningTokens != 0, e.Model != "" && e.Runs != 0:
		return nil, errors.New("usagegraph: an event of a tool has runs, and one of a model has tokens")
	case e.Tool != "":
		c.Type, c.Subject, c.Data.Runs = "usagegraph.tool.run", e.Tool, e.Runs // 0 is left out, which means one
	default:
		c.Type, c.Subject = "usagegraph.inference", e.Model
		c.Data.InputTokens, c.Data.OutputTokens = &e.InputTokens, &e.OutputTokens
		c.Data.CacheReadTokens, c.Data.CacheWriteTokens, c.Data.ReasoningTokens = e.CacheReadTokens, e.CacheWriteTokens, e.ReasoningTokens
	}
	return json.Marshal(c)
}
