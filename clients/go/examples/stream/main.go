// Command stream asks a model that answers in a stream, for a customer whose credits must cover it: it reserves what the answer may cost
// at most, shows the text as it comes, and settles what was used.
//
//	USAGEGRAPH_URL=http://localhost:8080 USAGEGRAPH_TOKEN=… MODEL_URL=http://localhost:11434/v1/chat/completions go run ./examples/stream acme gpt-5 "Why is the sky blue?"
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	usagegraph "github.com/usagegraph/usagegraph/clients/go"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "say the customer, the model and the question")
		os.Exit(2)
	}
	g := gateway{usage: &usagegraph.Client{URL: os.Getenv("USAGEGRAPH_URL"), Token: os.Getenv("USAGEGRAPH_TOKEN")}, model: os.Getenv("MODEL_URL"), out: os.Stdout}
	if err := g.answer(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// gateway stands between customers and a model that speaks the protocol of chat completions.
type gateway struct {
	usage *usagegraph.Client
	model string // URL of the model's endpoint
	out   io.Writer
}

// mostCredits is what an answer may cost at most.
const mostCredits = "0.05"

func (g gateway) answer(ctx context.Context, customer, model, question string) error {
	call := fmt.Sprintf("call-%d", time.Now().UnixNano())
	reserved, err := g.usage.ReserveUsage(ctx, usagegraph.ReserveUsageVariables{Input: usagegraph.ReserveUsageInput{
		AccountID: usagegraph.Own("account", customer), Meter: usagegraph.MeterModelCredits, Amount: mostCredits, IdempotencyKey: call}})
	if err != nil {
		return err // *usagegraph.Refused where the balance does not cover it
	}
	began := time.Now()
	used, err := g.stream(ctx, model, question)
	// What was used is settled also where the stream broke off, or whoever asked has gone.
	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	id, source, of := call, "gateway", usagegraph.Own("model", model)
	if _, settleErr := g.usage.SettleReservation(settling, usagegraph.SettleReservationVariables{Input: usagegraph.SettleReservationInput{
		ReservationID: reserved.ReserveUsage.Reservation.ID,
		Events: []usagegraph.UsageEventInput{{Source: &source, ID: &id, Time: &began, ModelID: &of,
			InputTokens: &used.Input, OutputTokens: &used.Output, CacheReadTokens: &used.Details.Cached}}}}); settleErr != nil {
		return settleErr
	}
	return err
}

// tokens are what the model says at the end of its stream.
type tokens struct {
	Input   int64 `json:"prompt_tokens"`
	Output  int64 `json:"completion_tokens"`
	Details struct {
		Cached int64 `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
}

// stream shows the model's answer as it comes. Where the stream breaks off before it tells what was used, that is estimated: about four
// characters a token.
func (g gateway) stream(ctx context.Context, model, question string) (tokens, error) {
	used := tokens{Input: int64(len(question)/4 + 1)}
	body, err := json.Marshal(map[string]any{"model": model, "stream": true, "stream_options": map[string]any{"include_usage": true},
		"messages": []map[string]string{{"role": "user", "content": question}}})
	if err != nil {
		return used, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.model, bytes.NewReader(body))
	if err != nil {
		return used, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return tokens{}, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return tokens{}, fmt.Errorf("the model answers %s", res.Status)
	}
	shown := 0
	for lines := bufio.NewScanner(res.Body); ; {
		if !lines.Scan() {
			return used, io.ErrUnexpectedEOF
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if data == "[DONE]" {
			return used, nil
		}
		var chunk struct {
			Choices []struct{ Delta struct{ Content string } }
			Usage   *tokens
		}
		if err := json.Unmarshal([]byte(data), &chunk); err != nil {
			return used, err
		}
		for _, c := range chunk.Choices {
			fmt.Fprint(g.out, c.Delta.Content)
			shown += len(c.Delta.Content)
		}
		used.Output = int64(shown/4 + 1)
		if chunk.Usage != nil {
			used = *chunk.Usage
		}
	}
}
