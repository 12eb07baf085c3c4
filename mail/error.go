package mail

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
)

// DeliveryError says why an e-mail was not delivered, and whether it can be delivered later.
type DeliveryError struct {
	// Step is where the delivery failed: compose, connect, greeting, hello, starttls, auth, from, to, data or content.
	Step string
	// Permanent means that another attempt with the same e-mail is pointless.
	Permanent bool
	// Code is the relay's reply code, 0 if it did not reply.
	Code int
	// Reply is what the relay said, or what went wrong on the way: one line, without the password.
	Reply string

	cause error // for errors.Is and errors.As; nil for a reply of the relay, which may quote the password
}

// Error returns one line without the password.
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

// Unwrap returns the cause of a failure on the way, such as context.DeadlineExceeded.
func (e *DeliveryError) Unwrap() error { return e.cause }

// IsPermanent reports whether err, from Render or Send, would occur in every further attempt with the same e-mail.
func IsPermanent(err error) bool {
	var d *DeliveryError
	if errors.As(err, &d) {
		return d.Permanent
	}
	return errors.Is(err, ErrData) || errors.Is(err, ErrKind)
}

// failure classifies err at a step. A 5xx reply is permanent only if it is about the e-mail. While the connection is being set up, or if it
// is about authentication or the sender, which all e-mails share, it concerns the relay or our configuration, and no e-mail must be lost
// because of that.
func (s *Sender) failure(step string, err error) *DeliveryError {
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return &DeliveryError{Step: step, Reply: s.redact(err.Error()), cause: err}
	}
	permanent := reply.Code >= 500 && reply.Code < 600 && aboutMail(step) && !aboutAuth(reply.Code)
	return &DeliveryError{Step: step, Permanent: permanent, Code: reply.Code, Reply: s.redact(reply.Msg)}
}

func aboutMail(step string) bool {
	return step == stepTo || step == stepData || step == stepContent
}

// aboutAuth reports whether a code of RFC 4954 asks for a login or refuses one.
func aboutAuth(code int) bool { return code == 530 || code == 534 || code == 535 || code == 538 }

// maxReply bounds how much of a relay's reply is kept, in runes.
const maxReply = 300

// redact makes a relay's text suitable for logs: one line, bounded, without the password in any form in which we sent it.
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
