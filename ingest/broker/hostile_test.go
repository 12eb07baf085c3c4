package broker

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/tsdb"
)

// hostile returns messages that are not usage, each in its own way, and the codes with which they are refused.
func hostile(kind string) (list []message, codes []string) {
	add := func(code string, m message) { list, codes = append(list, m), append(codes, code) }
	attribute := func(text string) message {
		m := binary(0)
		m.header["more"], m.body = text, "no JSON"
		return m
	}
	largest := map[string]int{"nats": 1<<20 - 100, "kafka": (1_000_012 - 200) / 2}[kind]
	add("MALFORMED", message{body: strings.Repeat("x", largest)}) // as large as the broker and its client take (of Kafka the body is the key too): no room for a reason
	add("", attribute(strings.Repeat("x", 64<<10-400)))
	add("MALFORMED", message{body: strings.Repeat(`{"a":`, 10_000)})
	add("MALFORMED", message{body: "\xff\xfe\x00"})
	add("MALFORMED", message{body: ""})
	add("MALFORMED", run(1, `"data"`, `"id":"another","data"`))
	for _, data := range []string{`{"runs":-1}`, `{"runs":1e99}`, `{"runs":0.5}`, `{"runs":99999999999999999999}`, `{"runs":"NaN"}`, `{"runs":` + strings.Repeat("9", 60_000) + `}`,
		`{"runs":1,"tags":{` + strings.TrimSuffix(strings.Repeat(`"a":"b",`, 5_000), ",") + `}}`, `{"runs":1,"user":"` + strings.Repeat("u", 60_000) + `"}`} {
		add("", run(2, `{"runs":2}`, data))
	}
	add("", run(3, at, "9999-12-31T23:59:59Z"))
	add("", run(4, at, "0001-01-01T00:00:00Z"))
	add("", run(5, `"5"`, `"a\u0000b"`))
	add("", run(6, `"acme"`, `"`+strings.Repeat("a", 60_000)+`"`))
	return list, codes
}

// Whatever the messages contain, each invalid one becomes a dead letter with a short reason, once, and holds nothing up.
func TestHostileMessages(t *testing.T) {
	t.Parallel()
	forEachRig(t, func(t *testing.T, r rig) {
		b := newBooks(t)
		bad, codes := hostile(r.kind())
		var messages []message
		for i, m := range bad {
			messages = append(messages, m, run(100+i))
		}
		for _, m := range messages {
			r.publish(m)
		}
		sum := b.take(b.consumer(r.open(), 10), len(messages))
		if sum.Statuses[tsdb.Stored] != len(bad) || sum.Dead != len(bad) || sum.Failures > 0 {
			t.Errorf("%+v", sum)
		}
		if events, runs, _ := b.stored(); events != len(bad) || runs != 2*len(bad) {
			t.Errorf("%d events, %d runs", events, runs)
		}
		dead := r.dead(len(bad))
		if len(dead) != len(bad) {
			t.Fatalf("%d dead letters of %d", len(dead), len(bad))
		}
		for _, letter := range dead {
			code, rest, _ := strings.Cut(letter, ": ")
			reason, _, _ := strings.Cut(rest, ": ")
			if code == "" || reason == "" || len(reason) > 500 || len(letter) > 100<<10 {
				t.Errorf("%d bytes: %.300q", len(letter), letter)
			}
			if i := slices.Index(codes, code); i >= 0 {
				codes = slices.Delete(codes, i, i+1)
			}
		}
		if slices.ContainsFunc(codes, func(code string) bool { return code != "" }) {
			t.Errorf("no dead letter says %q: %s", codes, fmt.Sprintf("%.200q", dead))
		}
	})
}
