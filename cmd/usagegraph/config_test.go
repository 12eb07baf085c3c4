package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func environment(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func TestFlagsBeatEnvironmentBeatsFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "usagegraph.conf")
	if err := os.WriteFile(file, []byte("# a comment\nlisten = :1\npool-size = 11\nchart-pool-size = 12\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := environment(map[string]string{"USAGEGRAPH_LISTEN": ":2", "USAGEGRAPH_POOL_SIZE": "22", "DATABASE_URL": "postgres://u:hunter2@h/d"})
	c, from, rest, err := readConfig(config{}, []string{"--config", file, "--listen=:3", "left", "--trust-proxy"}, env)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != ":3" || c.PoolSize != 22 || c.ChartPoolSize != 12 || !c.TrustProxy || len(rest) != 1 || rest[0] != "left" {
		t.Errorf("%q %d %d %v %v", c.Listen, c.PoolSize, c.ChartPoolSize, c.TrustProxy, rest)
	}
	var out bytes.Buffer
	printConfig(&out, c, from)
	for _, want := range []string{"drain-timeout          20s ", "event-retention        9600h0m0s ", "flag --listen", "environment USAGEGRAPH_POOL_SIZE", "file", "default", "(set, not shown)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("usagegraph config does not say %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Error("a secret was printed")
	}
}

// A broken configuration lists every fault, and no value, which may be a secret in the wrong place.
func TestEveryFaultIsListed(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	p := program{out: &out, errs: &errs, clock: time.Now, getenv: environment(map[string]string{
		"USAGEGRAPH_POOL_SIZE": "s3cret", "SMTP_HOST": "mail", "SMTP_USERNAME": "u", "OIDC_ISSUER": "ftp://x", "USAGEGRAPH_CONFIG": "/nowhere/at/all"}),
		args: []string{"serve", "--listen", "nonsense", "--drain-timeout", "soon", "--origins", "https://a.example/path", "--no-such", "--database-url", "mysql://u:s3cret@h"}}
	err := p.run(context.Background())
	if err == nil {
		t.Fatal("it started")
	}
	for _, want := range []string{"pool-size", "listen", "drain-timeout", "origins", "--no-such", "database-url", "oidc-issuer and oidc-audience", "oidc-issuer: no http", "smtp", "config: the file"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing is said of %s in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error()+out.String()+errs.String(), "s3cret") {
		t.Error("a secret was printed")
	}
}

func TestDevelopmentStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	for listen, fine := range map[string]bool{"": true, "127.0.0.1:0": true, "[::1]:0": true, ":8080": false, "0.0.0.0:8080": false, "10.0.0.1:80": false} {
		c := config{}
		c.Listen, c.DatabaseURL = listen, "postgres://h/d"
		c.Clock, c.Random, c.Log = time.Now, func([]byte) (int, error) { return 0, nil }, discardLog()
		c = development(c)
		if err := c.Validate(); (err == nil) != fine {
			t.Errorf("listen %q: %v", listen, err)
		}
		c.DevelopmentAnywhere = true
		if err := c.Validate(); err != nil {
			t.Errorf("listen %q with the flag: %v", listen, err)
		}
	}
}

func TestHelpNamesEverySetting(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := (program{out: &out, getenv: environment(nil)}).run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, s := range settings() {
		if !strings.Contains(out.String(), "--"+s.name+" ") || !strings.Contains(out.String(), s.env) {
			t.Errorf("%s is not explained", s.name)
		}
	}
}
