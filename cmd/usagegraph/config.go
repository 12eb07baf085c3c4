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

// config is everything that can be set: what the server takes itself, and what the rooms take that are handed to it.
type config struct {
	server.Config
	smtp              mail.Config // Host "": mails are stored and shown, not sent
	oidcClient        string      // the console's client id at the issuer; "": it takes API tokens alone
	oidcScope         string      // what the console asks the issuer for; "": defaultScope
	documents         string      // folder of trusted documents, *.graphql; "": those of the console alone
	noMigrate, noJobs bool
	noDemo            bool // usagegraph dev makes an empty account instead of the demo
	debug             bool // the log tells every request and job
}

// Validate tells all that is wrong.
func (c config) Validate() error {
	return errors.Join(c.Config.Validate(), c.smtpFaults(), c.folderFault(),
		c.issuerFaults())
}

// issuerFaults are settings that mean nothing without an issuer, or without the console's client there.
func (c config) issuerFaults() error {
	o := c.OIDC
	set := c.oidcClient != "" || c.AnyDocument || len(o.Algorithms) > 0 || o.Tokens != "" || o.UserClaim != "" || o.Leeway != 0 || o.Claims.Roles != ""
	return errors.Join(
		fault(o.Issuer == "" && set, "any-document, oidc-client, oidc-tokens, oidc-user-claim, oidc-role-claim, oidc-leeway, oidc-algorithms: some are set, and oidc-issuer is not"),
		fault(c.oidcScope != "" && !slices.Contains(strings.Fields(c.oidcScope), "openid"), "oidc-scope: openid is not among the scopes"),
		fault(c.oidcScope != "" && c.oidcClient == "", "oidc-scope: set, and oidc-client is not"))
}

// directURL leads to the database past a pooler, for what needs a session of its own. A host that is silent does not hold it up.
func (c config) directURL() string {
	direct := cmp.Or(c.ListenURL, c.DatabaseURL)
	parsed, err := pgx.ParseConfig(direct)
	if err != nil || parsed.ConnectTimeout > 0 {
		return direct // whoever opens it says what is wrong with it
	}
	sign := "?"
	if strings.Contains(direct, "?") {
		sign = "&"
	}
	return fmt.Sprintf("%s%sconnect_timeout=%d", direct, sign, server.ConnectTimeout/time.Second)
}

// smtpFaults are those of the relay. Without a host nothing is sent, which must not come of a forgotten line.
func (c config) smtpFaults() error {
	if c.smtp.Host == "" {
		relay := c.smtp
		return fault(relay.Port != 0 || relay.Username != "" || relay.Password != "" || relay.From != "" || relay.TLS != "",
			"smtp-port, smtp-username, smtp-password, smtp-from, smtp-tls: some are set, and smtp-host is not")
	}
	if err := c.smtp.Validate(); err != nil {
		return fmt.Errorf("smtp: %w", err)
	}
	return nil
}

// folderFault is a folder of documents that is not there, which would read like one without any.
func (c config) folderFault() error {
	if c.documents == "" {
		return nil
	}
	_, err := os.ReadDir(c.documents)
	return fault(err != nil, "documents: no folder that can be read")
}

// origins say of each setting where its value came from; settings at their defaults are missing.
type origins map[string]string

// inForce is c with its defaults filled in; what is switched off has none.
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

// readConfig puts settings together: flags before environment before the file that --config or USAGEGRAPH_CONFIG names.
// It sets the sub-command's own flags, and returns the arguments that are no flag, and all faults at once.
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

// find is the value of a setting and where it came from.
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

// readFile reads lines of "name = value"; # begins a comment line. "" is no file.
func readFile(path string) (_ map[string]string, err error) {
	if path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.New("config: the file cannot be read")
	}
	values := map[string]string{}
	var faults []error
	defer func() { err = errors.Join(err, openSecrets(path, values)) }()
	n := 0
	for line := range strings.Lines(string(content)) {
		n++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if _, known := lookUp(name); !ok || !known || name == "config" {
			faults = append(faults, fmt.Errorf("config, line %d: no such setting", n))
			continue
		}
		values[name] = strings.Trim(strings.TrimSpace(value), `"`)
	}
	return values, errors.Join(faults...)
}

// printConfig shows what is in force and where from, and which variables are no setting; secrets show only that they are set.
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
		fmt.Fprintf(out, "%-22s is no setting\n", name)
	}
}

// strangers are the names of variables that look like settings and are none, such as those with a letter wrong. They are reported
// and not refused: Kubernetes, for one, adds variables of its own for a service that is called usagegraph.
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

// looksOurs leaves out what is not read as a setting: the file's name, the image's revision, and what scripts, tests and
// Kubernetes set.
func looksOurs(name string) bool {
	ours := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	if name == "USAGEGRAPH_CONFIG" || name == "USAGEGRAPH_REVISION" || name == "USAGEGRAPH_IMAGE" {
		return false
	}
	others := slices.ContainsFunc([]string{"USAGEGRAPH_DB", "USAGEGRAPH_TEST_", "USAGEGRAPH_PORT", "USAGEGRAPH_SERVICE_"}, ours)
	return !others && slices.ContainsFunc([]string{"USAGEGRAPH_", "SMTP_", "OIDC_"}, ours)
}
