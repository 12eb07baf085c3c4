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

// rawEvent reads an event that came as JSON. A value that is not of its type is the fault of that event alone.
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
			wrong = errors.Join(wrong, setMember(&input, name, value))
		}
	}
	r := recorded{event: usageEvent(account, &input)}
	if wrong != nil {
		r.fault = &tsdb.UsageResult{Status: tsdb.UsageRefused, Code: malformed, Message: firstLine(wrong)}
	}
	return r
}

// firstLine is the first of errors that were joined.
func firstLine(err error) string {
	text, _, _ := bytes.Cut([]byte(err.Error()), []byte("\n"))
	return string(text)
}

// setMember reads a member of an event, as the strict input would.
func setMember(e *model.UsageEventInput, name string, value any) error {
	texts := map[string]**string{"source": &e.Source, "id": &e.ID, "user": &e.User, "apiKey": &e.APIKey}
	ids := map[string]**string{"toolId": &e.ToolID, "modelId": &e.ModelID, "deploymentId": &e.DeploymentID, "reservationId": &e.ReservationID}
	counts := map[string]**int64{"runs": &e.Runs, "inputTokens": &e.InputTokens, "outputTokens": &e.OutputTokens, "cacheReadTokens": &e.CacheReadTokens,
		"cacheWriteTokens": &e.CacheWriteTokens, "reasoningTokens": &e.ReasoningTokens}
	switch {
	case texts[name] != nil:
		return into(texts[name], name, value, scalar.UnmarshalString)
	case ids[name] != nil:
		return into(ids[name], name, value, func(v any) (string, error) { return scalar.UnmarshalID(context.Background(), v) })
	case counts[name] != nil:
		return into(counts[name], name, value, scalar.UnmarshalLong)
	case name == "time":
		return into(&e.Time, name, value, scalar.UnmarshalDateTime)
	case name == "tags":
		return setTags(e, value)
	}
	return errors.New("an event has the members of UsageEventInput and no others")
}

// into reads a value to where it belongs.
func into[T any](to **T, name string, value any, read func(any) (T, error)) error {
	v, err := read(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	*to = &v
	return nil
}

// setTags reads tags: pairs of key and value, or an object of texts.
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
