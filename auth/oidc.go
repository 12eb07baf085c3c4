package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/usagegraph/usagegraph/tsdb"
)

// OIDCConfig says whose bearer tokens are taken. Issuer and Audience are required.
type OIDCConfig struct {
	// Issuer is the URL that the tokens name and under which the discovery document lies.
	Issuer string
	// Audience must be among the token's audiences.
	Audience string
	// Algorithms are the signatures taken; default RS256 and ES256. None and HMAC are refused.
	Algorithms []string
	// Clock tells when tokens end.
	Clock func() time.Time
}

// ValidateAlgorithms refuses signatures that are none, or that whoever can check them could make too.
func (c OIDCConfig) ValidateAlgorithms() error {
	known := []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}
	for i, alg := range c.Algorithms {
		if !slices.Contains(known, alg) {
			return fmt.Errorf("oidc-algorithms: number %d is not taken; it may be one of %s", i+1, strings.Join(known, ", "))
		}
	}
	return nil
}

// OIDC checks JWTs of one issuer. Its keys are fetched when first needed and again when a token names one that is new.
type OIDC struct{ verifier *oidc.IDTokenVerifier }

// NewOIDC reads the issuer's discovery document. ctx must live as long as the OIDC: the keys are fetched with it.
func NewOIDC(ctx context.Context, cfg OIDCConfig) (*OIDC, error) {
	if cfg.Issuer == "" || cfg.Audience == "" || cfg.Clock == nil {
		return nil, errors.New("auth: OIDC needs Issuer, Audience and Clock")
	}
	if err := cfg.ValidateAlgorithms(); err != nil {
		return nil, err
	}
	algorithms := cfg.Algorithms
	if len(algorithms) == 0 {
		algorithms = []string{oidc.RS256, oidc.ES256}
	}
	ctx = oidc.ClientContext(ctx, issuerClient(cfg.Clock))
	provider, err := oidc.NewProvider(ctx, cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("auth: OIDC discovery: %w", err)
	}
	return &OIDC{provider.VerifierContext(ctx, &oidc.Config{ClientID: cfg.Audience, SupportedSigningAlgs: algorithms, Now: cfg.Clock})}, nil
}

// claims are what a JWT says of a person beyond what is verified.
type claims struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // true, false, either as text, or missing
	Name     string `json:"name"`
}

// trusted is c without what the issuer says it has not looked at: the audit log names people by it.
func (c claims) trusted(subject string) claims {
	if c.Verified == false || c.Verified == "false" {
		return claims{Name: subject}
	}
	return c
}

// maxJWT bounds what is parsed at all.
const maxJWT = 16 << 10

// ofJWT is the person that a JWT stands for, with the accounts where the person is a member.
func (a *Authenticator) ofJWT(ctx context.Context, raw string) (Principal, string, error) {
	token, err := a.cfg.OIDC.verifier.Verify(ctx, raw)
	if err != nil {
		return Principal{}, "", ErrUnauthenticated
	}
	var c claims
	if err := token.Claims(&c); err != nil || token.Subject == "" {
		return Principal{}, "", ErrUnauthenticated
	}
	c = c.trusted(token.Subject)
	memberships, err := a.cfg.Store.Memberships(ctx, token.Subject)
	if err != nil {
		return Principal{}, "", err
	}
	p := Principal{Kind: User, UserID: token.Subject, Email: c.Email, Name: c.Name, Common: SetOf(Authenticated),
		Seats: seatsOf(memberships), ExpiresAt: token.Expiry}
	if p.Name == "" {
		p.Name = p.Email
	}
	return p, tsdb.UserSession(token.Subject), nil
}
