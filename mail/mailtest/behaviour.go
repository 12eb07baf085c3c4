package mailtest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/usagegraph/usagegraph/mail"
)

// Stage is a moment of a connection.
type Stage string

// The stages, in their order.
const (
	Connect Stage = "connect" // before the greeting
	Mail    Stage = "mail"    // at MAIL FROM
	Rcpt    Stage = "rcpt"    // at RCPT TO
	Data    Stage = "data"    // in the middle of the content: nothing was accepted
	Taken   Stage = "taken"   // after the e-mail was accepted, before the client is told
)

// Behaviour is what the server does to a connection at a stage. The zero value accepts.
type Behaviour struct {
	at   Stage
	code int
	hang bool
	drop bool
	wait time.Duration
}

// Refuse answers with a reply code, such as 451 or 550.
func Refuse(at Stage, code int) Behaviour { return Behaviour{at: at, code: code} }

// Hang stops answering and keeps the connection open.
func Hang(at Stage) Behaviour { return Behaviour{at: at, hang: true} }

// Delay accepts the e-mail, after a pause at a stage.
func Delay(at Stage, pause time.Duration) Behaviour { return Behaviour{at: at, wait: pause} }

// Drop closes the connection.
func Drop(at Stage) Behaviour { return Behaviour{at: at, drop: true} }

// Accept accepts the e-mail.
func Accept() Behaviour { return Behaviour{} }

// Sequence treats the first connections as listed and accepts on all later ones.
func Sequence(list ...Behaviour) func(int) Behaviour {
	return func(n int) Behaviour {
		if n > len(list) {
			return Accept()
		}
		return list[n-1]
	}
}

// errDropped ends a session whose connection is already gone.
var errDropped = errors.New("mailtest: dropped")

// act carries out the behaviour of a connection if it is due at the stage.
func (s *Server) act(conn net.Conn, at Stage) error {
	b := behaviourOf(conn)
	if b.at != at {
		return nil
	}
	switch {
	case b.drop:
		_ = conn.Close()
		return errDropped
	case b.hang:
		s.hang()
		return errDropped
	case b.wait != 0:
		time.Sleep(b.wait)
	case b.code != 0:
		class := smtp.EnhancedCode{b.code / 100, 0, 0}
		return &smtp.SMTPError{Code: b.code, EnhancedCode: class, Message: "refused on request"}
	}
	return nil
}

func (s *Server) hang() {
	s.hanging <- struct{}{}
	<-s.closed
}

// conn is a connection with its behaviour.
type conn struct {
	net.Conn
	server    *Server
	behaviour Behaviour
	once      sync.Once
}

func behaviourOf(c net.Conn) Behaviour {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	return c.(*conn).behaviour
}

// Write hangs, drops or refuses before the first byte, which is before the greeting, if the behaviour says so.
func (c *conn) Write(p []byte) (int, error) {
	c.once.Do(c.first)
	return c.Conn.Write(p)
}

func (c *conn) first() {
	b := c.behaviour
	switch {
	case b.at != Connect:
	case b.hang:
		c.server.hang()
	case b.code != 0:
		_, _ = fmt.Fprintf(c.Conn, "%d refused on request\r\n", b.code)
		_ = c.Close()
	case b.drop:
		_ = c.Close()
	}
}

// listener gives each connection its behaviour.
type listener struct {
	net.Listener
	server *Server
}

func (s *Server) listen(l net.Listener) net.Listener {
	wrapped := &listener{Listener: l, server: s}
	if s.options.TLS == mail.ImplicitTLS {
		return tls.NewListener(wrapped, s.smtp.TLSConfig)
	}
	return wrapped
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, server: l.server, behaviour: l.server.next()}, nil
}
