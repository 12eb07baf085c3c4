// Package mailtest runs a real SMTP server on loopback for tests. It keeps what it accepts, and misbehaves on request.
package mailtest

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/usagegraph/usagegraph/mail"
)

// From is the sender of Server.Config.
const From = "Usagegraph <billing@example.org>"

// Options configure a server. The zero value accepts every e-mail, unencrypted and without authentication.
type Options struct {
	// TLS is the encryption that the server offers. Empty: none.
	TLS mail.TLSMode
	// Username and Password, if set, must be given before an e-mail is sent. A refusal repeats the password in its reply, as a careless
	// relay might.
	Username, Password string
	// Mechanism is the mechanism that AUTH offers: PLAIN (also if empty) or LOGIN.
	Mechanism string
	// Behave returns how the server treats its n-th connection, counting from 1; nil: it accepts.
	Behave func(n int) Behaviour
}

// Server is a running SMTP server. It stops when the test ends.
type Server struct {
	options Options
	smtp    *smtp.Server
	roots   *x509.CertPool
	host    string
	port    int
	closed  chan struct{} // ends hanging connections
	hanging chan struct{} // one value for each connection that begins to hang

	mu          sync.Mutex
	connections int
	messages    []Message
	arrived     chan struct{} // closed and replaced with each message
}

// Start runs a server until the test ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{options: o, closed: make(chan struct{}), hanging: make(chan struct{}, 1024), arrived: make(chan struct{})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("mailtest: listen: %v", err)
	}
	s.host, s.port = "127.0.0.1", listener.Addr().(*net.TCPAddr).Port
	s.smtp = s.newSMTP(t)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.smtp.Serve(s.listen(listener))
	}()
	t.Cleanup(func() {
		close(s.closed)
		_ = listener.Close() // Serve may not have begun yet, and Close closes only what is being served
		_ = s.smtp.Close()
		<-served
	})
	return s
}

// Config returns a mail.Config that reaches the server and trusts its certificate.
func (s *Server) Config() mail.Config {
	mode := s.options.TLS
	if mode == "" {
		mode = mail.NoTLS
	}
	return mail.Config{
		Host: s.host, Port: s.port, From: From, TLS: mode, RootCAs: s.roots,
		Username: s.options.Username, Password: s.options.Password,
	}
}

// Address returns the server's host:port.
func (s *Server) Address() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// Connections returns the number of connections so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

// Hanging receives a value whenever a connection begins to hang.
func (s *Server) Hanging() <-chan struct{} { return s.hanging }

// Messages returns the e-mails accepted so far, in order.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.messages...)
}

// Wait returns the accepted e-mails as soon as there are n. The test's deadline and context bound the wait.
func (s *Server) Wait(t testing.TB, n int) []Message {
	t.Helper()
	for {
		s.mu.Lock()
		messages, arrived := append([]Message(nil), s.messages...), s.arrived
		s.mu.Unlock()
		if len(messages) >= n {
			return messages
		}
		select {
		case <-arrived:
		case <-t.Context().Done():
			t.Fatalf("mailtest: %d of %d mails arrived", len(messages), n)
		}
	}
}

func (s *Server) keep(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, m)
	close(s.arrived)
	s.arrived = make(chan struct{})
}

// next returns the behaviour of the connection that was just accepted.
func (s *Server) next() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connections++
	if s.options.Behave == nil {
		return Behaviour{}
	}
	return s.options.Behave(s.connections)
}

func (s *Server) newSMTP(t testing.TB) *smtp.Server {
	t.Helper()
	srv := smtp.NewServer(smtp.BackendFunc(s.newSession))
	srv.Domain = "relay.test"
	srv.AllowInsecureAuth = true
	srv.ErrorLog = silent{}
	if s.options.TLS == mail.StartTLS || s.options.TLS == mail.ImplicitTLS {
		certificate, roots := selfSigned(t)
		s.roots = roots
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	return srv
}

// silent discards the server's complaints about broken connections, which the tests provoke.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
