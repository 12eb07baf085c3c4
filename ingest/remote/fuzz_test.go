package remote

import (
	"testing"

	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/encoding/protowire"
)

// message returns a message of a version with one series whose labels name account, model, type and a tag.
func message(version Version) (b []byte) {
	inner := func(b []byte, number protowire.Number, text []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), text)
	}
	labels := []string{"__name__", "llm_tokens_total", "account", "acme", "model", "gpt-5", "type", "input", "usagegraph_tag_team", "search"}
	var series, refs []byte
	if version == V2 {
		b = inner(b, 4, nil)
	}
	for i, text := range labels {
		if version == V2 {
			b = inner(b, 4, []byte(text))
		} else if i%2 == 1 {
			series = inner(series, 1, inner(inner(nil, 1, []byte(labels[i-1])), 2, []byte(text)))
		}
		refs = protowire.AppendVarint(refs, uint64(i+1))
	}
	if version == V2 {
		series = inner(series, 1, refs)
	}
	sample := protowire.AppendFixed64(protowire.AppendTag(nil, 1, protowire.Fixed64Type), 0x4059000000000000)
	series = inner(series, 2, protowire.AppendVarint(protowire.AppendTag(sample, 2, protowire.VarintType), 1_700_000_000_000))
	if version == V2 {
		return inner(b, 5, protowire.AppendVarint(protowire.AppendTag(series, 6, protowire.VarintType), 1_600_000_000_000))
	}
	return inner(b, 1, series)
}

var fuzzed = Mapping{Tokens: []string{"llm_tokens_total", "in:input"}, Runs: []string{"tool_runs_total"}, Tags: []string{"env"}}.WithDefaults()

// Any input is unpacked and read, or refused. What is read is a counter with a whole number, or says why it is not.
func FuzzRead(f *testing.F) {
	for _, version := range []Version{V1, V2} {
		f.Add(snappy.Encode(nil, message(version)), version == V2)
		f.Add(message(version), version == V2)
	}
	f.Add([]byte("\xff\xff\xff\xff\x0f"), false)
	f.Fuzz(func(t *testing.T, packed []byte, second bool) {
		text, version := packed, V1
		if n, err := snappy.DecodedLen(packed); err == nil && n <= 1<<20 {
			if unpacked, err := snappy.Decode(nil, packed); err == nil {
				text = unpacked
			}
		}
		if second {
			version = V2
		}
		usages, tally, err := fuzzed.Read(string(text), version)
		if len(usages) > tally.Samples {
			t.Errorf("%d usages of %d samples, %v", len(usages), tally.Samples, err)
		}
		for _, u := range usages {
			s := &u.Sample
			if s.Series == "" || u.Fault == "" && (u.Target == "" || s.Value < 0 || s.Event.Kind == "") || !s.Since.IsZero() && s.Since.After(s.At) {
				t.Errorf("%+v", u)
			}
		}
	})
}

// The messages that fuzzing begins with are valid.
func TestSeedsAreRead(t *testing.T) {
	t.Parallel()
	for _, version := range []Version{V1, V2} {
		usages, _, err := fuzzed.Read(string(message(version)), version)
		if err != nil || len(usages) != 1 || usages[0].Fault != "" || usages[0].Sample.Value != 100 || usages[0].Account != "acme" || usages[0].Sample.Event.Tags["team"] != "search" {
			t.Errorf("version %d: %+v %v", version, usages, err)
		}
	}
}
