package auth

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// tokenMark begins every API token, so that scanners for leaked secrets recognise it.
const tokenMark = "ug_"

// NewSecret makes an API token, ug_<prefix>_<secret>, from 256 random bits, and the prefix by which it is recognised. It fails if random
// fails.
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

// IsToken reports whether a credential looks like an API token, so that other credentials cost no query.
func IsToken(credential string) bool {
	return len(credential) == secretLength && strings.HasPrefix(credential, tokenMark) && credential[len(tokenMark)+8] == '_'
}

// Hash returns the hash of a secret, which is what is stored. It needs no salt, because 256 random bits cannot be guessed.
func Hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
