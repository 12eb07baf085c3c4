package auth

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"

	"github.com/usagegraph/usagegraph/tsdb/access"
)

// maxJWT bounds the length of a JWT that is parsed, in bytes.
const maxJWT = 16 << 10

// claims are the claims of a JWT. They are read by go-jose's package json, which takes names exactly and each once: encoding/json would take a claim
// Aud, which an issuer may let people choose, for aud.
type claims struct {
	Issuer    string      `json:"iss"`
	Audience  oneOrMore   `json:"aud"`
	Expiry    json.Number `json:"exp"`
	NotBefore json.Number `json:"nbf"`
	IssuedAt  json.Number `json:"iat"`
	ID        string      `json:"jti"`
	Client    string      `json:"client_id"`
	Email     string      `json:"email"`
	Verified  any         `json:"email_verified"` // true, false, either as a string, or missing
	Name      string      `json:"name"`

	Type   any             `json:"typ"`    // Keycloak says here what kind of token it is
	Bound  json.RawMessage `json:"cnf"`    // the key whose possession the sender must prove
	Events json.RawMessage `json:"events"` // in tokens that report an event, such as a sign-out

	user    string    // the person's id
	proven  string    // the address that the issuer says is the person's; "": none
	until   time.Time // when the token begins to be refused
	payload []byte    // all claims
}

// oneOrMore is a string or a list of strings.
type oneOrMore []string

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMore) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '[' {
		return json.Unmarshal(raw, (*[]string)(o))
	}
	*o = []string{""}
	return json.Unmarshal(raw, &(*o)[0])
}

// verify reads a JWT that the issuer signed for us. It returns ErrUnauthenticated for any other, and ErrIssuer if that cannot be decided at
// present.
func (o *OIDC) verify(ctx context.Context, raw string) (c claims, err error) {
	signed, err := jose.ParseSignedCompact(raw, o.algorithms())
	if err != nil {
		return c, ErrUnauthenticated
	}
	payload, err := o.open(ctx, signed)
	if err != nil {
		return c, err
	}
	if json.Unmarshal(payload, &c) != nil || !o.meant(c) || !o.takes(signed.Signatures[0].Protected, c) {
		return claims{}, ErrUnauthenticated
	}
	var timely, known bool
	c.until, timely = o.lasts(c)
	c.user, known = person(payload, o.cfg.UserClaim)
	if !timely || !known {
		return claims{}, ErrUnauthenticated
	}
	c.payload = payload
	// Before another claim takes the place of the address: email_verified speaks of this one.
	if c.Verified == true || c.Verified == "true" {
		c.proven = c.Email
	}
	c.identify(o.cfg.Claims)
	return c.trusted(), nil
}

func (o *OIDC) algorithms() []jose.SignatureAlgorithm {
	list := make([]jose.SignatureAlgorithm, len(o.cfg.Algorithms))
	for i, alg := range o.cfg.Algorithms {
		list[i] = jose.SignatureAlgorithm(alg)
	}
	return list
}

// meant reports whether a token is from the issuer and for us.
func (o *OIDC) meant(c claims) bool {
	ours := slices.Contains(c.Audience, o.cfg.Audience)
	if o.cfg.Tokens != AccessTokens && o.cfg.ClientID != "" {
		ours = ours || slices.Contains(c.Audience, o.cfg.ClientID)
	}
	return ours && c.Issuer == o.cfg.Issuer
}

// takes reports whether a token is of an accepted kind. A token that reports an event signs nobody in, and neither does one that only the
// holder of a key may use, because a bearer has not proved to be that holder.
func (o *OIDC) takes(head jose.Header, c claims) bool {
	typ, _ := head.ExtraHeaders[jose.HeaderType].(string)
	typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	said, _ := c.Type.(string)
	if len(c.Events) > 0 || len(c.Bound) > 0 || !slices.Contains([]string{"", "Bearer", "ID"}, said) {
		return false
	}
	access := typ == "at+jwt"
	switch o.cfg.Tokens {
	case AccessTokens:
		return access && c.ID != "" && c.Client != "" && c.IssuedAt != ""
	case IDTokens:
		return !access && (typ == "" || typ == "jwt") && said != "Bearer"
	}
	return access || typ == "" || typ == "jwt"
}

// lasts returns when a token begins to be refused; timely is false if it is refused now. The leeway applies at both ends.
func (o *OIDC) lasts(c claims) (until time.Time, timely bool) {
	now, leeway := o.cfg.Clock(), max(o.cfg.Leeway, 0)
	end, ok := instant(c.Expiry)
	if !ok || !now.Before(end.Add(leeway)) {
		return until, false
	}
	if c.NotBefore != "" {
		begin, ok := instant(c.NotBefore)
		if !ok || now.Before(begin.Add(-leeway)) {
			return until, false
		}
	}
	return end.Add(leeway), true
}

// instant reads seconds since 1970 and truncates a fraction; ok is false beyond the year 9999. JSON may also write them as 1.9e9.
func instant(n json.Number) (t time.Time, ok bool) {
	seconds, err := n.Float64() // exact far beyond that year
	if err != nil || seconds < 0 || seconds >= 253_402_300_800 {
		return t, false
	}
	return time.Unix(int64(seconds), 0), true
}

// person returns the value of the claim with a person's id; ok is false if it is not a string that can be an id. One that
// stands for an invitation is not: people who choose the claim's value would accept invitations of others.
func person(payload []byte, claim string) (id string, ok bool) {
	var all map[string]any
	if json.Unmarshal(payload, &all) != nil {
		return "", false
	}
	id, ok = all[claim].(string)
	return id, ok && id != "" && len(id) <= 800 && utf8.ValidString(id) && !strings.ContainsRune(id, 0) && !access.IsInvitation(id)
}

// trusted returns c without the name and address if the issuer says that it has not verified them, because people are shown under them.
func (c claims) trusted() claims {
	if c.Verified == false || c.Verified == "false" {
		c.Email, c.Name = "", c.user
	}
	return c
}
