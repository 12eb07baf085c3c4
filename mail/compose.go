package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// Envelope is one e-mail to one recipient.
type Envelope struct {
	// MessageID is "unique@domain", with or without angle brackets. A resend uses the same one, so that it can be recognised.
	MessageID string
	// To is the recipient, "name@example.org" or "Name <name@example.org>".
	To string
	// ReplyTo is the address for replies, in the form of To; empty: they go to the sender.
	ReplyTo string
	// Subject is one line of any script; it is encoded as needed.
	Subject string
	// Text and HTML are the two forms of the content. HTML may be empty.
	Text, HTML string
	// Date is when the e-mail's cause occurred; it is the same in a resend.
	Date time.Time
	// Headers are additional headers. Those that Send writes itself are refused.
	Headers map[string]string
}

// composed is an e-mail as it is sent over the wire.
type composed struct {
	from, to string // bare addresses
	content  []byte
}

// compose writes the e-mail. The same envelope always gives the same bytes.
func compose(from *mail.Address, e Envelope) (composed, error) {
	to, err := parseAddress(e.To)
	if err != nil {
		return composed{}, fmt.Errorf("to: %w", err)
	}
	reply, err := replyTo(e.ReplyTo)
	if err != nil {
		return composed{}, fmt.Errorf("reply-to: %w", err)
	}
	id := strings.TrimSuffix(strings.TrimPrefix(e.MessageID, "<"), ">")
	if err := checkEnvelope(id, e); err != nil {
		return composed{}, err
	}
	var content bytes.Buffer
	if _, err := message(from, to, reply, id, e).WriteTo(&content); err != nil {
		return composed{}, err
	}
	return composed{from: from.Address, to: to.Address, content: content.Bytes()}, nil
}

// replyTo reads the address for replies; nil for none. An address beyond ASCII is left out: a header with it requires SMTPUTF8 at every
// relay, and an e-mail must not be lost for that.
func replyTo(text string) (*mail.Address, error) {
	if text == "" {
		return nil, nil
	}
	a, err := parseAddress(text)
	if err != nil || !isPrintableASCII(a.Address) {
		return nil, err
	}
	return a, nil
}

func message(from, to, reply *mail.Address, id string, e Envelope) *gomail.Msg {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary(boundary(id)))
	m.FromMailAddress(from)
	m.ToMailAddress(to)
	if reply != nil {
		m.ReplyToMailAddress(reply)
	}
	m.Subject(e.Subject)
	m.SetMessageIDWithValue(id)
	m.SetDateWithValue(e.Date.UTC())
	// RFC 3834: out-of-office replies should not answer this e-mail.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	for name, value := range e.Headers {
		m.SetGenHeader(gomail.Header(textproto.CanonicalMIMEHeaderKey(name)), value)
	}
	m.SetBodyString(gomail.TypeTextPlain, e.Text)
	if e.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, e.HTML)
	}
	return m
}

// boundary derives the boundary from the message id instead of chance, so that a resend is the same byte for byte.
func boundary(id string) string {
	sum := sha256.Sum256([]byte(id))
	return "part-" + hex.EncodeToString(sum[:16])
}

func checkEnvelope(id string, e Envelope) error {
	local, domain, ok := strings.Cut(id, "@")
	switch {
	case !ok || local == "" || domain == "" || strings.ContainsAny(id, " <>\t") || strings.Contains(domain, "@") || !isPrintableASCII(id):
		return errors.New("message id: not unique@domain")
	case hasControl(e.Subject):
		return errors.New("subject: control character")
	case e.Text == "":
		return errors.New("text: empty")
	case e.Date.IsZero():
		return errors.New("date: missing")
	}
	return checkHeaders(e.Headers)
}

func checkHeaders(headers map[string]string) error {
	for name, value := range headers {
		if !isHeaderName(name) || isOwnHeader(name) {
			return fmt.Errorf("header %q: not allowed", name)
		}
		if hasControl(value) {
			return fmt.Errorf("header %q: control character", name)
		}
	}
	return nil
}

func isOwnHeader(name string) bool {
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "From", "To", "Cc", "Bcc", "Sender", "Reply-To", "Subject", "Date", "Message-Id", "Mime-Version", "Auto-Submitted",
		"Content-Type", "Content-Transfer-Encoding":
		return true
	}
	return false
}

func isHeaderName(name string) bool {
	for _, r := range name {
		if r <= ' ' || r >= 0x7f || r == ':' {
			return false
		}
	}
	return name != ""
}

func isPrintableASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) < 0
}

func hasControl(s string) bool { return strings.IndexFunc(s, unicode.IsControl) >= 0 }
