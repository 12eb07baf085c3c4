package mail

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
)

// DeliveryError tells why a mail was not delivered, and whether the same mail can be delivered later.
type DeliveryError struct {
	// Step is where it failed: compose, connect, greeting, hello, starttls, auth, from, to, data or content.
	Step string
	// Permanent means that another attempt with the same mail is pointless.
	Permanent bool
	// Code is the relay's reply code, 0 if it did not reply.
	Code int
	// Reply is what the relay said or what went wrong on the way: one line, without the password.
	Reply string

	cause error // what errors.Is and errors.As see; nil for a reply of the relay, which may quote the password
}

// Error is one line without the password.
func (e *DeliveryError) Error() string {
	kind := "temporary"
	if e.Permanent {
		kind = "permanent"
	}
	if e.Code != 0 {
		return fmt.Sprintf("smtp %s: %s failure %d: %s", e.Step, kind, e.Code, e.Reply)
	}
	return fmt.Sprintf("smtp %s: %s failure: %s", e.Step, kind, e.Reply)
}

// Unwrap gives the cause of a failure on the way, such as context.DeadlineExceeded.
func (e *DeliveryError) Unwrap() error { return e.cause }

// IsPermanent reports whether err, from Render or Send, stays for every further attempt with the same mail.
func IsPermanent(err error) bool {
	var d *DeliveryError
	if errors.As(err, &d) {
		return d.Permanent
	}
	return errors.Is(err, ErrData) || errors.Is(err, ErrKind)
}

// failure classifies err at a step. A 5xx reply is permanent only where it is about the mail: while the connection is
// being set up, or when it is about authentication, it is about the relay or our configuration, and a mail must not be
// lost to that (Postfix, too, treats such replies as soft).
func (s *Sender) failure(step string, err error) *DeliveryError {
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return &DeliveryError{Step: step, Reply: s.redact(err.Error()), cause: err}
	}
	permanent := reply.Code >= 500 && reply.Code < 600 && aboutMail(step) && !aboutAuth(reply.Code)
	return &DeliveryError{Step: step, Permanent: permanent, Code: reply.Code, Reply: s.redact(reply.Msg)}
}

func aboutMail(step string) bool {
	return step == stepFrom || step == stepTo || step == stepData || step == stepContent
}

// aboutAuth tells the codes of RFC 4954 that ask for, or refuse, a login.
func aboutAuth(code int) bool { return code == 530 || code == 534 || code == 535 || code == 538 }

// maxReply bounds what is kept of a relay's reply, in runes.
const maxReply = 300

// redact makes a relay's text fit for logs: one line, bounded, without the password in any form that we sent it in.
func (s *Sender) redact(text string) string {
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, "*****")
	}
	return shorten(clean(text), maxReply)
}

func secretsOf(c Config) []string {
	if c.Password == "" {
		return nil
	}
	plain := "\x00" + c.Username + "\x00" + c.Password
	return []string{
		base64.StdEncoding.EncodeToString([]byte(plain)),
		base64.StdEncoding.EncodeToString([]byte(c.Password)),
		c.Password,
	}
}
