// Command usagegraph is the whole product in one binary: `usagegraph` alone lists its sub-commands.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

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

// program is a call of the command with everything that it reads of its surroundings.
type program struct {
	args      []string
	getenv    func(string) string
	environ   func() []string // "name=value" of all variables; nil: those that are no setting are not looked for
	out, errs io.Writer
	clock     func() time.Time
}

// command is a sub-command. rest are its arguments that are no settings; free reports that it takes such.
type command struct {
	name, usage string
	free        bool
	run         func(p program, ctx context.Context, c config, rest []string) error
}

func commands() []command {
	return []command{
		{"serve", "run the server", false, program.serve},
		{"dev", "run the server for development: demo data, tokens, loopback only", false, program.dev},
		{"migrate", "bring the database up to this binary", false, program.migrate},
		{"token", "create, list or revoke tokens:\n" + tokenUsage, true, program.token},
		{"member", "add, change, list or remove people of an account:\n" + memberUsage, true, program.member},
		{"rates", "show, check, publish or withdraw prices:\n" + ratesUsage, true, program.rates},
		{"documents", "register trusted documents: documents add FILE… (*.graphql, manifest.json), list, remove HASH", true, program.documents},
		{"import", "store files of usage: import FILE… --account ID --model ID", true, program.importFiles},
		{"consume", "take events from a broker until it is stopped:\n" + consumeUsage, true, program.consume},
		{"void", "take back the events that files name: void FILE… [--account ID]", true, program.voidFiles},
		{"demo", "fill the database with a year of demo data", true, program.demo},
		{"reconcile", "compare the books with the facts now and say what differs: reconcile [--account ID]", true, program.reconcile},
		{"rebuild", "make the charts from the facts while everything runs: rebuild [--account ID]", true, program.rebuild},
		{"config", "show what is set and where from", false, nil},
		{"status", "say how the whole installation does: processes, jobs that are stuck, accounts that are busy or refused", false, program.status},
		{"version", "say what this binary was made from", false, program.version},
		{"health", "ask the server of this machine whether it is ready", false, program.health},
	}
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
	args, own := p.args[1:], []string(nil)
	if slices.Contains(args, "--help") || slices.Contains(args, "-h") {
		fmt.Fprintf(p.out, "usagegraph %s: %s\n\nSettings, which every sub-command takes: usagegraph help\n", c.name, c.usage)
		return nil
	}
	switch c.name {
	case "token":
		args, own = splitArgs(args, tokenFlags(), "--any-document")
	case "member":
		args, own = splitArgs(args, memberFlags())
	case "rates":
		args, own = splitArgs(args, ratesFlags(), "--json")
	case "import":
		args, own = splitArgs(args, importFlags())
	case "consume":
		args, own = splitArgs(args, consumeFlags(), "--tls")
	case "demo":
		args, own = splitArgs(args, demoFlags())
	case "reconcile", "rebuild", "void":
		args, own = splitArgs(args, upkeepFlags())
	}
	cfg, from, rest, err := readConfig(p.base(), args, p.getenv)
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
		return p.version(ctx, cfg, rest)
	}
	if c.name != "health" {
		err = errors.Join(err, cfg.Validate())
	}
	if err != nil {
		return fmt.Errorf("the configuration has faults:\n%w", err)
	}
	return c.run(p, ctx, cfg, append(own, rest...))
}

// base is what a Config reads of the surroundings.
func (p program) base() config {
	return config{Config: server.Config{Clock: p.clock, Random: rand.Read, Revision: p.getenv("USAGEGRAPH_REVISION")}}
}

func (p program) help() {
	fmt.Fprintln(p.out, "usagegraph <sub-command> [--setting value …]")
	for _, c := range commands() {
		fmt.Fprintf(p.out, "  %-10s %s\n", c.name, strings.ReplaceAll(c.usage, "\n", "\n               "))
	}
	fmt.Fprintln(p.out, "\nSettings, by flag, environment, or as \"name = value\" in the file that --config names:")
	for _, s := range settings() {
		fmt.Fprintf(p.out, "  --%-22s %-28s %s\n", s.name, s.env, s.usage)
	}
	fmt.Fprintln(p.out, "\nSecrets may stand in files of their own: DATABASE_URL_FILE, SMTP_PASSWORD_FILE and so on name them.")
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
