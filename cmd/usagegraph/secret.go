package main

import (
	"errors"
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

// readSecret reads a secret from its own file, as Docker and Kubernetes provide it. other is the value of the same setting in the
// environment itself; if both were given, it would be unclear which counts.
func (s setting) readSecret(path, other string) (value, origin string, given bool, err error) {
	name := s.env + "_FILE"
	if other != "" {
		return "", "", false, errors.New(s.name + ": " + s.env + " and " + name + " are both set")
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", "", false, errors.New(s.name + ": the file that " + name + " names cannot be read")
	}
	switch value = strings.TrimRight(withoutMark(string(content)), "\r\n"); {
	case value == "":
		return "", "", false, errors.New(s.name + ": the file that " + name + " names is empty")
	case strings.ContainsAny(value, "\r\n"):
		return "", "", false, errors.New(s.name + ": the file that " + name + " names has more than one line")
	}
	return value, "file of " + name, true, nil
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
