package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/mail/mailtest"
)

// crossed returns an account with a billing contact that has just used half of its runs, and its master admin's token.
func (r *running) crossed(name string) (id, master string) {
	r.t.Helper()
	platform := r.token(auth.Platform, 0, nil)
	id = r.account(platform, name)
	key, _ := accountKey(id)
	master = r.token(auth.MasterAdmin, key, nil)
	r.ask(master, `mutation($i:SetBillingContactsInput!){setBillingContacts(input:$i){userErrors{code}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "emails": []string{"books@example.org"}}})
	tool := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}}).at("registerTool.tool.id")
	a := r.ask(platform, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status}}}`, map[string]any{"i": map[string]any{"accountId": id,
		"events": []any{map[string]any{"source": "s", "id": "1", "time": "2026-01-01T00:00:00Z", "toolId": tool, "runs": 5_000}}}})
	if !strings.Contains(a.body, "STORED") {
		r.t.Fatal(a.body)
	}
	return id, master
}

// mailRow is an e-mail as `emails` shows it.
type mailRow struct{ recipient, state, error, messageID, subject, text, html string }

// mails returns an account's e-mails, by recipient.
func (r *running) mails(master string) []mailRow {
	r.t.Helper()
	a := r.ask(master, `{account{emails{edges{node{recipient state lastError messageId subject text html}}}}}`, nil)
	edges, _ := a.at("account.emails.edges").([]any)
	var rows []mailRow
	for _, edge := range edges {
		n := edge.(map[string]any)["node"].(map[string]any)
		text := func(field string) string { s, _ := n[field].(string); return s }
		rows = append(rows, mailRow{text("recipient"), text("state"), text("lastError"), text("messageId"), text("subject"), text("text"), text("html")})
	}
	slices.SortFunc(rows, func(x, y mailRow) int { return strings.Compare(x.recipient, y.recipient) })
	return rows
}

func states(rows []mailRow) string {
	var out []string
	for _, row := range rows {
		out = append(out, row.state)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// From usage to an e-mail at a relay that requires STARTTLS and a password: one message to each recipient. The one that the relay refuses
// for good is DEAD, in `emails` and in the metric.
func TestMailsOfAServerWithARelay(t *testing.T) {
	t.Parallel()
	relay := mailtest.Start(t, mailtest.Options{TLS: mail.StartTLS, Username: "ug", Password: "secret",
		Behave: mailtest.Sequence(mailtest.Refuse(mailtest.Rcpt, 550))})
	r := start(t, func(c *config) { c.smtp = relay.Config() })
	_, master := r.crossed("acme")
	waitFor(t, func() bool { return states(r.mails(master)) == "DEAD SENT" })
	rows := r.mails(master)
	if rows[0].recipient != "acme@example.org" || rows[1].recipient != "books@example.org" {
		t.Errorf("%+v", rows)
	}
	for _, row := range rows {
		switch {
		case row.state == "DEAD" && !strings.Contains(row.error, "550"):
			t.Errorf("a dead one does not say why: %q", row.error)
		case row.state == "SENT" && relay.Wait(t, 1)[0].Header(t, "Message-Id") != row.messageID:
			t.Errorf("sent with %q, `emails` says %q", relay.Messages()[0].Header(t, "Message-Id"), row.messageID)
		}
		if strings.Contains(fmt.Sprint(row), "secret") {
			t.Errorf("the password shows: %+v", row)
		}
	}
	if _, domain, _ := strings.Cut(mailtest.From, "@"); !strings.HasSuffix(rows[0].messageID, "@"+strings.TrimSuffix(domain, ">")+">") {
		t.Errorf("Message-ID %q", rows[0].messageID)
	}
	if n := len(relay.Messages()); n != 1 {
		t.Errorf("%d messages", n)
	}
	waitFor(t, func() bool {
		metrics := r.get("/metrics").body
		return strings.Contains(metrics, `usagegraph_emails{state="DEAD"} 1`) && strings.Contains(metrics, `usagegraph_emails{state="SENT"} 1`)
	})
}

// A relay is greeted with the machine's name only if others can make sense of it; the sender otherwise gives an address.
func TestHowARelayIsGreeted(t *testing.T) {
	t.Parallel()
	for machine, want := range map[string]string{"usage.acme.example": "usage.acme.example", "usage.acme.example.": "usage.acme.example", "3f2a9c1b": "", "localhost": "", "localhost.localdomain": "", "mac.local": "", "": ""} {
		if got := greeting(mail.Config{}, func() (string, error) { return machine, nil }).HelloName; got != want {
			t.Errorf("%q greets with %q", machine, got)
		}
	}
	set := greeting(mail.Config{HelloName: "mx.acme.example"}, func() (string, error) { return "usage.acme.example", nil })
	if set.HelloName != "mx.acme.example" {
		t.Errorf("the setting yields to the machine's name: %q", set.HelloName)
	}
	if got := greeting(mail.Config{}, func() (string, error) { return "a.b", errors.New("none") }).HelloName; got != "" {
		t.Errorf("a machine that does not know its name greets with %q", got)
	}
}

// logged is a log that may be read while it is written.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Without a relay the server says at its start that it sends nothing, and e-mails can be read.
func TestMailsOfAServerWithoutARelay(t *testing.T) {
	t.Parallel()
	log := &logged{}
	r := start(t, func(c *config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	waitFor(t, func() bool { return strings.Contains(log.String(), "no SMTP relay is configured") })
	_, master := r.crossed("acme")
	rows := r.mails(master)
	if states(rows) != "STORED STORED" {
		t.Fatalf("%+v", rows)
	}
	for _, row := range rows {
		if !strings.Contains(row.subject, "50% of tool runs used") || !strings.Contains(row.text, "5,000") || !strings.Contains(row.html, "<html") || row.error != "" {
			t.Errorf("%+v", row)
		}
	}
}
