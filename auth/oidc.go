package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// OIDCConfig says whose bearer tokens are accepted. Issuer, Audience and Clock are required.
type OIDCConfig struct {
	// Issuer is the URL that tokens name, and under which the discovery document is found.
	Issuer string
	// Audience must be among the token's audiences.
	Audience string
	// ClientID is a client whose ID tokens are accepted too, since they name it as their audience; "": none. With Tokens AccessTokens, no
	// ID tokens are accepted.
	ClientID string
	// Tokens are the kinds accepted; "": AnyToken.
	Tokens TokenKind
	// UserClaim is the claim with the person's id; "": sub.
	UserClaim string
	// Leeway is how far the issuer's clock may differ from ours, in either direction; 0: one minute; below 0: not at all.
	Leeway time.Duration
	// Algorithms are the signature algorithms accepted; default RS256 and ES256. None and HMAC are refused.
	Algorithms []string
	// Claims make people members of accounts; zero: members are only made by hand.
	Claims Claims
	// Clock returns the present time, to tell when tokens end.
	Clock func() time.Time
	// Log receives a record when the issuer cannot be reached, and when it can be again; nil: slog.Default.
	Log *slog.Logger
}

// TokenKind is a kind of token that an issuer issues.
type TokenKind string

// The kinds of tokens that can be accepted.
const (
	AnyToken     TokenKind = "any"    // access tokens that are JWTs, and ID tokens
	AccessTokens TokenKind = "access" // only access tokens as defined by RFC 9068
	IDTokens     TokenKind = "id"     // only ID tokens
)

// MaxLeeway is the largest permitted difference of clocks; beyond it, a clock should be set right.
const MaxLeeway = 10 * time.Minute

// Validate returns everything that is wrong with c, in terms of the operator's settings.
func (c OIDCConfig) Validate() error {
	var wrong []error
	if !slices.Contains([]TokenKind{"", AnyToken, AccessTokens, IDTokens}, c.Tokens) {
		wrong = append(wrong, errors.New("oidc-tokens: neither any, access nor id"))
	}
	if c.Leeway > MaxLeeway {
		wrong = append(wrong, fmt.Errorf("oidc-leeway: more than %s", MaxLeeway))
	}
	return errors.Join(append(wrong, c.validateAlgorithms(), c.Claims.Validate())...)
}

// validateAlgorithms refuses "none", and algorithms with which whoever can check a signature can also make one.
func (c OIDCConfig) validateAlgorithms() error {
	known := []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA}
	for i, alg := range c.Algorithms {
		if !slices.Contains(known, jose.SignatureAlgorithm(alg)) {
			return fmt.Errorf("oidc-algorithms: number %d is not taken; it may be one of %s", i+1, strings.Trim(fmt.Sprint(known), "[]"))
		}
	}
	return nil
}

// InForce returns c with its defaults filled in.
func (c OIDCConfig) InForce() OIDCConfig {
	if c.Tokens == "" {
		c.Tokens = AnyToken
	}
	if c.UserClaim == "" {
		c.UserClaim = "sub"
	}
	if c.Leeway == 0 {
		c.Leeway = time.Minute
	}
	if len(c.Algorithms) == 0 {
		c.Algorithms = []string{string(jose.RS256), string(jose.ES256)}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// OIDC checks JWTs of one issuer. It asks the issuer for its keys when it first needs them, when a token names a new key, and every
// KeysEvery while Run runs. It is safe for concurrent use.
type OIDC struct {
	cfg    OIDCConfig
	client *http.Client
	told   atomic.Pointer[issuer] // what the issuer last said about itself; nil: nothing yet
	asking singleflight.Group
	limit  *rate.Limiter // for requests to the issuer that tokens cause
}

// NewOIDC makes an OIDC. It asks the issuer nothing, so an issuer that is down prevents nothing but signing in.
func NewOIDC(cfg OIDCConfig) (*OIDC, error) {
	if cfg.Issuer == "" || cfg.Audience == "" || cfg.Clock == nil {
		return nil, errors.New("auth: OIDC needs Issuer, Audience and Clock")
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &OIDC{cfg: cfg.InForce(), client: &http.Client{Timeout: askTimeout}, limit: rate.NewLimiter(rate.Every(keysEvery), keysAtOnce)}, nil
}

// ofJWT returns the person that a JWT identifies, with the accounts of which the person is a member.
func (a *Authenticator) ofJWT(ctx context.Context, raw string) (Principal, string, error) {
	c, err := a.cfg.OIDC.verify(ctx, raw)
	if err != nil {
		return Principal{}, "", err
	}
	if err := a.follow(ctx, c); err != nil {
		return Principal{}, "", err
	}
	if err := a.accept(ctx, c); err != nil {
		return Principal{}, "", err
	}
	memberships, err := a.cfg.Store.Memberships(ctx, c.user)
	if err != nil {
		return Principal{}, "", err
	}
	p := Principal{Kind: User, UserID: c.user, Email: c.Email, Name: c.Name, Common: SetOf(Authenticated),
		Seats: seatsOf(memberships), AnyDocument: a.cfg.AnyDocument, ExpiresAt: c.until}
	if p.Name == "" {
		p.Name = p.Email
	}
	return p, access.UserSession(c.user), nil
}

// accept makes the person a member where an invitation waits for the person's address.
func (a *Authenticator) accept(ctx context.Context, c claims) error {
	from := OriginFrom(ctx)
	_, err := a.cfg.Store.Accept(ctx, access.Accepted{UserID: c.user, Email: c.proven, Name: c.Name, TargetID: a.cfg.MemberID,
		Actor: access.Actor{Kind: string(System), Name: "first sign-in of " + c.proven, Address: from.Address, RequestID: from.RequestID}})
	var refused *pg.Error
	if errors.As(err, &refused) {
		a.cfg.OIDC.cfg.Log.Warn("a person whom an invitation waits for cannot be a member", "user", c.user, "error", err)
		return nil
	}
	return err
}
