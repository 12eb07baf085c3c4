package mail_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/mail/mailtest"
)

const password = "s3cret-pässword"

func sender(t *testing.T, c mail.Config) *mail.Sender {
	t.Helper()
	s, err := mail.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func envelope() mail.Envelope {
	return mail.Envelope{
		MessageID: "step-70.acme.1@example.org", To: "Ada Lovelace <ada@example.org>", Subject: "Acme & Söhne: 70% – used",
		Text: "Hällo\n.\n..dots\nend\n", HTML: "<p>Hällo</p>\n", Date: noon, Headers: map[string]string{"X-Account": "42"},
	}
}

// deliveryError checks that err is a DeliveryError and returns it.
func deliveryError(t *testing.T, err error) *mail.DeliveryError {
	t.Helper()
	var d *mail.DeliveryError
	if !errors.As(err, &d) {
		t.Fatalf("not a DeliveryError: %v", err)
	}
	return d
}

func TestSendDelivers(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Options{})
	if err := sender(t, server.Config()).Send(t.Context(), envelope()); err != nil {
		t.Fatal(err)
	}
	m := server.Wait(t, 1)[0]
	if m.From != "billing@example.org" || fmt.Sprint(m.To) != "[ada@example.org]" || m.TLS || m.User != "" {
		t.Errorf("envelope %+v", m)
	}
	for name, want := range map[string]string{
		"Message-ID": "<step-70.acme.1@example.org>", "Subject": "Acme & Söhne: 70% – used", "Auto-Submitted": "auto-generated",
		"From": `"Usagegraph" <billing@example.org>`, "To": `"Ada Lovelace" <ada@example.org>`, "X-Account": "42",
		"Date": "Sat, 14 Mar 2026 12:00:00 +0000",
	} {
		if got := m.Header(t, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if m.Text(t) != envelope().Text || m.HTML(t) != envelope().HTML {
		t.Errorf("content %q, %q", m.Text(t), m.HTML(t))
	}
}

func TestSendTextOnly(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Options{})
	e := envelope()
	e.HTML = ""
	if err := sender(t, server.Config()).Send(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	m := server.Wait(t, 1)[0]
	if m.Text(t) != e.Text || m.HTML(t) != "" {
		t.Errorf("content %q, %q", m.Text(t), m.HTML(t))
	}
}

func TestSendEncryptedAndAuthenticated(t *testing.T) {
	t.Parallel()
	for _, mode := range []mail.TLSMode{mail.StartTLS, mail.ImplicitTLS} {
		for _, mechanism := range []string{"PLAIN", "LOGIN"} {
			t.Run(string(mode)+" "+mechanism, func(t *testing.T) {
				t.Parallel()
				server := mailtest.Start(t, mailtest.Options{TLS: mode, Mechanism: mechanism, Username: "relay-user", Password: password})
				if err := sender(t, server.Config()).Send(t.Context(), envelope()); err != nil {
					t.Fatal(err)
				}
				if m := server.Wait(t, 1)[0]; !m.TLS || m.User != "relay-user" {
					t.Errorf("TLS %v, user %q", m.TLS, m.User)
				}
			})
		}
	}
}

// A relay that cannot prove its identity, or offers no encryption, gets neither password nor e-mail.
func TestSendRefusesUntrustedRelay(t *testing.T) {
	t.Parallel()
	trusting := func(s *mailtest.Server) mail.Config { c := s.Config(); c.RootCAs = x509.NewCertPool(); return c }
	for name, c := range map[string]mail.Config{
		"unknown authority, starttls": trusting(mailtest.Start(t, mailtest.Options{TLS: mail.StartTLS})),
		"unknown authority, implicit": trusting(mailtest.Start(t, mailtest.Options{TLS: mail.ImplicitTLS})),
		"no STARTTLS": func() mail.Config {
			c := mailtest.Start(t, mailtest.Options{Username: "u", Password: password}).Config()
			c.TLS = mail.StartTLS
			return c
		}(),
	} {
		d := deliveryError(t, sender(t, c).Send(t.Context(), envelope()))
		if d.Permanent || (d.Step != "starttls" && d.Step != "connect") {
			t.Errorf("%s: %v", name, d)
		}
	}
}

func TestSendRefusals(t *testing.T) {
	t.Parallel()
	cases := []struct {
		at        mailtest.Stage
		code      int
		step      string
		permanent bool
	}{
		{mailtest.Connect, 421, "greeting", false},
		{mailtest.Connect, 554, "greeting", false}, // about the relay, not about the mail
		{mailtest.Mail, 451, "from", false},
		{mailtest.Mail, 530, "from", false}, // asks for a login
		{mailtest.Mail, 553, "from", false}, // about the sender, which all mails share: a setting that somebody will put right
		{mailtest.Rcpt, 450, "to", false},
		{mailtest.Rcpt, 550, "to", true},
		{mailtest.Data, 452, "content", false},
		{mailtest.Data, 554, "content", true},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s %d", c.at, c.code), func(t *testing.T) {
			t.Parallel()
			server := mailtest.Start(t, mailtest.Options{Behave: mailtest.Sequence(mailtest.Refuse(c.at, c.code))})
			s := sender(t, server.Config())
			d := deliveryError(t, s.Send(t.Context(), envelope()))
			if d.Code != c.code || d.Step != c.step || d.Permanent != c.permanent || mail.IsPermanent(d) != c.permanent || !strings.Contains(d.Reply, "refused on request") {
				t.Errorf("%+v", d)
			}
			if n := len(server.Messages()); n != 0 {
				t.Errorf("%d mails were taken", n)
			}
			if err := s.Send(t.Context(), envelope()); err != nil {
				t.Errorf("the next attempt: %v", err)
			}
		})
	}
}

func TestSendWhenRelayDrops(t *testing.T) {
	t.Parallel()
	for _, mode := range []mail.TLSMode{mail.NoTLS, mail.StartTLS} {
		for _, at := range []mailtest.Stage{mailtest.Connect, mailtest.Mail, mailtest.Rcpt, mailtest.Data} {
			t.Run(string(mode)+" "+string(at), func(t *testing.T) {
				t.Parallel()
				server := mailtest.Start(t, mailtest.Options{TLS: mode, Behave: mailtest.Sequence(mailtest.Drop(at))})
				d := deliveryError(t, sender(t, server.Config()).Send(t.Context(), envelope()))
				if d.Permanent || d.Code != 0 {
					t.Errorf("%+v", d)
				}
				if n := len(server.Messages()); n != 0 {
					t.Errorf("%d mails were taken", n)
				}
			})
		}
	}
}

// If the relay accepted the e-mail but its answer was lost, the resend is the same e-mail, byte for byte.
func TestResendIsRecognisable(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Options{Behave: mailtest.Sequence(mailtest.Drop(mailtest.Taken))})
	s := sender(t, server.Config())
	if d := deliveryError(t, s.Send(t.Context(), envelope())); d.Permanent {
		t.Fatalf("%+v", d)
	}
	if err := s.Send(t.Context(), envelope()); err != nil {
		t.Fatal(err)
	}
	messages := server.Wait(t, 2)
	if first, second := messages[0].Header(t, "Message-ID"), messages[1].Header(t, "Message-ID"); first != second || first == "" {
		t.Errorf("Message-ID %q, then %q", first, second)
	}
	if !bytes.Equal(messages[0].Raw, messages[1].Raw) {
		t.Errorf("the resend differs:\n%s\n%s", messages[0].Raw, messages[1].Raw)
	}
}

// Once the relay has accepted the e-mail, nothing that goes wrong afterwards turns that into a failure, and so into a second e-mail.
func TestSendIgnoresTroubleAfterAcceptance(t *testing.T) {
	t.Parallel()
	relay := scripted(t, "220 hi", "250 hello", "250 from", "250 to", "354 go on", "250 taken")
	if err := sender(t, relay).Send(t.Context(), envelope()); err != nil {
		t.Errorf("%v", err)
	}
}

func TestSendWhenRelayHangs(t *testing.T) {
	t.Parallel()
	for _, mode := range []mail.TLSMode{mail.NoTLS, mail.StartTLS, mail.ImplicitTLS} {
		for _, at := range []mailtest.Stage{mailtest.Connect, mailtest.Mail, mailtest.Rcpt, mailtest.Data, mailtest.Taken} {
			t.Run(string(mode)+" "+string(at), func(t *testing.T) {
				t.Parallel()
				server := mailtest.Start(t, mailtest.Options{TLS: mode, Behave: mailtest.Sequence(mailtest.Hang(at))})
				ctx, cancel := context.WithCancel(t.Context())
				result := make(chan error, 1)
				s := sender(t, server.Config())
				go func() { result <- s.Send(ctx, envelope()) }()
				<-server.Hanging()
				cancel()
				d := deliveryError(t, <-result)
				if d.Permanent || !errors.Is(d, context.Canceled) {
					t.Errorf("%+v", d)
				}
			})
		}
	}
}

func TestSendTimeouts(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*mail.Config){
		"step":  func(c *mail.Config) { c.StepTimeout = 50 * time.Millisecond },
		"whole": func(c *mail.Config) { c.Timeout = 50 * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := mailtest.Start(t, mailtest.Options{Behave: mailtest.Sequence(mailtest.Hang(mailtest.Connect))})
			c := server.Config()
			set(&c)
			begin := time.Now()
			d := deliveryError(t, sender(t, c).Send(t.Context(), envelope()))
			if d.Permanent || !errors.Is(d, context.DeadlineExceeded) || time.Since(begin) > 5*time.Second {
				t.Errorf("after %s: %+v", time.Since(begin), d)
			}
		})
	}
}

func TestSendToNoOne(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := mail.Config{Host: "127.0.0.1", Port: port, From: mailtest.From, TLS: mail.NoTLS}
	if d := deliveryError(t, sender(t, c).Send(t.Context(), envelope())); d.Permanent || d.Step != "connect" {
		t.Errorf("%+v", d)
	}
}

// The relay quotes the password in its refusal, but no error does.
func TestPasswordStaysSecret(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Options{TLS: mail.StartTLS, Username: "relay-user", Password: "another"})
	c := server.Config()
	c.Password = password
	d := deliveryError(t, sender(t, c).Send(t.Context(), envelope()))
	if d.Step != "auth" || d.Code != 535 || d.Permanent {
		t.Errorf("%+v", d)
	}
	var unwrapped []string
	for err := error(d); err != nil; err = errors.Unwrap(err) {
		unwrapped = append(unwrapped, fmt.Sprintf("%v %+v %#v", err, err, err))
	}
	for _, text := range append(unwrapped, fmt.Sprintf("%v %+v %#v %s", c, c, c, &c)) {
		if strings.Contains(text, password) {
			t.Errorf("the password stands in %q", text)
		}
	}
	if !strings.Contains(d.Error(), "*****") {
		t.Errorf("the relay did not quote it, the test proves nothing: %v", d)
	}
}

func TestSendRefusesUnfitEnvelopes(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Options{})
	s := sender(t, server.Config())
	for name, spoil := range map[string]func(*mail.Envelope){
		"no recipient":         func(e *mail.Envelope) { e.To = "" },
		"two recipients":       func(e *mail.Envelope) { e.To = "a@example.org, b@example.org" },
		"recipient with CRLF":  func(e *mail.Envelope) { e.To = "a@example.org\r\nBcc: b@example.org" },
		"subject with CRLF":    func(e *mail.Envelope) { e.Subject = "a\r\nBcc: b@example.org" },
		"no message id":        func(e *mail.Envelope) { e.MessageID = "" },
		"message id with CRLF": func(e *mail.Envelope) { e.MessageID = "a@b\r\nBcc: c" },
		"two message ids":      func(e *mail.Envelope) { e.MessageID = "a@b> <c@d" },
		"header with CRLF":     func(e *mail.Envelope) { e.Headers = map[string]string{"X-A": "a\r\nBcc: b@example.org"} },
		"header name with LF":  func(e *mail.Envelope) { e.Headers = map[string]string{"X-A\nBcc": "b@example.org"} },
		"own header":           func(e *mail.Envelope) { e.Headers = map[string]string{"message-id": "<x@y>"} },
		"no text":              func(e *mail.Envelope) { e.Text = "" },
		"no date":              func(e *mail.Envelope) { e.Date = time.Time{} },
	} {
		e := envelope()
		spoil(&e)
		if d := deliveryError(t, s.Send(t.Context(), e)); !d.Permanent || d.Step != "compose" {
			t.Errorf("%s: %+v", name, d)
		}
	}
	if n := server.Connections(); n != 0 {
		t.Errorf("%d connections were opened", n)
	}
}

func TestSendToNonASCIIAddress(t *testing.T) {
	t.Parallel()
	e := envelope()
	e.To = "jörg@example.org"
	server := mailtest.Start(t, mailtest.Options{})
	if d := deliveryError(t, sender(t, server.Config()).Send(t.Context(), e)); !d.Permanent {
		t.Errorf("%+v", d)
	}
	relay := scripted(t, "220 hi", "250-hello\r\n250 SMTPUTF8", "250 from", "250 to", "354 go on", "250 taken", "221 bye")
	if err := sender(t, relay).Send(t.Context(), e); err != nil {
		t.Errorf("%v", err)
	}
}

// A domain beyond ASCII has a form in ASCII, which any relay takes; that it is written otherwise must not lose an e-mail.
func TestSendToADomainBeyondASCII(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Options{})
	c := server.Config()
	c.From = "Abrechnung <rechnung@bücher.example>"
	s := sender(t, c)
	e := envelope()
	e.To, e.ReplyTo = "Jörg <info@MÜLLER.example>", "hilfe@bücher.example"
	if err := s.Send(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	m := server.Wait(t, 1)[0]
	if m.From != "rechnung@xn--bcher-kva.example" || len(m.To) != 1 || m.To[0] != "info@xn--mller-kva.example" {
		t.Errorf("from %s to %s", m.From, m.To)
	}
	for name, want := range map[string]string{"From": "<rechnung@xn--bcher-kva.example>", "To": "<info@xn--mller-kva.example>", "Reply-To": "<hilfe@xn--bcher-kva.example>"} {
		if got := m.Header(t, name); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if s.Domain() != "xn--bcher-kva.example" {
		t.Errorf("Message-IDs end with %q", s.Domain())
	}
}

// A relay that takes its time with the content has taken the e-mail: who leaves before it says so sends the e-mail again.
func TestSendWaitsForTheAnswerToTheContent(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Options{Behave: func(int) mailtest.Behaviour { return mailtest.Delay(mailtest.Taken, 4*time.Second) }})
	c := server.Config()
	c.StepTimeout, c.Timeout = 3*time.Second, time.Minute
	if err := sender(t, c).Send(t.Context(), envelope()); err != nil {
		t.Errorf("a slow answer: %v", err)
	}
	if mail.DefaultTimeout < 5*time.Minute {
		t.Errorf("by default it leaves after %s", mail.DefaultTimeout)
	}
}

// A relay is greeted with a name, or with our address: some turn away whoever calls themselves localhost.
func TestSendGreetsTheRelay(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"": "[127.0.0.1]", "usage.acme.example": "usage.acme.example"} {
		server := mailtest.Start(t, mailtest.Options{})
		c := server.Config()
		c.HelloName = name
		if err := sender(t, c).Send(t.Context(), envelope()); err != nil {
			t.Fatal(err)
		}
		if got := server.Wait(t, 1)[0].Hello; got != want {
			t.Errorf("%q greets with %q", name, got)
		}
	}
}

func TestSendConcurrently(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Options{TLS: mail.StartTLS, Username: "u", Password: password})
	s := sender(t, server.Config())
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := s.Send(t.Context(), envelope()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(server.Messages()); n != 20 {
		t.Errorf("%d of 20 mails arrived", n)
	}
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	good := mail.Config{Host: "smtp.example.org", From: mailtest.From, Username: "u", Password: password}
	if _, err := mail.New(good); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*mail.Config){
		"Host": func(c *mail.Config) { c.Host = "" }, "Port": func(c *mail.Config) { c.Port = 70000 },
		"From": func(c *mail.Config) { c.From = "nobody" }, "Password": func(c *mail.Config) { c.Password = "" },
		"TLS": func(c *mail.Config) { c.TLS = "ssl" }, "in clear": func(c *mail.Config) { c.TLS = mail.NoTLS },
		"HelloName": func(c *mail.Config) { c.HelloName = "a\r\nb" }, "Timeout": func(c *mail.Config) { c.Timeout = -1 },
	} {
		c := good
		spoil(&c)
		_, err := mail.New(c)
		if err == nil || !strings.Contains(err.Error(), field) || strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// scripted returns a relay that answers line by line, answers the content once, and closes after the last reply.
func scripted(t *testing.T, replies ...string) mail.Config {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); play(l, replies) }()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return mail.Config{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: mailtest.From, TLS: mail.NoTLS}
}

func play(l net.Listener, replies []string) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	buffer := make([]byte, 64<<10)
	for i, reply := range replies {
		if _, err := fmt.Fprintf(c, "%s\r\n", reply); err != nil || i == len(replies)-1 {
			return
		}
		var heard []byte
		for end := endOf(reply); !bytes.HasSuffix(heard, end); {
			n, err := c.Read(buffer)
			if err != nil {
				return
			}
			heard = append(heard, buffer[:n]...)
		}
	}
}

// endOf returns the text that ends the client's input before a reply.
func endOf(reply string) []byte {
	if strings.HasPrefix(reply, "354") {
		return []byte("\r\n.\r\n")
	}
	return []byte("\r\n")
}
