package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// testKey decodes ids such as "Tool:7"; another package decodes the real ones.
func testKey(kind IDKind, opaque string) (int64, bool) {
	var key int64
	n, err := fmt.Sscanf(opaque, string(kind)+":%d", &key)
	return key, n == 1 && err == nil && key > 0 && opaque == fmt.Sprintf("%s:%d", kind, key)
}

func anyAccount(int64) bool { return true }

// hot is the form that gateways send.
const hot = `{"specversion":"1.0","type":"usagegraph.inference","source":"/gateway/eu-1","id":"0f8fad5b-d9cb-469f-a165-70867728950e",` +
	`"time":"2026-03-10T09:30:00.123456Z","subject":"Model:12","account":"Account:3","datacontenttype":"application/json",` +
	`"data":{"inputTokens":374,"outputTokens":44,"deploymentId":"Deployment:9"}}`

func decode(text string) (item, error) {
	var it item
	s := scanner{text: text}
	err := newDecoder(testKey, anyAccount).event(&s, &it)
	if err == nil {
		err = s.end()
	}
	return it, err
}

func TestDecodeHotShape(t *testing.T) {
	t.Parallel()
	it, err := decode(hot)
	if err != nil || it.fault.Status != "" {
		t.Fatal(err, it.fault)
	}
	want := tsdb.UsageEvent{AccountID: 3, Source: "/gateway/eu-1", ID: "0f8fad5b-d9cb-469f-a165-70867728950e", Kind: tsdb.Inference,
		Time: time.Date(2026, 3, 10, 9, 30, 0, 123456000, time.UTC), ResourceID: 12, DeploymentID: 9, InputTokens: 374, OutputTokens: 44}
	if !reflect.DeepEqual(it.event, want) {
		t.Errorf("got %+v\nwant %+v", it.event, want)
	}
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	event := func(replace ...string) string {
		return strings.NewReplacer(replace...).Replace(`{"specversion":"1.0","type":"usagegraph.tool.run","source":"s","id":"i",` +
			`"time":"2026-03-10T09:30:00Z","subject":"Tool:7","account":"Account:3","data":{"runs":2}}`)
	}
	for name, c := range map[string]struct {
		text string
		code tsdb.UsageCode // "": nothing is wrong
	}{
		"sound":                  {event(), ""},
		"no runs":                {event(`{"runs":2}`, `{}`), ""},
		"no data":                {event(`,"data":{"runs":2}`, ``), ""},
		"null data":              {event(`{"runs":2}`, `null`), ""},
		"foreign extension":      {event(`{"spec`, `{"traceparent":[1,{"a":null}],"spec`), ""},
		"zone":                   {event(`00Z`, `00.5+05:45`), ""},
		"other version":          {event(`"1.0"`, `"0.3"`), Malformed},
		"version is a number":    {event(`"1.0"`, `1.0`), Malformed},
		"no object":              {`[1,2]`, Malformed},
		"twice":                  {event(`{"spec`, `{"id":"j","spec`), Malformed},
		"other type":             {event(`tool.run`, `tool.ran`), UnknownType},
		"no account":             {event(`,"account":"Account:3"`, ``), tsdb.UnknownAccount},
		"malformed account":      {event(`Account:3`, `Account:-3`), tsdb.UnknownAccount},
		"time in another format": {event(`T09`, ` 09`), Malformed},
		"unknown quantity":       {event(`runs`, `run`), Malformed},
		"quantity as text":       {event(`:2}`, `:"2"}`), Malformed},
		"quantity not whole":     {event(`:2}`, `:2.0}`), Malformed},
		"quantity with exponent": {event(`:2}`, `:2e3}`), Malformed},
		"quantity out of range":  {event(`:2}`, `:9223372036854775808}`), tsdb.QuantityTooLarge},
		"text data":              {event(`{"runs":2}`, `"{}"`), Malformed},
		"base64 data":            {event(`"data":{"runs":2}`, `"data_base64":"eyJydW5zIjoyfQ=="`), ""},
		"base64 with a mark":     {event(`"data":{"runs":2}`, `"data_base64":"77u/e30="`), ""},
		"base64 of nothing":      {event(`"data":{"runs":2}`, `"data_base64":""`), ""},
		"base64 null":            {event(`"data"`, `"data_base64":null,"data"`), ""},
		"base64 of no JSON":      {event(`"data":{"runs":2}`, `"data_base64":"e30"`), Malformed},
		"base64 of half":         {event(`"data":{"runs":2}`, `"data_base64":"eyJydW5z"`), Malformed},
		"base64 of two":          {event(`"data":{"runs":2}`, `"data_base64":"e317fQ=="`), Malformed},
		"base64 of unknown":      {event(`"data":{"runs":2}`, `"data_base64":"eyJydW4iOjJ9"`), Malformed},
		"base64 in lines":        {event(`"data":{"runs":2}`, `"data_base64":"e3\n0="`), Malformed},
		"base64 as an object":    {event(`"data":{"runs":2}`, `"data_base64":{}`), Malformed},
		"base64 beside data":     {event(`"data"`, `"data_base64":"e30=","data"`), Malformed},
		"data beside base64":     {event(`{"runs":2}`, `{"runs":2},"data_base64":"e30="`), Malformed},
		"base64 twice":           {event(`"data":{"runs":2}`, `"data_base64":"e30=","data_base64":"e30="`), Malformed},
		"JSON of another type":   {event(`"data"`, `"datacontenttype":"text/JSON; charset=utf-8","data"`), ""},
		"XML":                    {event(`"data"`, `"datacontenttype":"text/xml","data"`), Malformed},
		"inference of nothing":   {event(`tool.run`, `inference`, `{"runs":2}`, `{}`), Malformed},
	} {
		it, err := decode(c.text)
		if err != nil || it.fault.Code != c.code {
			t.Errorf("%s: %v, %+v; want code %q", name, err, it.fault, c.code)
		}
	}
}

// Accounts of others are answered like unknown ones, and the decoder asks once for each.
func TestDecodeAsksForAccounts(t *testing.T) {
	t.Parallel()
	asked := 0
	d := newDecoder(testKey, func(account int64) bool { asked++; return account == 3 })
	for range 3 {
		for account, want := range map[string]int64{"Account:3": 3, "Account:4": 0, "Tool:3": 0} {
			if got := d.account(account); got != want {
				t.Errorf("%s: %d", account, got)
			}
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

func TestNestingIsBounded(t *testing.T) {
	t.Parallel()
	deep := func(n int) string {
		return `{"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	if _, err := decode(deep(maxDepth - 1)); err != nil {
		t.Error(err)
	}
	var syntax *syntaxError
	if _, err := decode(deep(1_000_000)); !errors.As(err, &syntax) {
		t.Errorf("got %v", err)
	}
}

func TestAmountsPrintLikeBilling(t *testing.T) {
	t.Parallel()
	for _, m := range billing.Meters() {
		for _, a := range []billing.Amount{0, 1, -1, 10, 253, 999_999, 1_000_000, -1_500_000, 75_000_001, 1<<63 - 1, -1 << 63} {
			if got, want := string(appendAmount(nil, m, a)), m.Format(a); got != want {
				t.Errorf("%s %d: %s, want %s", m, a, got, want)
			}
		}
	}
}

// FuzzDecode compares the decoder with encoding/json: both accept the same texts as documents and read the same events from them.
func FuzzDecode(f *testing.F) {
	f.Add(hot)
	f.Add(`{"specversion":"1.0","type":"usagegraph.tool.run","data":{"runs":-0}, "id" : "\u00e9\ud83d\ude00\ud800\n", "source":"\/"}`)
	f.Add(`{"data":{"inputTokens":1e9,"outputTokens":0.5,"reservationId":null},"time":"2026-03-10t09:30:00+01:00"}`)
	f.Add(`{"a":[true,false,null,-1.5E+7,"\\",{"b":{}}],"id":"i","id":"j"}`)
	f.Add(`{"specversion":"1.0","source":"\xff","account":"Account:1","data":{"runs":9223372036854775807,"deploymentId":""}}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := decode(text)
		var syntax *syntaxError
		if errors.As(err, &syntax) && strings.Contains(syntax.reason, "too deep") {
			return
		}
		if valid := json.Valid([]byte(text)); valid != (err == nil) {
			t.Fatalf("encoding/json says %v, the decoder %v", valid, err)
		}
		if err == nil && got.fault.Status == "" && !strings.Contains(text, "base64") {
			compareWithJSON(t, text, &got.event)
		}
	})
}

// compareWithJSON reads an accepted event by encoding/json and compares the results.
func compareWithJSON(t *testing.T, text string, got *tsdb.UsageEvent) {
	t.Helper()
	var plain map[string]any // not a struct: its fields would match in any case of letters
	numbers := json.NewDecoder(strings.NewReader(text))
	numbers.UseNumber()
	if err := numbers.Decode(&plain); err != nil {
		t.Fatalf("accepted what encoding/json refuses: %v", err)
	}
	word := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }
	data, _ := plain["data"].(map[string]any)
	count := func(name string) (n int64) {
		if number, ok := data[name].(json.Number); ok {
			var err error
			if n, err = number.Int64(); err != nil {
				t.Fatalf("accepted %s as a whole number", number)
			}
		}
		return n
	}
	key := func(m map[string]any, kind IDKind, name string) int64 {
		if _, given := m[name].(string); !given {
			return 0
		}
		if key, ok := testKey(kind, word(m, name)); ok {
			return key
		}
		return -1
	}
	want := tsdb.UsageEvent{Source: word(plain, "source"), ID: word(plain, "id"), Runs: count("runs"), InputTokens: count("inputTokens"),
		OutputTokens: count("outputTokens"), DeploymentID: key(data, DeploymentID, "deploymentId"), ReservationID: key(data, ReservationID, "reservationId"),
		AccountID: key(plain, AccountID, "account")}
	want.Time, _ = billing.ParseInstant(word(plain, "time"))
	subject := word(plain, "subject")
	plain["subject"] = subject
	switch word(plain, "type") {
	case TypeToolRun:
		want.Kind, want.ResourceID = tsdb.ToolRun, key(plain, ToolID, "subject")
		if _, given := data["runs"].(json.Number); !given {
			want.Runs = 1
		}
	case TypeInference:
		want.Kind, want.ResourceID = tsdb.Inference, key(plain, ModelID, "subject")
	}
	have := *got
	have.Source, have.ID = strings.ToValidUTF8(string([]rune(have.Source)), ""), strings.ToValidUTF8(string([]rune(have.ID)), "")
	if !have.Time.Equal(want.Time) {
		t.Fatalf("time %v, want %v", have.Time, want.Time)
	}
	have.Time, have.Attribution = want.Time, tsdb.Attribution{} // which has tests of its own
	if !reflect.DeepEqual(have, want) {
		t.Fatalf("got %+v\nwant %+v", have, want)
	}
}

func BenchmarkDecode(b *testing.B) {
	d := newDecoder(testKey, anyAccount)
	b.SetBytes(int64(len(hot)))
	b.ReportAllocs()
	for b.Loop() {
		var it item
		s := scanner{text: hot}
		if err := d.event(&s, &it); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeByEncodingJSON(b *testing.B) {
	type event struct {
		SpecVersion, Type, Source, ID, Subject, Account, DataContentType string
		Time                                                             time.Time
		Data                                                             struct {
			Runs, InputTokens, OutputTokens int64
			DeploymentID, ReservationID     string
		}
	}
	b.SetBytes(int64(len(hot)))
	b.ReportAllocs()
	for b.Loop() {
		var e event
		if err := json.Unmarshal([]byte(hot), &e); err != nil {
			b.Fatal(err)
		}
	}
}
