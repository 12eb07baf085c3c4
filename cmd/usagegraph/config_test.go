package main

import (
	"bytes"
	"context"
	"flag"
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
	c, from, rest, err := readConfig(config{}, newFlags("serve"), []string{"--config", file, "--listen=:3", "left", "--trust-proxy"}, env)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != ":3" || c.PoolSize != 22 || c.ChartPoolSize != 12 || !c.TrustProxy || len(rest) != 1 || rest[0] != "left" {
		t.Errorf("%q %d %d %v %v", c.Listen, c.PoolSize, c.ChartPoolSize, c.TrustProxy, rest)
	}
	var out bytes.Buffer
	printConfig(&out, c, from, nil)
	for _, want := range []string{"drain-timeout          20s ", "event-retention        9600h0m0s ", "flag --listen", "environment USAGEGRAPH_POOL_SIZE", "file", "default", "(set, not shown)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("usagegraph config does not say %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Error("a secret was printed")
	}
}

// A broken configuration lists every fault, but no value, which may be a misplaced secret.
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

// Numbers and amounts are taken in plain digits alone, in settings as everywhere.
func TestNumbersOfSettingsArePlain(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"+5", "-5", " 5", "5 ", "1e3", "1_000", "1,000", "1.000,5", "0x10", "5.", ".5", "٥", "５", "1\u2009000", "\u22125", "5.5.5", "Inf", ""} {
		for _, name := range []string{"pool-size", "free-runs", "free-credits"} {
			err := func() error {
				c, _, _, err := readConfig(config{}, newFlags("serve"), []string{"--" + name + "=" + text}, environment(nil))
				if err == nil {
					err = c.inForce().Settings.Validate()
				}
				return err
			}()
			if err == nil && (text != "" || name != "free-credits") {
				t.Errorf("%s %q is taken", name, text)
			}
		}
		fs := newFlags("rates")
		var o ratesOrder
		o.flags(fs)
		if _, _, err := readFlags(fs, []string{"rates", "--days", text}); err == nil {
			t.Errorf("--days %q is taken", text)
		}
	}
}

// A line that is no setting, or names one again, is refused with its number; a byte order mark is passed over.
func TestLinesOfAConfigurationFile(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"\ufefflisten = :9\r\n# listen = :8\r\n": "",
		"listen = :9\nlisten = :9\n":             "config, line 2: listen is set in line 1 already",
		"\n#\nlisten :9\n":                       "config, line 3: not of the form name = value",
		"listenn = :9\n":                         "config, line 1: no such setting",
		"config = x\n":                           "config, line 1: no such setting",
	} {
		c, _, _, err := readConfig(config{}, newFlags("serve"), nil, environment(map[string]string{"USAGEGRAPH_CONFIG": fileOf(t, "settings", content, 0o600)}))
		if want == "" && (err != nil || c.Listen != ":9") || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%q: listen %q, %v", content, c.Listen, err)
		}
	}
}

// A database's URL that cannot be read is not said to be missing, and nothing of it is repeated.
func TestURLsOfDatabasesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"": "database-url: required", "mysql://u:s3cret@h/d": "no URL such as", "h/d": "no URL such as", "postgres://u:s3%cret@h/d": "no URL such as",
		"postgres://u:s3cret@h:port/d": "no URL such as", "postgres://u:s3cret@h/d?sslmode=s3cret": "one of its parts cannot be read",
	} {
		c := ofTest(url)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") || url != "" && strings.Contains(err.Error(), "required") {
			t.Errorf("%q: %v, want %s", url, err, want)
		}
	}
}

// Each of these values alone, in an otherwise good configuration, is refused by name.
func TestValuesThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, fault string }{
		{"--pool-size 0", "pool-size"}, {"--pool-size 1", "pool-size"}, {"--pool-size 5000000000", "pool-size"}, {"--chart-pool-size -3", "chart-pool-size"},
		{"--drain-timeout 0s", "drain-timeout"}, {"--drain-timeout 20", "drain-timeout"}, {"--statement-timeout 900us", "statement-timeout"},
		{"--chart-timeout -1s", "chart-timeout"}, {"--explore-timeout 1ms", "explore-timeout"}, {"--bucket-size 5", "bucket-size"}, {"--bucket-rate 0", "bucket-rate"},
		{"--free-credits plenty", "free-credits"}, {"--free-credits -1", "free-credits"}, {"--free-runs -1", "free-runs"}, {"--free-term 1ms", "free-term"},
		{"--event-retention 24h", "event-retention"}, {"--quarter-months -1", "quarter-months"}, {"--reservation-timeout 25h", "reservation-timeout"},
		{"--listen :99999", "listen"}, {"--listen 8080", "listen"}, {"--console-url localhost", "console-url"}, {"--smtp-port 587", "smtp-host"},
		{"--smtp-host mail --smtp-from a@b.example --smtp-port 70000", "Port"}, {"--oidc-client console", "oidc-issuer"},
		{"--oidc-issuer https://i.example --oidc-audience a --oidc-algorithms RS256,HS256", "oidc-algorithms: number 2"},
		{"--oidc-issuer https://i.example --oidc-audience a --oidc-roles a=ADMIN", "oidc-role-claim is not"}, {"--oidc-role-claim g --oidc-roles a=ADMIN --oidc-account external:account:x", "oidc-issuer"},
		{"--oidc-issuer https://i.example --oidc-audience a --oidc-role-claim g --oidc-roles a=SUPPORT --oidc-account external:account:x", "oidc-roles: number 1: SUPPORT"},
		{"--oidc-issuer https://i.example --oidc-audience a --oidc-role-claim g --oidc-roles a=ADMIN", "oidc-account"}, {"--oidc-roles nonsense", "oidc-roles"},
		{"--oidc-account acme", "oidc-account"}, {"--oidc-leeway 11m --oidc-issuer https://i.example --oidc-audience a", "oidc-leeway"},
		{"--documents /nowhere/at/all", "documents"}, {"--trust-proxy false", "1 arguments"}, {"-listen :80", "2 arguments"}, {"--compression=maybe", "compression"},
		{"--database-url postgres://u:s3cret@h/d?sslmode=s3cret", "database-url"}, {"--database-url postgres://u:s3cret@h:port/d", "database-url"},
		{"--explore-database-url host=h", "explore-database-url"},
	} {
		env := environment(map[string]string{"DATABASE_URL": "postgres://u:s3cret@h/d"})
		var out bytes.Buffer
		err := (program{out: &out, errs: &out, clock: time.Now, getenv: env, args: append([]string{"config"}, strings.Fields(c.args)...)}).run(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.fault) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", c.args, err)
		} else if strings.Contains(err.Error()+out.String(), "s3cret") {
			t.Errorf("%s: a secret was printed: %v", c.args, err)
		}
	}
}

// An empty value, as from an unset variable, is never mistaken for a flag that was left out.
func TestAnEmptyFlagIsAFault(t *testing.T) {
	t.Parallel()
	for _, c := range commands() {
		fs := newFlags(c.name)
		c.make(program{}, fs)
		fs.VisitAll(func(f *flag.Flag) {
			for _, args := range [][]string{{"--" + f.Name, ""}, {"--" + f.Name + "="}} {
				own := newFlags(c.name)
				c.make(program{}, own)
				if _, _, err := readFlags(own, args); err == nil && !isSwitch(f) {
					t.Errorf("%s %q is taken", c.name, args)
				}
			}
		})
	}
}

// A setting of 0 runs is not the default.
func TestNoFreeRuns(t *testing.T) {
	t.Parallel()
	c, from, _, err := readConfig(config{}, newFlags("serve"), []string{"--free-runs", "0"}, environment(nil))
	if err != nil || c.InForce().Settings.FreeRuns >= 0 {
		t.Errorf("free runs %d, %v", c.InForce().Settings.FreeRuns, err)
	}
	var out bytes.Buffer
	printConfig(&out, c, from, nil)
	if line := lines(out.String(), "free-runs "); !strings.Contains(line, " 0 ") {
		t.Error(line)
	}
}

// A misspelt name is reported, but not its value.
func TestVariablesThatAreNoSetting(t *testing.T) {
	t.Parallel()
	pairs := []string{"USAGEGRAPH_POOLSIZE=s3cret", "SMTP_PASS=s3cret", "USAGEGRAPH_LISTEN=:1", "USAGEGRAPH_PORT=tcp://10.0.0.1:80", "USAGEGRAPH_DB_PORT=1", "HOME=/"}
	for _, command := range []string{"config", "serve"} {
		var out bytes.Buffer
		p := program{args: []string{command, "--pool-size", "none"}, getenv: environment(nil), environ: func() []string { return pairs }, out: &out, errs: &out, clock: time.Now}
		_ = p.run(t.Context()) // pool-size keeps it from starting
		for _, name := range []string{"USAGEGRAPH_POOLSIZE", "SMTP_PASS"} {
			if !strings.Contains(out.String(), name) {
				t.Errorf("%s does not tell of %s:\n%s", command, name, out.String())
			}
		}
		if strings.Contains(out.String(), "s3cret") || strings.Contains(out.String(), "USAGEGRAPH_PORT") {
			t.Errorf("%s tells too much:\n%s", command, out.String())
		}
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

// Help explains every setting with its default, which is the value in force if nothing is set.
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
		if strings.Contains(s.usage, "(default") {
			t.Errorf("%s says its default by hand", s.name)
		}
	}
	for name, value := range map[string]string{
		"listen": ":8080", "pool-size": "16", "statement-timeout": "30s", "free-credits": "75", "free-runs": "10000", "free-term": "2160h", "event-retention": "9600h",
		"reservation-timeout": "15m", "refusal-retention": "168h", "otlp-model": "gen_ai.request.model,gen_ai.response.model", "remote-write-account": "account",
		"oidc-tokens": "any", "oidc-user-claim": "sub", "oidc-leeway": "1m", "oidc-email-claim": "email", "oidc-algorithms": "RS256,ES256", "smtp-tls": "starttls", "oidc-scope": "openid email profile",
	} {
		if line := lines(out.String(), "  --"+name+" "); !strings.Contains(line, "(default "+value+")") {
			t.Errorf("the default of %s is not %s: %s", name, value, line)
		}
	}
	for _, none := range []string{"database-url", "oidc-issuer", "oidc-client", "smtp-host", "trust-proxy", "remote-write-runs", "smtp-password"} {
		if line := lines(out.String(), "  --"+none+" "); strings.Contains(line, "(default") {
			t.Errorf("%s has a default: %s", none, line)
		}
	}
}

// The help of each sub-command says how it is called, what its flags are, and their defaults. Help does nothing else.
func TestHelpOfEverySubCommand(t *testing.T) {
	t.Parallel()
	for _, c := range commands() {
		var out bytes.Buffer
		fs := newFlags(c.name)
		c.make(program{}, fs)
		if err := (program{args: []string{c.name, "--no-such", "--help"}, out: &out, getenv: environment(nil)}).run(t.Context()); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if !strings.HasPrefix(out.String(), "usagegraph "+c.name+": "+c.summary+"\n\n  usagegraph "+c.name) {
			t.Errorf("%s: %s", c.name, out.String())
		}
		fs.VisitAll(func(f *flag.Flag) {
			line := lines(out.String(), "  --"+f.Name)
			if f.Usage == "" || line == "" || strings.Contains(f.Usage, "(default") {
				t.Errorf("%s --%s is not explained: %q", c.name, f.Name, line)
			}
			if _, setting := lookUp(f.Name); setting && f.Name != "any-document" { // of a token, and of all who sign in by the issuer
				t.Errorf("%s --%s hides a setting", c.name, f.Name)
			}
		})
	}
	for of, want := range map[string]string{"token": "(default 24h)", "import": "(default import)", "consume": "(default 1000)", "demo": "(default 1)"} {
		var out bytes.Buffer
		if err := (program{args: []string{of, "-h"}, out: &out, getenv: environment(nil)}).run(t.Context()); err != nil || strings.Count(out.String(), "(default ") != 1 || !strings.Contains(out.String(), want) {
			t.Errorf("%s, %v: %s", of, err, out.String())
		}
	}
}
