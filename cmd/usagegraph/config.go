package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/server"
)

// config holds all settings: the server's own, and those of the parts that are passed to it.
type config struct {
	server.Config
	smtp              mail.Config // Host "": e-mails are stored and shown, not sent
	oidcClient        string      // the console's client id at the issuer; "": it accepts only API tokens
	oidcScope         string      // the scope that the console requests from the issuer; "": defaultScope
	documents         string      // folder of trusted documents, *.graphql; "": only the console's
	noMigrate, noJobs bool
	noDemo            bool // usagegraph dev makes an empty account instead of the demo
	debug             bool // the log contains every request and job
}

// Validate returns everything that is wrong.
func (c config) Validate() error {
	return errors.Join(c.Config.Validate(), c.smtpFaults(), c.folderFault(),
		c.issuerFaults())
}

// issuerFaults returns settings that have no effect without an issuer, or without the console's client there.
func (c config) issuerFaults() error {
	o := c.OIDC
	set := c.oidcClient != "" || c.AnyDocument || len(o.Algorithms) > 0 || o.Tokens != "" || o.UserClaim != "" || o.Leeway != 0 || o.Claims.Roles != ""
	return errors.Join(
		fault(o.Issuer == "" && set, "any-document, oidc-client, oidc-tokens, oidc-user-claim, oidc-role-claim, oidc-leeway, oidc-algorithms: some are set, and oidc-issuer is not"),
		fault(c.oidcScope != "" && !slices.Contains(strings.Fields(c.oidcScope), "openid"), "oidc-scope: openid is not among the scopes"),
		fault(c.oidcScope != "" && c.oidcClient == "", "oidc-scope: set, and oidc-client is not"))
}

// directURL returns the URL of the database without a pooler, for what needs its own session. A host that is silent does not hold it up.
func (c config) directURL() string {
	direct := cmp.Or(c.ListenURL, c.DatabaseURL)
	parsed, err := pgx.ParseConfig(direct)
	if err != nil || parsed.ConnectTimeout > 0 {
		return direct // opening it reports what is wrong
	}
	sign := "?"
	if strings.Contains(direct, "?") {
		sign = "&"
	}
	return fmt.Sprintf("%s%sconnect_timeout=%d", direct, sign, server.ConnectTimeout/time.Second)
}

// smtpFaults returns the faults of the relay's settings. Without a host nothing is sent, which must not be the result of a forgotten line.
func (c config) smtpFaults() error {
	if c.smtp.Host == "" {
		relay := c.smtp
		return fault(relay.Port != 0 || relay.Username != "" || relay.Password != "" || relay.From != "" || relay.TLS != "" || relay.HelloName != "",
			"smtp-port, smtp-username, smtp-password, smtp-from, smtp-tls, smtp-hello: some are set, and smtp-host is not")
	}
	if err := c.smtp.Validate(); err != nil {
		return fmt.Errorf("smtp: %w", err)
	}
	return nil
}

// folderFault returns an error if the folder of documents does not exist, which would otherwise look like an empty one.
func (c config) folderFault() error {
	if c.documents == "" {
		return nil
	}
	_, err := os.ReadDir(c.documents)
	return fault(err != nil, "documents: no folder that can be read")
}

// origins says where the value of each setting came from. Settings with their default are missing.
type origins map[string]string

// inForce returns c with its defaults filled in. What is switched off gets none.
func (c config) inForce() config {
	c.Config = c.Config.InForce()
	c.Mapping = c.Mapping.WithDefaults()
	if !c.RemoteWrite.IsZero() {
		c.RemoteWrite = c.RemoteWrite.WithDefaults()
	}
	if c.OIDC.Issuer != "" {
		c.OIDC = c.OIDC.InForce()
		claims := &c.OIDC.Claims
		claims.Email, claims.Name = cmp.Or(claims.Email, "email"), cmp.Or(claims.Name, "name")
	}
	if c.oidcClient != "" {
		c.oidcScope = cmp.Or(c.oidcScope, defaultScope)
	}
	if c.smtp.Host == "" {
		return c
	}
	if c.smtp.TLS == "" {
		c.smtp.TLS = mail.StartTLS
	}
	if c.smtp.Port == 0 {
		c.smtp.Port = map[mail.TLSMode]int{mail.StartTLS: 587, mail.ImplicitTLS: 465, mail.NoTLS: 25}[c.smtp.TLS]
	}
	return c
}

// readConfig reads the settings: flags take precedence over the environment, and that over the file named by --config or USAGEGRAPH_CONFIG.
// It sets the sub-command's own flags, and returns the arguments that are not flags, and all faults at once.
func readConfig(base config, own *flag.FlagSet, args []string, getenv func(string) string) (config, origins, []string, error) {
	flags, rest, err := readFlags(own, args)
	faults := []error{err}
	path := flags["config"]
	delete(flags, "config")
	if path == "" {
		path = getenv("USAGEGRAPH_CONFIG")
	}
	file, err := readFile(path)
	faults = append(faults, err)
	from := origins{}
	for _, s := range settings() {
		value, origin, given, err := s.find(flags, getenv, file)
		faults = append(faults, err)
		if !given {
			continue
		}
		from[s.name] = origin
		if err := s.set(&base, value); err != nil {
			faults = append(faults, fmt.Errorf("%s (from %s): %w", s.name, origin, err))
		}
	}
	return base, from, rest, errors.Join(faults...)
}

// find returns the value of a setting and where it came from.
func (s setting) find(flags map[string]string, getenv func(string) string, file map[string]string) (value, origin string, given bool, err error) {
	if v, ok := flags[s.name]; ok {
		return v, "flag --" + s.name, true, nil
	}
	v := getenv(s.env)
	if path := s.fileOf(getenv); path != "" {
		return s.readSecret(path, v)
	}
	if v != "" {
		return v, "environment " + s.env, true, nil
	}
	v, ok := file[s.name]
	return v, "file", ok, nil
}

func lookUp(name string) (setting, bool) {
	for _, s := range settings() {
		if s.name == name {
			return s, true
		}
	}
	return setting{}, name == "config"
}

// readFile reads lines of the form "name = value"; # begins a comment line. Each name may be there once: of two values nobody could say which one
// was meant. The path "" means no file.
func readFile(path string) (_ map[string]string, err error) {
	if path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.New("config: the file cannot be read" + whyNot(err))
	}
	values, places := map[string]string{}, map[string]int{}
	var faults []error
	defer func() { err = errors.Join(err, openSecrets(path, values)) }()
	n := 0
	for line := range strings.Lines(withoutMark(string(content))) {
		n++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		_, known := lookUp(name)
		switch {
		case !ok:
			faults = append(faults, fmt.Errorf("config, line %d: not of the form name = value", n))
		case !known || name == "config":
			faults = append(faults, fmt.Errorf("config, line %d: no such setting", n))
		case places[name] > 0:
			faults = append(faults, fmt.Errorf("config, line %d: %s is set in line %d already", n, name, places[name]))
		default:
			values[name], places[name] = strings.Trim(strings.TrimSpace(value), `"`), n
		}
	}
	return values, errors.Join(faults...)
}

// withoutMark returns the content of a file without the byte order mark that some editors begin it with.
func withoutMark(content string) string { return strings.TrimPrefix(content, "\ufeff") }

// printConfig prints the settings in force and where they came from, and variables that are not settings. Of secrets it only says that they
// are set.
func printConfig(out io.Writer, c config, from origins, strange []string) {
	c = c.inForce()
	for _, s := range settings() {
		value, origin := s.get(&c), from[s.name]
		if origin == "" {
			origin = "default"
		}
		if s.secret && value != "" {
			value = "(set, not shown)"
		}
		fmt.Fprintf(out, "%-22s %-40s %s\n", s.name, value, origin)
	}
	for _, name := range strange {
		fmt.Fprintf(out, "%-22s is not a setting\n", name)
	}
}

// strangers returns the names of variables that look like settings but are not, such as misspelt ones. They are reported and not refused,
// because Kubernetes, for example, adds its own variables for a service called usagegraph.
func (p program) strangers() []string {
	if p.environ == nil {
		return nil
	}
	var names []string
	for _, pair := range p.environ() {
		name, _, _ := strings.Cut(pair, "=")
		if looksOurs(name) && !slices.ContainsFunc(settings(), func(s setting) bool { return s.env == name || s.secret && s.env+"_FILE" == name }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// looksOurs reports whether a variable looks like one of our settings. It excludes the file's name, the image's revision, and what scripts,
// tests and Kubernetes set.
func looksOurs(name string) bool {
	ours := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	if name == "USAGEGRAPH_CONFIG" || name == "USAGEGRAPH_REVISION" || name == "USAGEGRAPH_IMAGE" {
		return false
	}
	others := slices.ContainsFunc([]string{"USAGEGRAPH_DB", "USAGEGRAPH_TEST_", "USAGEGRAPH_PORT", "USAGEGRAPH_SERVICE_"}, ours)
	return !others && slices.ContainsFunc([]string{"USAGEGRAPH_", "SMTP_", "OIDC_"}, ours)
}
