package graph

import (
	"encoding/base64"
	"math"
	"strings"
	"testing"
)

func kinds() []Kind {
	return []Kind{
		KindAccount, KindAPIToken, KindAuditEntry, KindDeployment, KindEmail, KindFineTuningJob, KindGrant, KindGuardrail,
		KindMember, KindModel, KindPlan, KindReservation, KindScript, KindStatement, KindTool,
	}
}

func TestIDsComeBack(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		for _, want := range []ID{
			{kind, 1, ""}, {kind, math.MaxInt64, ""}, {kind, 7, "3"}, {kind, 7, "auth0|a:b/ü"}, {kind, 7, strings.Repeat("𝄞", 200)},
		} {
			got, ok := DecodeID(want.String())
			if !ok || got != want {
				t.Errorf("%+v came back as %+v, %v", want, got, ok)
			}
		}
	}
}

func TestKeyOf(t *testing.T) {
	t.Parallel()
	if key, ok := KeyOf(KindTool, EncodeID(KindTool, 42)); !ok || key != 42 {
		t.Errorf("%d, %v", key, ok)
	}
	for name, id := range map[string]string{
		"other kind": EncodeID(KindModel, 42),
		"with part":  ID{KindTool, 42, "1"}.String(),
		"malformed":  "42",
	} {
		if key, ok := KeyOf(KindTool, id); ok || key != 0 {
			t.Errorf("%s: %d", name, key)
		}
	}
}

func TestDecodeIDRefuses(t *testing.T) {
	t.Parallel()
	encode := base64.RawURLEncoding.EncodeToString
	for name, id := range map[string]string{
		"empty":        "",
		"not base64":   "!!!!",
		"padded":       base64.URLEncoding.EncodeToString([]byte("Account:12")),
		"no colon":     encode([]byte("Account1")),
		"no number":    encode([]byte("Account:")),
		"zero":         encode([]byte("Account:0")),
		"negative":     encode([]byte("Account:-1")),
		"leading zero": encode([]byte("Account:01")),
		"plus":         encode([]byte("Account:+1")),
		"empty part":   encode([]byte("Account:1:")),
		"too large":    encode([]byte("Account:9223372036854775808")),
		"line end":     EncodeID(KindTool, 1) + "\n",
		"very long":    encode([]byte("Account:1:" + strings.Repeat("1", 1<<20))),
		"no text":      encode([]byte("Member:1:a\x00")),
		"no UTF-8":     encode([]byte("Member:1:\xff")),
		"loose bits":   EncodeID(KindAccount, 12)[:13] + "z",
	} {
		if id, ok := DecodeID(id); ok {
			t.Errorf("%s: %+v", name, id)
		}
	}
}

func FuzzDecodeID(f *testing.F) {
	f.Add(EncodeID(KindAccount, 1))
	f.Add(ID{KindMember, 7, "auth0|a:b"}.String())
	f.Add(ID{KindMember, 7, "\x00\xff"}.String())
	f.Fuzz(func(t *testing.T, opaque string) {
		if id, ok := DecodeID(opaque); ok && id.String() != opaque {
			t.Fatalf("%q names %+v, whose id is %q", opaque, id, id.String())
		}
	})
}
