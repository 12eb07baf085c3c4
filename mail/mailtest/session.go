package mailtest

import (
	"errors"
	"fmt"
	"io"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is the dialogue with one client.
type session struct {
	server        *Server
	conn          *smtp.Conn
	authenticated bool
	from          string
	to            []string
}

func (s *Server) newSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{server: s, conn: c}, nil
}

// AuthMechanisms offers AUTH if the server requires a user.
func (s *session) AuthMechanisms() []string {
	if s.server.options.Username == "" {
		return nil
	}
	return []string{s.server.mechanism()}
}

func (s *Server) mechanism() string {
	if s.options.Mechanism == "" {
		return sasl.Plain
	}
	return s.options.Mechanism
}

// Auth begins a login.
func (s *session) Auth(string) (sasl.Server, error) {
	if s.server.mechanism() == sasl.Login {
		return &loginServer{check: s.login}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return s.login(user, password) }), nil
}

func (s *session) login(user, password string) error {
	o := s.server.options
	if user != o.Username || password != o.Password {
		text := fmt.Sprintf("no user %s with password %s", user, password)
		return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: text}
	}
	s.authenticated = true
	return nil
}

// Mail begins an e-mail.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.options.Username != "" && !s.authenticated {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "authentication required"}
	}
	s.from, s.to = from, nil
	return s.server.act(s.conn.Conn(), Mail)
}

// Rcpt adds a recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return s.server.act(s.conn.Conn(), Rcpt)
}

// Data accepts the content.
func (s *session) Data(r io.Reader) error {
	head := make([]byte, 16)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if err := s.server.act(s.conn.Conn(), Data); err != nil {
		_, _ = io.Copy(io.Discard, r)
		return err
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.keep(Message{From: s.from, To: s.to, Hello: s.conn.Hostname(), User: s.user(), TLS: s.encrypted(), Raw: append(head[:n], rest...)})
	return s.server.act(s.conn.Conn(), Taken)
}

func (s *session) user() string {
	if s.authenticated {
		return s.server.options.Username
	}
	return ""
}

func (s *session) encrypted() bool {
	_, ok := s.conn.TLSConnectionState()
	return ok
}

// Reset ends an e-mail.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout ends the session.
func (s *session) Logout() error { return nil }

// loginServer is the AUTH LOGIN dialogue, which go-sasl implements only for clients.
type loginServer struct {
	check func(user, password string) error
	user  *string
	asked bool
}

// Next takes an answer and returns the next question.
func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	switch {
	case !l.asked:
		l.asked = true
		return []byte("Username:"), false, nil
	case l.user == nil:
		user := string(response)
		l.user = &user
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(*l.user, string(response))
}
