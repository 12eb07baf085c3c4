// Command usagegraph is the whole product in one binary. `usagegraph` without arguments lists its sub-commands.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/usagegraph/usagegraph/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := program{args: os.Args[1:], getenv: os.Getenv, environ: os.Environ, out: os.Stdout, errs: os.Stderr, clock: time.Now}
	err := p.run(ctx)
	if err != nil {
		fmt.Fprintf(os.Stderr, "usagegraph: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// program is a call of the command, with everything that it reads from its environment.
type program struct {
	args      []string
	getenv    func(string) string
	environ   func() []string // all variables as "name=value"; nil: variables that are not settings are not looked for
	out, errs io.Writer
	clock     func() time.Time
}

// action runs a sub-command, with its flags already set and with the arguments that are not flags.
type action func(ctx context.Context, c config, args []string) error

// command is a sub-command.
type command struct {
	name, summary string
	forms         []string // the ways to call it; none: only by its name
	free          bool     // accepts arguments that are not flags
	make          func(program, *flag.FlagSet) action
}

// plain returns a sub-command without flags of its own.
func plain(run func(p program, ctx context.Context, c config, args []string) error) func(program, *flag.FlagSet) action {
	return func(p program, _ *flag.FlagSet) action {
		return func(ctx context.Context, c config, args []string) error { return run(p, ctx, c, args) }
	}
}

func commands() []command {
	return []command{
		{"serve", "run the server", nil, false, plain(program.serve)},
		{"dev", "run the server for development: demo data, tokens, loopback only", nil, false, plain(program.dev)},
		{"migrate", "bring the database up to this binary", nil, false, plain(program.migrate)},
		{"token", "create, rotate, list or revoke tokens", tokenForms(), true, program.token},
		{"member", "add, change, list or remove people of an account", memberForms(), true, program.member},
		{"rates", "show, check, publish or withdraw prices", ratesForms(), true, program.rates},
		{"documents", "register, list or remove trusted documents", documentForms(), true, plain(program.documents)},
		{"import", "store files of usage", importForms(), true, program.importFiles},
		{"consume", "take events from a broker until it is stopped", consumeForms(), true, program.consume},
		{"void", "take back the events that files name", []string{"void FILE… [--account ID]"}, true, program.voidFiles},
		{"demo", "fill the database with a year of demo data", []string{"demo [--seed N] [--accounts N] [--events N]"}, false, program.demo},
		{"backtest", "say how forecasts of every past day would have fared", nil, false, plain(program.backtest)},
		{"reconcile", "compare the books with the facts now and say what differs", []string{"reconcile [--account ID]"}, false, program.reconcile},
		{"rebuild", "make the charts from the facts while everything runs", []string{"rebuild [--account ID]"}, false, program.rebuild},
		{"config", "show what is set and where from", nil, false, plain(nil)},
		{"status", "say how the whole installation does: processes, jobs that are stuck, accounts that are busy or refused", nil, false, plain(program.status)},
		{"version", "say what this binary was made from", nil, false, plain(program.version)},
		{"health", "ask the server of this machine whether it is ready", nil, false, plain(program.health)},
	}
}

// misused returns an error that says how a sub-command is called.
func misused(forms []string) error {
	return errors.New("say\n  usagegraph " + strings.Join(forms, "\n  usagegraph "))
}

// run runs the sub-command that the arguments name.
func (p program) run(ctx context.Context) error {
	if len(p.args) > 0 && p.args[0] == "--version" {
		return p.version(ctx, config{}, nil)
	}
	if len(p.args) == 0 || p.args[0] == "help" || p.args[0] == "--help" {
		p.help()
		return nil
	}
	for _, c := range commands() {
		if c.name == p.args[0] {
			return p.start(ctx, c)
		}
	}
	return fmt.Errorf("there is no sub-command of this name; usagegraph help lists them")
}

func (p program) start(ctx context.Context, c command) error {
	args, own := p.args[1:], newFlags(c.name)
	act := c.make(p, own)
	if slices.Contains(args, "--help") || slices.Contains(args, "-h") {
		p.helpOf(c, own)
		return nil
	}
	cfg, from, rest, err := readConfig(p.base(), own, args, p.getenv)
	cfg.Log = newLog(p.errs, p.clock, cfg.debug)
	if len(rest) > 0 && !c.free {
		err = errors.Join(err, fmt.Errorf("%d arguments are neither a flag nor its value; a switch takes its value as in --trust-proxy=false", len(rest)))
	}
	strange := p.strangers()
	if c.name == "config" {
		printConfig(p.out, cfg, from, strange)
		return errors.Join(err, cfg.Validate())
	}
	if len(strange) > 0 {
		cfg.Log.Warn("variables of the environment look like settings and are none", "names", strange)
	}
	if c.name == "dev" {
		cfg = development(cfg)
	}
	if c.name == "version" {
		return act(ctx, cfg, rest)
	}
	if c.name != "health" && !isDry(own) {
		err = errors.Join(err, cfg.Validate())
	}
	if err != nil {
		return fmt.Errorf("the configuration has faults:\n%w", err)
	}
	return explained(act(ctx, cfg, rest))
}

// explained adds to an error of the database what the operator can do about it.
func explained(err error) error {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code {
	case "42P01", "42703", "42883": // no such table, column, function
		return fmt.Errorf("%w; the database lacks migrations of this binary, or is not that of usagegraph: usagegraph migrate", err)
	case "42501": // insufficient privilege
		return fmt.Errorf("%w; commands need the role that the server acts in, which owns the tables (deploy/role.sql)", err)
	}
	return err
}

// isDry reports whether a sub-command is only a dry run, and needs no database.
func isDry(own *flag.FlagSet) bool {
	f := own.Lookup(dryRun)
	return f != nil && f.Value.String() == "true"
}

// base returns a config with what is read from the environment of the program.
func (p program) base() config {
	return config{Config: server.Config{Clock: p.clock, Random: rand.Read, Revision: p.getenv("USAGEGRAPH_REVISION")}}
}

func (p program) help() {
	fmt.Fprintln(p.out, "usagegraph <sub-command> [--setting value …]")
	for _, c := range commands() {
		fmt.Fprintf(p.out, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprint(p.out, "\nEach has its own flags, which `usagegraph <sub-command> --help` lists.\n"+
		"\nSettings, by flag, environment, or as \"name = value\" in the file that --config names:\n")
	standard := defaults()
	for _, group := range settingGroups() {
		fmt.Fprintf(p.out, "\n%s\n", group.title)
		for _, s := range group.list {
			fmt.Fprintf(p.out, "  --%-22s %-31s %s\n", s.name, s.env, s.explained(&standard))
		}
	}
	fmt.Fprintln(p.out, "\nSecrets may stand in files of their own: DATABASE_URL_FILE, SMTP_PASSWORD_FILE and so on name them.")
}

// helpOf prints the help of one sub-command.
func (p program) helpOf(c command, own *flag.FlagSet) {
	forms := c.forms
	if forms == nil {
		forms = []string{c.name}
	}
	fmt.Fprintf(p.out, "usagegraph %s: %s\n\n  usagegraph %s\n", c.name, c.summary, strings.Join(forms, "\n  usagegraph "))
	flags := 0
	own.VisitAll(func(*flag.Flag) { flags++ })
	if flags > 0 {
		fmt.Fprintln(p.out, "\nFlags:")
		printFlags(p.out, own)
	}
	fmt.Fprintln(p.out, "\nSettings, which every sub-command takes: usagegraph help")
}

func (p program) serve(ctx context.Context, c config, _ []string) error {
	flush, err := p.trace(ctx, &c.Config)
	if err != nil {
		return err
	}
	defer flush()
	whole, err := assemble(c)
	if err != nil {
		return err
	}
	whole.PaceCollector = p.getenv("GOGC") == ""
	return server.Run(ctx, whole)
}

func (p program) migrate(ctx context.Context, c config, _ []string) error {
	steps, err := migrate(ctx, c.directURL())
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%d migrations applied\n", steps)
	return nil
}
