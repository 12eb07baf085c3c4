package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/console"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/migrations"
	"github.com/usagegraph/usagegraph/server"
	"github.com/usagegraph/usagegraph/tsdb"
)

// assemble adds to the server's Config the parts that the server does not import.
func assemble(c config) (server.Config, error) {
	out := c.Config
	var err error
	if out.Documents, err = readDocuments(c.documents); err != nil {
		return out, err
	}
	var sender *mail.Sender
	if c.smtp.Host != "" {
		if sender, err = mail.New(greeting(c.smtp, os.Hostname)); err != nil {
			return out, err
		}
		out.Settings.MailDomain = sender.Domain()
		out.Parts.Mailer = func(pool *pgxpool.Pool) (tsdb.Mailer, error) { return jobs.NewQueue(pool) }
	}
	if !c.noMigrate {
		out.Parts.Migrate = func(ctx context.Context) (int, error) { return migrate(ctx, c.directURL()) }
	}
	if !c.noJobs {
		out.Parts.Jobs = func(store *tsdb.Store, log *slog.Logger, observe func(context.Context, string, time.Duration, error)) (server.Jobs, error) {
			return jobs.New(jobs.Config{Store: store, Sender: sender, Log: log, Poll: c.ListenURL != "", Tracing: c.Tracing, Observe: func(ctx context.Context, r jobs.Run) { observe(ctx, r.Name, r.Took, r.Err) }})
		}
	}
	out.Parts.Migrated = migrated
	out.Parts.RenderMail = renderMail
	out.OIDC.ClientID = c.oidcClient
	out.Parts.Console = func(connect func() []string) http.Handler { return console.Handler(consoleOptions(c, connect)) }
	return out, nil
}

// greeting returns a relay's settings with the machine's name to greet it with, if none is set and the machine's has a domain that means
// something to others.
func greeting(c mail.Config, hostname func() (string, error)) mail.Config {
	name, err := hostname()
	name = strings.Trim(name, ".")
	own := strings.HasSuffix(name, ".local") || strings.HasPrefix(name, "localhost")
	if err == nil && c.HelloName == "" && strings.Contains(name, ".") && !own {
		c.HelloName = name
	}
	return c
}

// migrate migrates the database at url, our tables and River's, to this binary's schema, and returns the number of our migrations. If
// several processes call it at once, one does the work and the others wait. A database that cannot be used is refused before anything is
// changed in it.
func migrate(ctx context.Context, url string) (steps int, err error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return 0, errors.New("the database cannot be opened") // err may contain the password
	}
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.PgConn().Exec(ctx, migrations.Unbounded).ReadAll()
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return 0, fmt.Errorf("open database: %w", err)
	}
	defer pool.Close()
	if _, err := tsdb.ProbeEdition(ctx, pool, false); err != nil {
		return 0, err
	}
	if steps, err = migrations.Up(ctx, url); err != nil {
		return steps, err
	}
	if err := jobs.Migrate(ctx, pool); err != nil {
		return steps, err
	}
	if err := rebuildMarked(ctx, pool); err != nil {
		return steps, err
	}
	// If the user may not create roles, the server says so at its start and runs ad-hoc questions in read-only transactions.
	_, err = tsdb.MakeExploreRole(ctx, pool)
	return steps, err
}

// rebuildMarked converts charts of the last release to what this release reads.
func rebuildMarked(ctx context.Context, pool *pgxpool.Pool) error {
	store, err := tsdb.New(tsdb.Config{Pool: pool, Clock: time.Now})
	if err != nil {
		return err
	}
	return store.RebuildMarked(ctx)
}

// migrated reports whether a database has this binary's schema.
func migrated(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	state, err := migrations.Status(ctx, pool)
	return len(state.Pending) == 0, err
}

func renderMail(e tsdb.Email, s tsdb.Settings) (graph.MailText, error) {
	m, err := jobs.Render(e, s)
	return graph.MailText{Subject: m.Subject, Text: m.Text, HTML: m.HTML}, err
}

// consoleOptions returns the console's options for signing in.
func consoleOptions(c config, connect func() []string) console.Options {
	if c.OIDC.Issuer == "" || c.oidcClient == "" {
		return console.Options{}
	}
	of := &console.OIDC{Issuer: c.OIDC.Issuer, ClientID: c.oidcClient, Scope: cmp.Or(c.oidcScope, defaultScope), Tokens: string(cmp.Or(c.OIDC.Tokens, auth.AnyToken))}
	if c.OIDC.Audience != c.oidcClient { // a client id is not a resource that could be requested
		of.Audience = c.OIDC.Audience
	}
	return console.Options{OIDC: of, Connect: connect}
}

// defaultScope is the scope that the console requests from the issuer by default.
const defaultScope = "openid email profile"

// maxDocuments bounds the number of files in the folder, and maxDocument the bytes of one file.
const maxDocuments, maxDocument = 10_000, 64 << 10

// readDocuments reads the trusted documents: the console's, which are in the binary, and the *.graphql files of a folder. They are read
// once, at the start, so that a request never waits for a disk.
func readDocuments(folder string) ([]string, error) {
	byHash, err := console.Documents()
	if err != nil {
		return nil, fmt.Errorf("trusted documents of the console: %w", err)
	}
	var texts []string
	for _, text := range byHash {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	if folder == "" {
		return texts, nil
	}
	names, err := filepath.Glob(filepath.Join(folder, "*.graphql"))
	if err != nil || len(names) > maxDocuments {
		return nil, fmt.Errorf("trusted documents: at most %d files are read", maxDocuments)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil || len(text) > maxDocument {
			return nil, fmt.Errorf("trusted document %s: it cannot be read, or is longer than %d bytes", filepath.Base(name), maxDocument)
		}
		texts = append(texts, withoutMark(string(text))) // clients send the document without the mark
	}
	return texts, nil
}
