package otlp

import (
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// The most that a body may become is what the budget of memory reckons with: spans of ten bytes, which are the largest messages.
func TestExpansion(t *testing.T) { // not parallel: it measures
	hollow := "\x12\x0a\x2a\x08" + strings.Repeat("x", 8) // a span with a name
	text := strings.Repeat(hollow, 100_000)
	for range 2 { // into a scope, into a resource
		text = string(protowire.AppendBytes([]byte{0x12}, []byte(text)))
	}
	text = "\x0a" + text[1:]
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	got, err := readTraces(text, Protobuf)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if n := len(got.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()); err != nil || n != 100_000 {
		t.Fatal(n, err)
	}
	grown := float64(after.HeapAlloc-before.HeapAlloc) / float64(len(text))
	t.Logf("a byte becomes %.1f", grown)
	if grown > Expansion {
		t.Errorf("a byte becomes %.1f, and %d are reckoned with", grown, Expansion)
	}
	runtime.KeepAlive(got)
}
