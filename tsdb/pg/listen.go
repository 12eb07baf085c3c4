package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// listenProbe is how long a silent LISTEN connection is trusted before it is asked whether it is still there, and
// listenPatience how long it may take to answer.
const (
	listenProbe    = 15 * time.Second
	listenPatience = 5 * time.Second
)

// Listen runs a LISTEN statement on a connection of its own. It calls listening as soon as it listens, and heard with
// the payload of each notification. What was sent before is not heard. It returns an error when the connection breaks
// or ctx ends.
func Listen(ctx context.Context, open func(context.Context) (*pgx.Conn, error), listen string, listening func(), heard func(payload string)) error {
	conn, err := open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, listen); err != nil {
		return err
	}
	// Only now, so that a caller who then reads everything misses nothing: what is committed later is heard.
	listening()
	for {
		if err := hear(ctx, conn, listen, heard); err != nil {
			return err
		}
	}
}

// Hijack takes a connection out of the pool for good.
func Hijack(ctx context.Context, pool *pgxpool.Pool) (*pgx.Conn, error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return conn.Hijack(), nil
}

// hear waits for one notification. After a long silence it checks the connection by repeating the LISTEN, so that
// pg_stat_activity goes on showing what the connection is for.
func hear(ctx context.Context, conn *pgx.Conn, listen string, heard func(payload string)) error {
	waiting, cancel := context.WithTimeout(ctx, listenProbe)
	defer cancel()
	n, err := conn.WaitForNotification(waiting)
	switch {
	case err == nil:
		heard(n.Payload)
		return nil
	// ctx has ended, or the connection is broken. A time-out of listenProbe alone leaves the connection usable.
	case ctx.Err() != nil || conn.IsClosed():
		return err
	}
	probe, cancel := context.WithTimeout(ctx, listenPatience)
	defer cancel()
	_, err = conn.Exec(probe, listen)
	return err
}
