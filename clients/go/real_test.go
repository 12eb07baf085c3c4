//go:build real

package usagegraph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	usagegraph "github.com/usagegraph/usagegraph/clients/go"
)

// control kills or starts the server.
func control(t *testing.T, what string) {
	res, err := http.Post(os.Getenv("CONTROL_URL")+"/"+what, "", nil)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Errorf("%s: %d", what, res.StatusCode)
	}
}

func client() *usagegraph.Client {
	return &usagegraph.Client{URL: os.Getenv("USAGEGRAPH_URL"), Token: os.Getenv("USAGEGRAPH_TOKEN"), Attempts: 20}
}

// prepare makes an account with a tool and a model, as often as one likes.
func prepare(ctx context.Context, c *usagegraph.Client, account string) error {
	if _, err := c.UpsertAccount(ctx, usagegraph.UpsertAccountVariables{Input: usagegraph.UpsertAccountInput{ExternalID: account, Name: "Account " + account}}); err != nil {
		return err
	}
	deployed := usagegraph.ToolStatusDeployed
	if _, err := c.UpsertTool(ctx, usagegraph.UpsertToolVariables{Input: usagegraph.UpsertToolInput{AccountID: usagegraph.Own("account", account),
		ExternalID: "search", Name: "Search", OwnerName: "platform", Status: &deployed}}); err != nil {
		return err
	}
	_, err := c.UpsertModel(ctx, usagegraph.UpsertModelVariables{Input: usagegraph.UpsertModelInput{AccountID: usagegraph.Own("account", account), ExternalID: "m", Name: "Model"}})
	return err
}

// The server is killed while events are on their way, while they are handed over, and before it is asked; in the end its books are ours.
func TestRealKills(t *testing.T) {
	c := client()
	if err := prepare(t.Context(), c, "go"); err != nil {
		t.Fatal(err)
	}
	s, err := usagegraph.NewSender(c, usagegraph.SenderConfig{Source: "real", Dir: os.Getenv("SPOOL"), MaxBatch: 50, MaxPending: 200, MaxWait: 20 * time.Millisecond,
		OnRefused: func(event json.RawMessage, r usagegraph.Result) { t.Errorf("refused: %+v %s", r, event) }})
	if err != nil {
		t.Fatal(err)
	}
	var runs, micro int64
	account := usagegraph.Own("account", "go")
	for n := range int64(3000) {
		switch n {
		case 700, 1900:
			control(t, "kill")
		case 1400, 2400:
			control(t, "start")
		}
		e := usagegraph.Event{Account: account, Tool: usagegraph.Own("tool", "search"), Runs: 1 + n%3}
		if n%2 == 1 {
			e = usagegraph.Event{Account: account, Model: usagegraph.Own("model", "m"), InputTokens: 100 + n, OutputTokens: 10 + n}
			micro += (500_000*e.InputTokens + 1_500_000*e.OutputTokens + 500_000) / 1_000_000
		}
		runs += e.Runs
		if _, err := s.Send(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := s.Close(ctx); err != nil || s.Pending() != 0 {
		t.Fatalf("%v, %d pending", err, s.Pending())
	}
	control(t, "kill")
	back := make(chan struct{})
	go func() { // the question waits for it
		defer close(back)
		control(t, "start")
	}()
	support := &usagegraph.Client{URL: c.URL, Token: os.Getenv("SUPPORT_TOKEN"), Attempts: 20}
	status, err := support.CreditStatus(t.Context(), usagegraph.CreditStatusVariables{AccountID: account})
	if err != nil {
		t.Fatal(err)
	}
	<-back
	used := status.Account.CreditStatus
	if used.Runs.Used != strconv.FormatInt(runs, 10) || millionths(used.Credits.Used) != micro {
		t.Errorf("the server has %s runs and %s credits, we have %d and %d µ", used.Runs.Used, used.Credits.Used, runs, micro)
	}
}

// millionths reads an exact decimal.
func millionths(text string) int64 {
	whole, part, _ := strings.Cut(text, ".")
	n, _ := strconv.ParseInt(whole+(part + "000000")[:6], 10, 64)
	return n
}

// Refusals are reported by type and not tried again.
func TestRealRefusals(t *testing.T) {
	c := client()
	_, err := c.UpsertTool(t.Context(), usagegraph.UpsertToolVariables{Input: usagegraph.UpsertToolInput{AccountID: usagegraph.Own("account", "nobody"), ExternalID: "x", Name: "X", OwnerName: "x"}})
	if _, is := err.(*usagegraph.Refused); !is {
		t.Errorf("an account that is not there: %v", err)
	}
	wrong := &usagegraph.Client{URL: c.URL, Token: "wrong"}
	if _, err := wrong.RateCard(t.Context(), usagegraph.RateCardVariables{}); usagegraph.ErrorCode(err) != "UNAUTHENTICATED" {
		t.Errorf("a wrong token: %v", err)
	}
	if err := c.Query(t.Context(), "{ nothing }", nil, nil); usagegraph.ErrorCode(err) != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("a wrong document: %v", err)
	}
	if err := prepare(t.Context(), c, "refusals"); err != nil {
		t.Fatal(err)
	}
	var told []string
	s, err := usagegraph.NewSender(c, usagegraph.SenderConfig{Source: "real", OnRefused: func(_ json.RawMessage, r usagegraph.Result) { told = append(told, r.Code) }})
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"unknown", "search"} {
		if _, err := s.Send(t.Context(), usagegraph.Event{Account: usagegraph.Own("account", "refusals"), Tool: usagegraph.Own("tool", tool)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(t.Context()); err != nil || fmt.Sprint(told) != "[UNKNOWN_TOOL]" {
		t.Errorf("%v, told %v", err, told)
	}
}
