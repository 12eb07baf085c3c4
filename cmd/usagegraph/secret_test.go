package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fileOf makes a file for a test.
func fileOf(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	return path
}

// Secrets can be read from their own files, as Docker and Kubernetes provide them.
func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	url := fileOf(t, "url", "postgres://u:hunter2@h/d\n", 0o444)
	password := fileOf(t, "password", " with blanks \r\n", 0o400)
	c, from, _, err := readConfig(config{}, newFlags("serve"), nil, environment(map[string]string{"DATABASE_URL_FILE": url, "SMTP_PASSWORD_FILE": password}))
	if err != nil || c.DatabaseURL != "postgres://u:hunter2@h/d" || c.smtp.Password != " with blanks " {
		t.Errorf("%q %q %v", c.DatabaseURL, c.smtp.Password, err)
	}
	if from["database-url"] != "file of DATABASE_URL_FILE" {
		t.Errorf("%v", from)
	}
	if c, _, _, err := readConfig(config{}, newFlags("serve"), []string{"--database-url", "postgres://flag/d"}, environment(map[string]string{"DATABASE_URL_FILE": url})); err != nil || c.DatabaseURL != "postgres://flag/d" {
		t.Errorf("a flag beats it: %q %v", c.DatabaseURL, err)
	}
	marked := map[string]string{"DATABASE_URL_FILE": fileOf(t, "marked", "\ufeffpostgres://u:hunter2@h/d\r\n", 0o400)}
	if c, _, _, err := readConfig(config{}, newFlags("serve"), nil, environment(marked)); err != nil || c.DatabaseURL != "postgres://u:hunter2@h/d" {
		t.Errorf("with a byte order mark: %q %v", c.DatabaseURL, err)
	}
	if _, _, _, err := readConfig(config{}, newFlags("serve"), nil, environment(map[string]string{"DATABASE_URL_FILE": "/nowhere/s3cret"})); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("it does not say why: %v", err)
	}
	for name, env := range map[string]map[string]string{
		"both":       {"DATABASE_URL": "postgres://s3cret@h/d", "DATABASE_URL_FILE": url},
		"missing":    {"DATABASE_URL_FILE": "/nowhere/s3cret"},
		"empty":      {"DATABASE_URL_FILE": fileOf(t, "empty", "\n", 0o400)},
		"two lines":  {"DATABASE_URL_FILE": fileOf(t, "two", "postgres://s3cret@h/d\npostgres://h/e\n", 0o400)},
		"a folder":   {"DATABASE_URL_FILE": t.TempDir()},
		"a relay's":  {"SMTP_PASSWORD_FILE": "/nowhere"},
		"explorer's": {"USAGEGRAPH_EXPLORE_DATABASE_URL_FILE": "/nowhere"},
	} {
		if _, _, _, err := readConfig(config{}, newFlags("serve"), nil, environment(env)); err == nil || !strings.Contains(err.Error(), "_FILE") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, _, _, err := readConfig(config{}, newFlags("serve"), nil, environment(map[string]string{"USAGEGRAPH_LISTEN_FILE": url})); err != nil || c.Listen != "" {
		t.Errorf("what is no secret has no file: %q %v", c.Listen, err)
	}
	pairs := []string{"DATABASE_URL_FILE=" + url, "SMTP_PASSWORD_FILE=x", "SMTP_HOST_FILE=x", "USAGEGRAPH_LISTEN_FILE=x"}
	if got := (program{environ: func() []string { return pairs }}).strangers(); strings.Join(got, " ") != "SMTP_HOST_FILE USAGEGRAPH_LISTEN_FILE" {
		t.Errorf("strangers: %v", got)
	}
}

// A configuration file that contains secrets and can be read by everybody is refused.
func TestOpenConfigurationFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		content string
		mode    os.FileMode
		fine    bool
	}{
		{"database-url = postgres://u:s3cret@h/d", 0o644, false},
		{"database-url = postgres://u:s3cret@h/d", 0o604, false},
		{"database-url = postgres://u:s3cret@h/d", 0o640, true},
		{"database-url = postgres://u:s3cret@h/d", 0o600, true},
		{"database-url = postgres://u@h/d", 0o644, true},
		{"database-url = postgres://u@h/d?password=s3cret", 0o644, false},
		{"explore-database-url = postgres://u:s3cret@h/d", 0o644, false},
		{"smtp-password = s3cret", 0o644, false},
		{"smtp-password = ", 0o644, true},
		{"listen = :1", 0o666, true},
		{"", 0o644, true},
	} {
		_, _, _, err := readConfig(config{}, newFlags("serve"), []string{"--config", fileOf(t, "usagegraph.conf", c.content, c.mode)}, environment(nil))
		if (err == nil) != c.fine || err != nil && (!strings.Contains(err.Error(), "everybody may read") || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%q with %o: %v", c.content, c.mode, err)
		}
	}
}

// The version is printed without any setting, even if existing ones are wrong.
func TestVersion(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"version"}, {"--version"}, {"version", "--pool-size", "none"}} {
		var out bytes.Buffer
		p := program{args: args, getenv: environment(map[string]string{"USAGEGRAPH_REVISION": "abc123"}), out: &out, errs: &out, clock: time.Now}
		if err := p.run(t.Context()); err != nil || !strings.HasPrefix(out.String(), "usagegraph ") || !strings.Contains(out.String(), "go1.") || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%v: %v\n%s", args, err, out.String())
		}
	}
}
