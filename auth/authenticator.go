package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// TokenTTL bounds how long a credential is trusted without asking the database again.
const TokenTTL = 5 * time.Second

// ErrUnauthenticated refuses a credential without saying what is wrong with it.
var ErrUnauthenticated = errors.New("auth: no valid credential")

// Config configures an Authenticator. Store and Clock are required.
type Config struct {
	Store *access.Store
	// Clock returns the present time, to tell when credentials end.
	Clock func() time.Time
	// OIDC checks bearer JWTs; nil: only API tokens are accepted.
	OIDC *OIDC
	// MemberID returns the opaque id of a member, by which the audit log names people whom claims make members; nil: it does not name them.
	MemberID func(account int64, userID string) string
	// AnyDocument lets people who sign in by OIDC send unregistered documents.
	AnyDocument bool
	// Development accepts tokens made by `usagegraph dev`.
	Development bool
	// MaxCached bounds the number of credentials held in memory; default 10,000.
	MaxCached int
	// Patience is how long a request waits for the database or the issuer to check its credential; default 5 s.
	Patience time.Duration
}

// Authenticator turns credentials into principals. It is safe for concurrent use.
type Authenticator struct {
	cfg Config

	mu     sync.Mutex
	age    int64 // how often everything was forgotten
	cached map[key]cached
	wrong  map[key]cached      // invalid credentials, kept separately so that guessing pushes out no valid ones
	used   map[int64]time.Time // tokens used since the last Flush
}

// cached is an answer from the database; err is ErrUnauthenticated or nil.
type cached struct {
	principal Principal
	session   string
	err       error
	until     time.Time
}

// New makes an Authenticator.
func New(cfg Config) (*Authenticator, error) {
	if cfg.Store == nil || cfg.Clock == nil {
		return nil, errors.New("auth: Config needs Store and Clock")
	}
	if cfg.MaxCached <= 0 {
		cfg.MaxCached = 10_000
	}
	if cfg.Patience <= 0 {
		cfg.Patience = 5 * time.Second
	}
	return &Authenticator{cfg: cfg, cached: map[key]cached{}, wrong: map[key]cached{}, used: map[int64]time.Time{}}, nil
}

// Authenticate returns the principal of a credential: an API token or, if OIDC is configured, a JWT. It returns ErrUnauthenticated for one
// that is unknown, malformed, expired or revoked, and ErrIssuer for one that cannot be checked at present; any other error is a fault.
// session names the sessions that end when the credential is revoked.
func (a *Authenticator) Authenticate(ctx context.Context, credential string) (p Principal, session string, err error) {
	now := a.cfg.Clock()
	if !a.plausible(credential) {
		return Principal{}, "", ErrUnauthenticated
	}
	k := key(sha256.Sum256([]byte(credential)))
	hit, age, found := a.lookUp(k, now)
	if !found {
		if hit, err = a.ask(ctx, credential, now); err != nil {
			return Principal{}, "", err
		}
		a.keep(k, hit, age)
	}
	if hit.err != nil || !hit.principal.ExpiresAt.IsZero() && !now.Before(hit.principal.ExpiresAt) {
		return Principal{}, "", ErrUnauthenticated
	}
	a.touch(hit.principal.TokenID, now)
	return hit.principal, hit.session, nil
}

// key identifies a credential in memory, so that memory holds no secrets, and little however long they are.
type key [sha256.Size]byte

// plausible reports whether a credential is worth a query. Others are not remembered either.
func (a *Authenticator) plausible(credential string) bool {
	return IsToken(credential) || a.isJWT(credential)
}

func (a *Authenticator) isJWT(credential string) bool {
	return a.cfg.OIDC != nil && len(credential) <= maxJWT && strings.Count(credential, ".") == 2
}

// ask looks up a credential in the database, or checks it with the issuer's keys.
func (a *Authenticator) ask(ctx context.Context, credential string, now time.Time) (cached, error) {
	ctx, cancel := context.WithTimeout(ctx, a.cfg.Patience)
	defer cancel()
	answer := cached{until: now.Add(TokenTTL)}
	var err error
	if IsToken(credential) {
		answer.principal, answer.session, err = a.ofToken(ctx, credential)
	} else {
		answer.principal, answer.session, err = a.ofJWT(ctx, credential)
	}
	if errors.Is(err, ErrUnauthenticated) {
		answer.err, err = ErrUnauthenticated, nil
	}
	return answer, err
}

func (a *Authenticator) ofToken(ctx context.Context, secret string) (Principal, string, error) {
	c, err := a.cfg.Store.CredentialByHash(ctx, Hash(secret))
	var refused *pg.Error
	if errors.As(err, &refused) || err == nil && (!c.RevokedAt.IsZero() || c.Development && !a.cfg.Development) {
		return Principal{}, "", ErrUnauthenticated
	}
	if err != nil {
		return Principal{}, "", err
	}
	return OfToken(c), access.TokenSession(c.ID), nil
}

// OfToken returns the principal of a token. A role or a member that no longer exists permits nothing.
func OfToken(c access.Credential) Principal {
	p := Principal{Kind: Service, Name: c.Name, UserID: c.UserID, TokenID: c.ID, TokenPrefix: c.Prefix,
		AnyDocument: c.AnyDocument, Development: c.Development, ExpiresAt: c.ExpiresAt, Common: SetOf(Authenticated)}
	held := TokenPermissions(c.Token)
	if c.UserID != "" {
		// A token that acts for a person may do no more than the person, whose role may have changed since.
		held &= PermissionsOf(Role(c.MemberRole), c.MemberPermissions)
		p.Kind, p.Name, p.Email = User, c.MemberName, c.MemberEmail
	}
	if c.Development {
		p.Common |= SetOf(Explore)
	}
	if c.AccountID == 0 {
		p.Role, p.Common = Role(c.Role), p.Common|held
		return p
	}
	p.Seats = []Seat{{Account: c.AccountID, Email: c.MemberEmail, Role: Role(c.Role), Permissions: p.Common | held}}
	return p
}

// TokenPermissions returns what a token may do: its role's permissions, limited to its scopes if any were chosen. Every permission requires
// seeing the account, so that is included, unless the token may do nothing.
func TokenPermissions(t access.Token) Set {
	held := PermissionsOf(Role(t.Role), t.RolePermissions)
	if t.Scopes == nil {
		return held
	}
	if len(t.Scopes) == 0 {
		return held & SetOf(Authenticated)
	}
	scopes, _ := ParseSet(t.Scopes)
	return held & (scopes.WithImplied() | SetOf(Authenticated, AccountView))
}

// PermissionsOf returns the permissions of a role: by the contract's table for a built-in role, otherwise by what its account chose. They
// are empty for a role that does not exist.
func PermissionsOf(r Role, chosen []string) Set {
	if r.BuiltIn() {
		return r.Permissions()
	}
	if len(chosen) == 0 {
		return 0
	}
	set, _ := ParseSet(chosen)
	return CustomPermissions(set)
}

// lookUp returns what is known about a credential, if it is still fresh. age is for keep.
func (a *Authenticator) lookUp(k key, now time.Time) (hit cached, age int64, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if hit, ok = a.cached[k]; !ok {
		hit, ok = a.wrong[k]
	}
	return hit, a.age, ok && now.Before(hit.until)
}

// keep remembers an answer, unless everything was forgotten since the question was asked: the answer may then date from before the change.
// A full cache is emptied; it refills with one query per credential.
func (a *Authenticator) keep(k key, answer cached, age int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if age != a.age {
		return
	}
	delete(a.cached, k)
	delete(a.wrong, k)
	known := a.cached
	if answer.err != nil {
		known = a.wrong
	}
	if len(known) >= a.cfg.MaxCached {
		clear(known)
	}
	known[k] = answer
}

// Forget makes the next use of every credential ask the database. It is called when somebody's permissions have changed.
func (a *Authenticator) Forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.age++
	clear(a.cached)
	clear(a.wrong)
}

func (a *Authenticator) touch(token int64, now time.Time) {
	if token == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.used[token] = now
}

// Flush stores when tokens were last used. It is called about twice a minute, not during requests.
func (a *Authenticator) Flush(ctx context.Context) error {
	a.mu.Lock()
	used := a.used
	a.used = map[int64]time.Time{}
	a.mu.Unlock()
	if len(used) == 0 {
		return nil
	}
	return a.cfg.Store.TouchTokens(ctx, used)
}

// seatsOf converts memberships to seats, ordered by account.
func seatsOf(memberships []access.Membership) []Seat {
	seats := make([]Seat, len(memberships))
	for i, m := range memberships {
		seats[i] = Seat{Account: m.AccountID, Email: m.Email, Role: Role(m.Role), Permissions: PermissionsOf(Role(m.Role), m.RolePermissions)}
	}
	slices.SortFunc(seats, func(x, y Seat) int { return int(x.Account - y.Account) })
	return seats
}
