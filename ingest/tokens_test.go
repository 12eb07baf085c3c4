package ingest

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Token classes come in by the columns of a header, by the members of objects and by the data of CloudEvents, and may be missing.
func TestTokenClassesAtTheEndpoints(t *testing.T) {
	t.Parallel()
	const z = "2026-11-25T10:00:00Z"
	some := row{time: time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC), input: 374, output: 44, cacheRead: 300, cacheWrite: 70, reasoning: 40}
	none, read := some, some
	none.cacheRead, none.cacheWrite, none.reasoning = 0, 0, 0
	read.cacheWrite, read.reasoning = 0, 0
	for _, c := range []struct {
		header, row string
		want        row
	}{
		{"time,inputTokens,outputTokens,cacheReadTokens,cacheWriteTokens,reasoningTokens", z + ",374,44,300,70,40", some},
		{"reasoning_tokens,time,cache_write_tokens,inputTokens,Cache Read Tokens,outputTokens,id", "40," + z + ",70,374,300,44", some},
		{"time,gen_ai.usage.input_tokens,gen_ai.usage.output_tokens,gen_ai.usage.cache_read.input_tokens", z + ",374,44,300", read},
		{"time,inputTokens,outputTokens,cacheReadTokens,reasoningTokens", z + ",374,44,,", none},
		{"", `{"time":"` + z + `","inputTokens":374,"outputTokens":44,"cacheReadTokens":300,"cacheWriteTokens":70,"reasoningTokens":40}`, some},
		{"", `{"time":"` + z + `","inputTokens":374,"outputTokens":44,"cacheReadTokens":300}`, read},
	} {
		if r, err := readOne(headerCase{c.header, c.row, tsdb.Inference}); err != nil || !reflect.DeepEqual(r, c.want) {
			t.Errorf("%q %q: %+v %v", c.header, c.row, r, err)
		}
	}
	for _, bad := range []headerCase{
		{"", `{"time":"` + z + `","runs":1,"reasoningTokens":1}`, tsdb.ToolRun},
		{"", `{"time":"` + z + `","inputTokens":374,"cacheReadTokens":300}`, tsdb.Inference},
		{"time,inputTokens,outputTokens,cacheReadTokens", z + ",374,44,x", tsdb.Inference},
		{"time,inputTokens,outputTokens,cacheReadTokens", z + ",374,,1", tsdb.Inference},
	} {
		if r, err := readOne(bad); err == nil {
			t.Errorf("%+v: %+v", bad, r)
		}
	}
	it, err := decode(`{"specversion":"1.0","type":"usagegraph.inference","source":"s","id":"i","time":"` + z + `","subject":"Model:7","account":"Account:3",` +
		`"data":{"inputTokens":374,"outputTokens":44,"cacheReadTokens":300,"cacheWriteTokens":70,"reasoningTokens":40}}`)
	if e := it.event; err != nil || it.fault.Code != "" || e.CacheReadTokens != 300 || e.CacheWriteTokens != 70 || e.ReasoningTokens != 40 {
		t.Errorf("%+v %v", it, err)
	}
}

// A row without classes has the same id as before there were classes; one with classes has a different id.
func TestIDsOfRowsWithClasses(t *testing.T) {
	t.Parallel()
	im := &Importer{Kind: tsdb.Inference, Resource: 7}
	r := row{time: time.Unix(1, 0), input: 374, output: 44}
	if id := im.idOf(&r); id != "7-1000000000-374-44" {
		t.Error(id)
	}
	r.reasoning = 4
	if id := im.idOf(&r); !strings.HasSuffix(id, "-374-44-0-0-4") {
		t.Error(id)
	}
}
