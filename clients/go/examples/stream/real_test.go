//go:build real

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	usagegraph "github.com/usagegraph/usagegraph/clients/go"
)

// screen is what a person sees.
type screen struct {
	strings.Builder
	whole chan struct{} // each time that the last word has come
}

func (s *screen) Write(text []byte) (int, error) {
	if strings.HasSuffix(string(text), "Rayleigh.") {
		s.whole <- struct{}{}
	}
	return s.Builder.Write(text)
}

// A stream is settled with what the model says it used, one that breaks off with what came, and nothing stays reserved.
func TestRealStream(t *testing.T) {
	c := &usagegraph.Client{URL: os.Getenv("USAGEGRAPH_URL"), Token: os.Getenv("USAGEGRAPH_TOKEN")}
	if _, err := c.UpsertAccount(t.Context(), usagegraph.UpsertAccountVariables{Input: usagegraph.UpsertAccountInput{ExternalID: "stream", Name: "Stream"}}); err != nil {
		t.Fatal(err)
	}
	account := usagegraph.Own("account", "stream")
	if _, err := c.UpsertModel(t.Context(), usagegraph.UpsertModelVariables{Input: usagegraph.UpsertModelInput{AccountID: account, ExternalID: "m", Name: "M"}}); err != nil {
		t.Fatal(err)
	}
	support := &usagegraph.Client{URL: c.URL, Token: os.Getenv("SUPPORT_TOKEN")}
	whole, out := true, &screen{whole: make(chan struct{}, 9)}
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, word := range []string{"Because", " of", " Rayleigh."} {
			fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":%q}}]}\n\n", word)
			w.(http.Flusher).Flush()
		}
		if !whole {
			<-out.whole // what is on its way when a connection breaks may be lost
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":374,\"completion_tokens\":44}}\n\ndata: [DONE]\n\n")
	}))
	defer model.Close()
	g := gateway{usage: c, model: model.URL, out: out}
	if err := g.answer(t.Context(), "stream", "m", "Why is the sky blue?"); err != nil || out.String() != "Because of Rayleigh." {
		t.Fatalf("%v: %s", err, out.String())
	}
	used := func() string {
		s, err := support.CreditStatus(t.Context(), usagegraph.CreditStatusVariables{AccountID: account})
		if err != nil {
			t.Fatal(err)
		}
		return s.Account.CreditStatus.Credits.Used
	}
	if got := used(); got != "0.000253" {
		t.Errorf("used %s", got)
	}
	<-out.whole
	whole = false
	if err := g.answer(t.Context(), "stream", "m", "Why is the sky blue?"); err == nil {
		t.Error("a stream that broke off is none")
	}
	if got := used(); got != "0.000265" { // 6 tokens in, 6 out: 3 + 9 µ
		t.Errorf("used %s after a stream that broke off", got)
	}
	free, err := c.Access(t.Context(), usagegraph.AccessVariables{AccountID: account, Action: usagegraph.ActionInference})
	if err != nil || free.Account.Access.Available != "74.999735" {
		t.Errorf("%+v, %v: something is still reserved", free, err)
	}
}
