package mail

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// TLSMode says how the connection to the relay is encrypted.
type TLSMode string

// The modes.
const (
	StartTLS    TLSMode = "starttls" // plain connection, upgraded before anything else; refused if the relay does not offer it
	ImplicitTLS TLSMode = "implicit" // encrypted from the first byte
	NoTLS       TLSMode = "none"     // never encrypted; a password is then only sent to loopback hosts
)

// Config says how to reach the relay. The zero value of each field means its default; Host and From have none.
type Config struct {
	// Host is the relay's name or address; certificates are checked against it. Required.
	Host string
	// Port is the relay's TCP port. 0: 587 for starttls, 465 for implicit, 25 for none.
	Port int
	// Username for AUTH. Empty: no authentication.
	Username string
	// Password for AUTH. It appears in no error and no printed Config. Required with a Username.
	Password string `json:"-"`
	// From is the sender, "name@example.org" or "Name <name@example.org>". Required.
	From string
	// TLS is the encryption. Empty: starttls.
	TLS TLSMode
	// RootCAs are the authorities that the relay's certificate must come from. nil: the system's.
	RootCAs *x509.CertPool `json:"-"`
	// HelloName is the name given in EHLO. Empty: the address of our end of the connection, since some relays refuse "localhost".
	HelloName string
	// StepTimeout bounds each step (connect, greeting, TLS, AUTH, each command), but not the wait for the answer to the content, which only
	// Timeout bounds. 0: 60 s. Negative: refused.
	StepTimeout time.Duration
	// Timeout bounds the delivery of one mail as a whole. 0: 5 minutes. Negative: refused.
	Timeout time.Duration
}

// Defaults of Config.
const (
	DefaultStepTimeout = time.Minute
	DefaultTimeout     = 5 * time.Minute
)

// Validate returns everything that is wrong with c. It opens no connection.
func (c Config) Validate() error {
	_, fromErr := parseAddress(c.From)
	return errors.Join(
		problem(c.Host == "" || strings.ContainsAny(c.Host, " \r\n\t/"), "Host: missing or no host name"),
		problem(c.Port < 0 || c.Port > 65535, "Port: not in 0..65535"),
		problem(fromErr != nil, "From: no e-mail address"),
		problem((c.Username == "") != (c.Password == ""), "Username and Password: only one of them is set"),
		problem(!c.knownTLS(), "TLS: not one of starttls, implicit, none"),
		problem(c.TLS == NoTLS && c.Username != "" && !isLoopback(c.Host), "TLS: none would send the password in clear"),
		problem(strings.ContainsAny(c.HelloName, " \r\n\t"), "HelloName: no host name"),
		problem(c.StepTimeout < 0 || c.Timeout < 0, "StepTimeout, Timeout: negative"),
	)
}

// String formats c without its password.
func (c Config) String() string {
	user := ""
	if c.Username != "" {
		user = c.Username + ":*****@"
	}
	return fmt.Sprintf("smtp://%s%s (tls %s, from %s)", user, c.address(), c.TLS, c.From)
}

// GoString formats c without its password.
func (c Config) GoString() string { return c.String() }

func (c Config) knownTLS() bool {
	return c.TLS == "" || c.TLS == StartTLS || c.TLS == ImplicitTLS || c.TLS == NoTLS
}

func (c Config) withDefaults() Config {
	if c.TLS == "" {
		c.TLS = StartTLS
	}
	if c.Port == 0 {
		c.Port = map[TLSMode]int{StartTLS: 587, ImplicitTLS: 465, NoTLS: 25}[c.TLS]
	}
	if c.StepTimeout == 0 {
		c.StepTimeout = DefaultStepTimeout
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	return c
}

func (c Config) address() string { return net.JoinHostPort(c.Host, fmt.Sprint(c.Port)) }

func problem(is bool, text string) error {
	if is {
		return errors.New("mail config: " + text)
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// parseAddress reads one address. Control characters are refused everywhere. A domain beyond ASCII becomes its form in ASCII, which every
// relay takes; only a local part beyond ASCII requires SMTPUTF8.
func parseAddress(text string) (*mail.Address, error) {
	if hasControl(text) {
		return nil, errors.New("control character in an address")
	}
	a, err := mail.ParseAddress(text)
	if err != nil {
		return nil, err
	}
	at := strings.LastIndexByte(a.Address, '@')
	if domain, err := idna.Lookup.ToASCII(a.Address[at+1:]); err == nil && !isPrintableASCII(a.Address[at+1:]) {
		a.Address = a.Address[:at+1] + domain
	}
	return a, nil
}
