package usagegraph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxAnswer bounds what is read of an answer: bytes.
const maxAnswer = 64 << 20

// Client asks one server. It is safe for concurrent use; its fields are not changed once it is in use.
type Client struct {
	// URL is where the server is, such as https://usage.example.com. Required.
	URL string
	// Token is an API token. Required.
	Token string
	// HTTP sends the requests; nil: a client with a time-out of 30 seconds.
	HTTP *http.Client
	// Attempts is how often an operation is tried while the server is away or overloaded; 0: 6, over some 10 seconds.
	Attempts int
}

var defaultHTTP = &http.Client{Timeout: 30 * time.Second}

// ErrorCode is the code of an error, such as FORBIDDEN; "" for an error of another kind.
func ErrorCode(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Error is an answer that an operation failed as a whole.
type Error struct {
	Code       string // such as FORBIDDEN, INVALID, THROTTLED
	Message    string // a sentence for a person
	RequestID  string
	RetryAfter time.Duration // 0: a repeat does not help, or the server does not say when it does
}

// Error implements error.
func (e *Error) Error() string { return "usagegraph: " + e.Code + ": " + e.Message }

// isPassing reports whether the same request may be answered later.
func (e *Error) isPassing() bool {
	switch e.Code {
	case "OVERLOADED", "UNAVAILABLE", "THROTTLED", "SHUTTING_DOWN", "TIMEOUT":
		return true
	}
	return false
}

// Refused is why a mutation changed nothing: what stands in its userErrors.
type Refused struct{ Errors []UserRefusal }

// UserRefusal is one reason why nothing was changed.
type UserRefusal struct {
	Code    string   `json:"code"`
	Message string   `json:"message"` // a sentence for a person
	Field   []string `json:"field"`   // path of the input field at fault; nil: none is
}

// Error implements error.
func (r *Refused) Error() string {
	texts := make([]string, len(r.Errors))
	for i, e := range r.Errors {
		texts[i] = e.Code + ": " + e.Message
	}
	return "usagegraph: refused: " + strings.Join(texts, "; ")
}

// Query sends a query of one's own and reads its data into out. It is sent again while the server is away or overloaded.
func (c *Client) Query(ctx context.Context, document string, variables, out any) error {
	return c.do(ctx, document, variables, out, true)
}

// Mutate sends a mutation of one's own and reads its data into out. repeatable says that it may be sent again while it is not known what
// became of it, because it has an idempotency key or changes nothing the second time. What it refuses in userErrors is a *Refused.
func (c *Client) Mutate(ctx context.Context, document string, variables, out any, repeatable bool) error {
	return c.do(ctx, document, variables, out, repeatable)
}

// do sends an operation, again and again where that may help.
func (c *Client) do(ctx context.Context, document string, variables, out any, repeatable bool) error {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return err
	}
	most := c.Attempts
	if most <= 0 {
		most = 6
	}
	for n := 1; ; n++ {
		data, err := c.once(ctx, body)
		if err == nil {
			return decode(document, data, out)
		}
		var told *Error
		passing := !errors.As(err, &told) || told.isPassing()
		if told != nil && told.Code == "UNAVAILABLE" || told == nil {
			passing = passing && repeatable // what became of it is not known
		}
		if !passing || n >= most || ctx.Err() != nil {
			return err
		}
		var asked time.Duration
		if told != nil {
			asked = told.RetryAfter
		}
		if wait(ctx, pause(n, asked)) != nil {
			return err
		}
	}
}

// decode reads an operation's data, and what a mutation refused.
func decode(document string, data json.RawMessage, out any) error {
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			return fmt.Errorf("usagegraph: read the answer: %w", err)
		}
	}
	var payloads map[string]struct {
		UserErrors []UserRefusal `json:"userErrors"`
	}
	if !strings.HasPrefix(strings.TrimSpace(document), "mutation") || json.Unmarshal(data, &payloads) != nil {
		return nil
	}
	for _, p := range payloads {
		if len(p.UserErrors) > 0 {
			return &Refused{p.UserErrors}
		}
	}
	return nil
}

// once sends an operation once. An error that is no *Error says that the server did not answer.
func (c *Client) once(ctx context.Context, body []byte) (json.RawMessage, error) {
	res, err := c.post(ctx, "/graphql", "application/json", body)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct {
				Code       string
				RetryAfter float64
				RequestID  string
			}
		}
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&answer); err != nil {
		switch {
		case res.StatusCode >= 500:
			return nil, fmt.Errorf("usagegraph: answered %d", res.StatusCode)
		case brokeOff(err):
			return nil, fmt.Errorf("usagegraph: the answer broke off: %w", err)
		}
		return nil, &Error{Code: "BAD_ANSWER", Message: fmt.Sprintf("status %d, and no JSON", res.StatusCode)}
	}
	if len(answer.Errors) > 0 {
		e := answer.Errors[0]
		after := time.Duration(e.Extensions.RetryAfter * float64(time.Second))
		return nil, &Error{Code: e.Extensions.Code, Message: e.Message, RequestID: e.Extensions.RequestID, RetryAfter: max(after, retryAfter(res.Header))}
	}
	return answer.Data, nil
}

// brokeOff reports whether an answer could not be read to its end, so that nobody knows what it said.
func brokeOff(err error) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	return !errors.As(err, &syntax) && !errors.As(err, &kind) && !errors.Is(err, io.EOF)
}

// post sends a body. The caller closes the answer's.
func (c *Client) post(ctx context.Context, path, mediaType string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Content-Type", mediaType)
	req.Header.Set("User-Agent", "usagegraph-go/"+Version)
	client := c.HTTP
	if client == nil {
		client = defaultHTTP
	}
	return client.Do(req)
}
