package auth

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// tokenMark begins every API token, so that scanners for leaked secrets know one.
const tokenMark = "ug_"

// NewSecret makes an API token, ug_<prefix>_<secret>, of 256 random bits, and the prefix it is recognised by. It fails when
// random does.
func NewSecret(random io.Reader) (secret, prefix string, err error) {
	raw := make([]byte, 5+32)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", "", fmt.Errorf("make token: %w", err)
	}
	prefix = tokenMark + strings.ToLower(base32.StdEncoding.EncodeToString(raw[:5]))
	return prefix + "_" + base64.RawURLEncoding.EncodeToString(raw[5:]), prefix, nil
}

// secretLength is the length of every token that NewSecret makes.
const secretLength = len(tokenMark) + 8 + 1 + 43

// IsToken reports whether a credential looks like an API token, so that anything else costs no question to the database.
func IsToken(credential string) bool {
	return len(credential) == secretLength && strings.HasPrefix(credential, tokenMark) && credential[len(tokenMark)+8] == '_'
}

// Hash is what is stored of a secret. It needs no salt: 256 random bits cannot be guessed.
func Hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
