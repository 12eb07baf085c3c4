package ingest

import "testing"

// A line names its event by the exact names of its members, each once. A member that is only spelled like one of them is somebody else's.
func TestAVoidedEventIsNamedExactly(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]voidMembers{
		`{"source":"s","id":"1","time":"t"}`:                                  {source: "s", id: "1", time: "t"},
		`{"source":"s","id":"1","time":"t","ID":"2","Source":"x","TIME":"u"}`: {source: "s", id: "1", time: "t"},
		`{"source":"s","id":"1","time":"t","data":{"id":"2"},"runs":[1,{}]}`:  {source: "s", id: "1", time: "t"},
		` {"account":"a","id":"\u0031","source":null,"time":"t"} `:            {account: "a", id: "1", time: "t"},
		`{"accountexternalid":"acme","source":"s","id":"1","time":"t"}`:       {ownAccount: "acme", source: "s", id: "1", time: "t"},
		`{"accountExternalId":"acme","source":"s","id":"1","time":"t"}`:       {ownAccount: "acme", source: "s", id: "1", time: "t"},
	} {
		got, wrong := readVoidMembers(line)
		if got.seen = 0; got != want || wrong != "" {
			t.Errorf("%s: %+v, %q", line, got, wrong)
		}
	}
	for line, want := range map[string]string{
		`{"source":"s","id":"1","id":"2","time":"t"}`: "id stands in the line twice",
		`{"source":"s","id":1,"time":"t"}`:            "id is not a text",
		`{"account":"a","account":"b"}`:               "account stands in the line twice",
		`{"source":"s","id":"1","time":"t"`:           "the line is no JSON object with source, id and time",
		`{"source":"s","id":"1","time":"t"} {}`:       "the line is no JSON object with source, id and time",
		`["s","1","t"]`:                               "the line is no JSON object with source, id and time",
		`{"source":"s","id":"1","time":"t","x":}`:     "the line is no JSON object with source, id and time",
	} {
		if _, wrong := readVoidMembers(line); wrong != want {
			t.Errorf("%s: %q, want %q", line, wrong, want)
		}
	}
}
