package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// The steps of a delivery, as named by DeliveryError.Step.
const (
	stepCompose  = "compose"
	stepConnect  = "connect"
	stepGreeting = "greeting"
	stepHello    = "hello"
	stepStartTLS = "starttls"
	stepAuth     = "auth"
	stepFrom     = "from"
	stepTo       = "to"
	stepData     = "data"
	stepContent  = "content"
	stepQuit     = "quit"
)

// Sender delivers e-mails to one relay, each over its own connection. It is safe for concurrent use and keeps no connection open between
// e-mails.
type Sender struct {
	config  Config
	from    *mail.Address
	secrets []string
}

// New checks c and makes a Sender. It opens no connection.
func New(c Config) (*Sender, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	from, err := parseAddress(c.From)
	if err != nil {
		return nil, err
	}
	return &Sender{config: c.withDefaults(), from: from, secrets: secretsOf(c)}, nil
}

// Domain returns the domain of the sender's address, which Message-IDs use; "" if it is not ASCII, which a Message-ID must be.
func (s *Sender) Domain() string {
	domain := s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]
	if !isPrintableASCII(domain) {
		return ""
	}
	return domain
}

// Send gives one e-mail to the relay and returns nil once the relay has accepted it. Every failure is a *DeliveryError. After a failure
// that is not permanent, the relay may nevertheless have accepted the e-mail, if its answer was lost; a resend carries the same MessageID.
// ctx and the config's time-outs end it at any step, and the connection is always closed.
func (s *Sender) Send(ctx context.Context, e Envelope) error {
	m, err := compose(s.from, e)
	if err != nil {
		return &DeliveryError{Step: stepCompose, Permanent: true, Reply: s.redact(err.Error()), cause: err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	d := &delivery{sender: s}
	if err := d.connect(ctx); err != nil {
		return err
	}
	defer func() { _ = d.conn.Close() }()
	return d.run(ctx, m)
}

// delivery is one connection. It does not use go-mail's own Client, which leaves the connection open if greeting, TLS or AUTH fail, treats
// network failures as permanent, and reports an accepted e-mail as failed if the RSET or QUIT after it fails.
type delivery struct {
	sender *Sender
	conn   net.Conn
	client *smtp.Client
}

func (d *delivery) connect(ctx context.Context) error {
	c := d.sender.config
	ctx, cancel := context.WithTimeout(ctx, c.StepTimeout)
	defer cancel()
	var err error
	if c.TLS == ImplicitTLS {
		d.conn, err = (&tls.Dialer{Config: c.tlsConfig()}).DialContext(ctx, "tcp", c.address())
	} else {
		d.conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", c.address())
	}
	if err != nil {
		return d.sender.failure(stepConnect, causeOf(ctx, err))
	}
	return nil
}

// run goes through the dialogue. It can only fail up to the relay's answer to the content.
func (d *delivery) run(ctx context.Context, m composed) error {
	if err := d.open(ctx); err != nil {
		return err
	}
	if err := d.transfer(ctx, m); err != nil {
		return err
	}
	_ = d.step(ctx, stepQuit, d.client.Quit)
	return nil
}

func (d *delivery) open(ctx context.Context) error {
	c := d.sender.config
	if err := d.step(ctx, stepGreeting, d.greet); err != nil {
		return err
	}
	if err := d.step(ctx, stepHello, func() error { return d.client.Hello(d.helloName()) }); err != nil {
		return err
	}
	if c.TLS == StartTLS {
		if err := d.step(ctx, stepStartTLS, d.startTLS); err != nil {
			return err
		}
	}
	if c.Username == "" {
		return nil
	}
	return d.step(ctx, stepAuth, d.authenticate)
}

func (d *delivery) transfer(ctx context.Context, m composed) error {
	if err := d.useUTF8(m); err != nil {
		return err
	}
	if err := d.step(ctx, stepFrom, func() error { return d.client.Mail("<" + m.from + ">") }); err != nil {
		return err
	}
	if err := d.step(ctx, stepTo, func() error { return d.client.Rcpt("<" + m.to + ">") }); err != nil {
		return err
	}
	return d.content(ctx, m.content)
}

// content sends the content. If it breaks off, the connection is closed without the final dot, so that the relay cannot mistake half an
// e-mail for a complete one.
func (d *delivery) content(ctx context.Context, content []byte) error {
	send := func() error { return errors.New("not begun") }
	err := d.step(ctx, stepData, func() error {
		w, err := d.client.Data()
		if err != nil {
			return err
		}
		send = func() error {
			if _, err := w.Write(content); err != nil {
				return err
			}
			return w.Close()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.stepWithin(ctx, d.sender.config.Timeout, stepContent, func() error { return send() })
}

// step runs one step of the dialogue with a time-out.
func (d *delivery) step(ctx context.Context, name string, do func() error) error {
	return d.stepWithin(ctx, d.sender.config.StepTimeout, name, do)
}

// stepWithin is step with a time-out of its own. A relay may take minutes to check the content; if we left before its answer, it would
// deliver the e-mail and we would send it again. When the time-out or ctx ends, the connection's pending reads and writes fail at once.
func (d *delivery) stepWithin(ctx context.Context, limit time.Duration, name string, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = d.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := do(); err != nil {
		return d.sender.failure(name, causeOf(ctx, err))
	}
	return nil
}

func (d *delivery) greet() error {
	client, err := smtp.NewClient(d.conn, d.sender.config.Host)
	d.client = client
	return err
}

// helloName returns the name that the relay is greeted with. Without one, it is the address of our end of the connection, as RFC 5321 §4.1.4
// asks of a client without a name.
func (d *delivery) helloName() string {
	if name := d.sender.config.HelloName; name != "" {
		return name
	}
	host, _, err := net.SplitHostPort(d.conn.LocalAddr().String())
	ip := net.ParseIP(host)
	switch {
	case err != nil || ip == nil:
		return "localhost"
	case ip.To4() == nil:
		return "[IPv6:" + host + "]"
	}
	return "[" + host + "]"
}

func (d *delivery) startTLS() error {
	if ok, _ := d.client.Extension("STARTTLS"); !ok {
		return errors.New("the relay does not offer STARTTLS")
	}
	return d.client.StartTLS(d.sender.config.tlsConfig())
}

// authenticate uses PLAIN, or LOGIN if the relay offers nothing else. Both refuse to run unencrypted except to loopback.
func (d *delivery) authenticate() error {
	c := d.sender.config
	_, offered := d.client.Extension("AUTH")
	for _, mechanism := range strings.Fields(strings.ToUpper(offered)) {
		if mechanism == "PLAIN" {
			return d.client.Auth(smtp.PlainAuth("", c.Username, c.Password, c.Host, isLoopback(c.Host)))
		}
	}
	if strings.Contains(strings.ToUpper(offered), "LOGIN") {
		return d.client.Auth(smtp.LoginAuth(c.Username, c.Password, c.Host, isLoopback(c.Host)))
	}
	return errors.New("the relay offers neither AUTH PLAIN nor AUTH LOGIN")
}

// useUTF8 requests SMTPUTF8 only if an address needs it, because an e-mail that uses it can bounce at the next relay.
func (d *delivery) useUTF8(m composed) error {
	if isPrintableASCII(m.from) && isPrintableASCII(m.to) {
		d.client.SkipSMTPUTF8(true)
		return nil
	}
	if ok, _ := d.client.Extension("SMTPUTF8"); !ok {
		return &DeliveryError{Step: stepTo, Permanent: true, Reply: "the relay does not take addresses beyond ASCII (SMTPUTF8)"}
	}
	return nil
}

// causeOf adds the end of ctx to an error if that is what broke the connection.
func causeOf(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w (%w)", ctx.Err(), err)
	}
	return err
}

func (c Config) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: c.Host, RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12}
}
