package ws

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"time"

	"github.com/usagegraph/usagegraph/server/wire"
)

// Init authenticates a connection from the payload of its connection_init, which is a JSON object or nil. ctx carries the upgrade request's
// values and ends with InitTimeout or the connection, whichever comes first. Init must not keep ctx: a nil Session.Context stands for a
// context that may be kept. An error closes the connection: a Close with its own code, any other as 4403 Forbidden.
type Init func(ctx context.Context, payload json.RawMessage) (wire.Session, error)

// Config sets a Transport. Every field but Now has a default.
type Config struct {
	// Now is the clock; required.
	Now func() time.Time
	// Init authenticates; nil lets everybody in.
	Init Init
	// Source pushes results of subscriptions; nil: all are pulled through gqlgen, with a goroutine each.
	Source wire.Source
	// Origins are the browser origins that are accepted beside the server's own, such as https://app.example.com. Requests without Origin
	// do not come from a page and are accepted.
	Origins []string
	// NewID makes a request id for a connection whose context has none; nil: no ids.
	NewID func() string
	// Report receives errors that clients are not shown; may be nil.
	Report wire.Report

	// Pace returns how long to wait before a message, a control frame or a continuation frame of this many bytes is handled, once the
	// connection is acknowledged; ctx is the session's. nil: do not wait.
	Pace func(ctx context.Context, bytes int) time.Duration

	// Tally limits the connections of one principal; nil: unlimited.
	Tally *wire.Tally
	// MaxConnections is the number of connections above which newcomers are turned away with 1013; default 20,000.
	MaxConnections int
	// MaxOperations is the largest number of operations in progress on one connection; default 100. Each one above it is answered by an
	// error message.
	MaxOperations int
	// MaxInit and MaxMessage bound the bytes of a message before and after authentication;
	// defaults 16 KiB and 256 KiB.
	MaxInit, MaxMessage int
	// MaxQueue bounds the bytes queued for a client that reads slowly; default 256 KiB. Full states replace each other in the queue; if an
	// event does not fit, the client is cut off with 1013.
	MaxQueue int

	// InitTimeout bounds the time to connection_ack; default 5 s.
	InitTimeout time.Duration
	// ReadTimeout bounds a message from its first byte to its last; default 10 s.
	ReadTimeout time.Duration
	// WriteTimeout is how long a client may accept no bytes before it is cut off; default 10 s.
	WriteTimeout time.Duration
	// PingInterval is how long a connection may be silent before it is pinged, and PongTimeout how long the answer may take; defaults 25 s
	// and 15 s.
	PingInterval, PongTimeout time.Duration
	// CloseTimeout bounds the closing handshake; default 2 s.
	CloseTimeout time.Duration
	// Timeout bounds a query or mutation; default 30 s.
	Timeout time.Duration
	// Tick is how often the janitor checks the time limits, which may be exceeded by as much; default 500 ms.
	Tick time.Duration
	// Writers is how many goroutines share the writing; default GOMAXPROCS.
	Writers int
}

func (c Config) withDefaults() (Config, error) {
	if c.Now == nil {
		return c, errors.New("ws: Config.Now is required")
	}
	count := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	count(&c.MaxConnections, 20_000)
	count(&c.MaxOperations, 100)
	count(&c.MaxInit, 16<<10)
	count(&c.MaxMessage, 256<<10)
	count(&c.MaxQueue, 256<<10)
	count(&c.Writers, runtime.GOMAXPROCS(0))
	span := func(field *time.Duration, value time.Duration) {
		if *field <= 0 {
			*field = value
		}
	}
	span(&c.InitTimeout, 5*time.Second)
	span(&c.ReadTimeout, 10*time.Second)
	span(&c.WriteTimeout, 10*time.Second)
	span(&c.PingInterval, 25*time.Second)
	span(&c.PongTimeout, 15*time.Second)
	span(&c.CloseTimeout, 2*time.Second)
	span(&c.Timeout, 30*time.Second)
	span(&c.Tick, 500*time.Millisecond)
	return c, nil
}
