package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/scalar"
	"github.com/usagegraph/usagegraph/tsdb"
)

// malformed is the code of an event that cannot be read.
const malformed tsdb.UsageCode = "MALFORMED"

// rawEvent reads an event that came as JSON. A value of the wrong type is a fault of that event only.
func rawEvent(account int64, raw json.RawMessage) recorded {
	in := json.NewDecoder(bytes.NewReader(raw))
	in.UseNumber()
	var members map[string]any
	var wrong error
	if err := in.Decode(&members); err != nil || members == nil {
		wrong = errors.New("an event is an object")
	}
	var input model.UsageEventInput
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if value := members[name]; value != nil {
			if err := setMember(&input, name, value); err != nil && wrong == nil {
				wrong = err // read on: a refusal names the event's identity
			}
		}
	}
	r := recorded{event: usageEvent(account, &input)}
	if wrong != nil {
		r.fault = &tsdb.UsageResult{Status: tsdb.UsageRefused, Code: malformed, Message: wrong.Error()}
	}
	return r
}

// setMember sets a member of an event, by the rules of the strict input type.
func setMember(e *model.UsageEventInput, name string, value any) error {
	switch name {
	case "time":
		return into(&e.Time, name, value, scalar.UnmarshalDateTime)
	case "tags":
		return setTags(e, value)
	}
	if to := textMember(e, name); to != nil {
		return into(to, name, value, scalar.UnmarshalString)
	}
	if to := idMember(e, name); to != nil {
		return into(to, name, value, func(v any) (string, error) { return scalar.UnmarshalID(context.Background(), v) })
	}
	if to := countMember(e, name); to != nil {
		return into(to, name, value, scalar.UnmarshalLong)
	}
	return errUnknownMember
}

var errUnknownMember = errors.New("an event has the members of UsageEventInput and no others")

// textMember returns the field for the text called name; nil if no text is called that.
func textMember(e *model.UsageEventInput, name string) **string {
	switch name {
	case "source":
		return &e.Source
	case "id":
		return &e.ID
	case "user":
		return &e.User
	case "apiKey":
		return &e.APIKey
	}
	return nil
}

// idMember returns the field for the id called name; nil if no id is called that.
func idMember(e *model.UsageEventInput, name string) **string {
	switch name {
	case "toolId":
		return &e.ToolID
	case "modelId":
		return &e.ModelID
	case "deploymentId":
		return &e.DeploymentID
	case "reservationId":
		return &e.ReservationID
	}
	return nil
}

// countMember returns the field for the quantity called name; nil if no quantity is called that.
func countMember(e *model.UsageEventInput, name string) **int64 {
	switch name {
	case "runs":
		return &e.Runs
	case "inputTokens":
		return &e.InputTokens
	case "outputTokens":
		return &e.OutputTokens
	case "cacheReadTokens":
		return &e.CacheReadTokens
	case "cacheWriteTokens":
		return &e.CacheWriteTokens
	case "reasoningTokens":
		return &e.ReasoningTokens
	}
	return nil
}

// into reads a value and stores it in the field to.
func into[T any](to **T, name string, value any, read func(any) (T, error)) error {
	v, err := read(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	*to = &v
	return nil
}

// setTags reads tags: a list of key-value pairs, or an object of texts.
func setTags(e *model.UsageEventInput, value any) error {
	wrong := errors.New("tags: a list of pairs of key and value, or an object of texts")
	add := func(key, value any) error {
		k, err1 := scalar.UnmarshalString(key)
		v, err2 := scalar.UnmarshalString(value)
		if err1 != nil || err2 != nil {
			return wrong
		}
		e.Tags = append(e.Tags, model.TagInput{Key: k, Value: v})
		return nil
	}
	switch tags := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			if err := add(key, tags[key]); err != nil {
				return err
			}
		}
		return nil
	case []any:
		for _, pair := range tags {
			members, _ := pair.(map[string]any)
			if len(members) != 2 || add(members["key"], members["value"]) != nil {
				return wrong
			}
		}
		return nil
	}
	return wrong
}
