package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
)

// fileOf returns the file that contains a secret, named by the variable NAME_FILE; "" if none is named.
func (s setting) fileOf(getenv func(string) string) string {
	if !s.secret {
		return ""
	}
	return getenv(s.env + "_FILE")
}

// readSecret reads a secret setting from its own file. other is the value of the same setting in the environment itself.
func (s setting) readSecret(path, other string) (value, origin string, given bool, err error) {
	if value, err = secretOf(s.env, path, other); err != nil {
		return "", "", false, fmt.Errorf("%s: %w", s.name, err)
	}
	return value, "file of " + s.env + "_FILE", true, nil
}

// secretOf reads a secret from the file that the variable NAME_FILE names, as Docker and Kubernetes provide it. other is the value of the variable NAME;
// if both were given, it would be unclear which counts.
func secretOf(name, path, other string) (string, error) {
	if other != "" {
		return "", errors.New(name + " and " + name + "_FILE are both set")
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", errors.New("the file that " + name + "_FILE names cannot be read" + whyNot(err))
	}
	value := strings.TrimRight(withoutMark(string(content)), "\r\n")
	switch {
	case value == "":
		return "", errors.New("the file that " + name + "_FILE names is empty")
	case strings.ContainsAny(value, "\r\n"):
		return "", errors.New("the file that " + name + "_FILE names has more than one line")
	}
	return value, nil
}

// whyNot returns why a file cannot be read, without its name, in whose place somebody may have put the secret itself.
func whyNot(err error) string {
	var of *fs.PathError
	if errors.As(err, &of) {
		return ": " + of.Err.Error()
	}
	return ""
}

// openSecrets refuses a configuration file that contains secrets and can be read by everybody on the machine.
func openSecrets(path string, values map[string]string) error {
	about, err := os.Stat(path)
	if err != nil || about.Mode().Perm()&0o004 == 0 {
		return nil // a file that cannot be read has been reported
	}
	for _, s := range settings() {
		if s.secret && isSecret(values[s.name]) {
			return errors.New("config: the file holds " + s.name + ", and everybody may read it: chmod o-r")
		}
	}
	return nil
}

// isSecret reports whether a value reveals anything. A URL without a password does not.
func isSecret(value string) bool {
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return value != ""
	}
	_, known := u.User.Password()
	return known || u.Query().Has("password")
}
