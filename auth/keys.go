package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// KeysEvery is how often the issuer's discovery document and keys are read again. A key that the issuer has withdrawn is trusted no longer
// than this.
const KeysEvery = 5 * time.Minute

// A token with an unknown key makes us ask the issuer for its keys. Because somebody may send any number of such tokens, after a few the
// issuer is only asked once in a while, and its last answer applies to the others.
const (
	keysAtOnce = 5
	keysEvery  = 10 * time.Second
	maxAnswer  = 1 << 20 // bytes
	askTimeout = 5 * time.Second
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// ErrIssuer means that a JWT cannot be checked at present: the issuer's keys are unknown, and it does not answer.
var ErrIssuer = errors.New("auth: the issuer does not answer")

// issuer is what an issuer says about itself. It is not modified once in use.
type issuer struct {
	keys      []jose.JSONWebKey
	endpoints []string // the origins that a page calls at the issuer
}

// discovery is the part of an issuer's discovery document that is read.
type discovery struct {
	Issuer     string `json:"issuer"`
	Keys       string `json:"jwks_uri"`
	Token      string `json:"token_endpoint"`
	UserInfo   string `json:"userinfo_endpoint"`
	Revocation string `json:"revocation_endpoint"`
}

// Run keeps the keys fresh until ctx ends. An issuer that does not answer is asked again sooner than one that does.
func (o *OIDC) Run(ctx context.Context) {
	retry, failing := firstRetry, false
	for ctx.Err() == nil {
		pause := KeysEvery
		err := o.Refresh(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !failing {
				o.cfg.Log.Warn("the issuer that people sign in with cannot be asked, trying again", "error", err, "keysKnown", o.told.Load() != nil)
			}
			pause, retry = retry, min(2*retry, lastRetry)
		default:
			if failing {
				o.cfg.Log.Info("the issuer that people sign in with answers again")
			}
			retry = firstRetry
		}
		failing = err != nil
		rest(ctx, pause)
	}
}

func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Refresh reads what the issuer says about itself. If that fails, what was known stays in force.
func (o *OIDC) Refresh(ctx context.Context) error {
	done := o.asking.DoChan("", func() (any, error) {
		// The first caller may leave; the others still wait for the answer.
		told, err := o.read(context.WithoutCancel(ctx))
		if err == nil {
			o.told.Store(told)
		}
		return nil, err
	})
	select {
	case answer := <-done:
		return answer.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (o *OIDC) read(ctx context.Context) (*issuer, error) {
	var d discovery
	if err := o.get(ctx, strings.TrimSuffix(o.cfg.Issuer, "/")+"/.well-known/openid-configuration", &d); err != nil {
		return nil, fmt.Errorf("discovery: %w", err)
	}
	if d.Issuer != o.cfg.Issuer {
		return nil, fmt.Errorf("discovery: the issuer calls itself %q; oidc-issuer must be exactly that", d.Issuer)
	}
	if strings.HasPrefix(d.Issuer, "https:") && !strings.HasPrefix(d.Keys, "https:") {
		return nil, errors.New("discovery: jwks_uri is not an https URL")
	}
	var set struct{ Keys []json.RawMessage }
	if err := o.get(ctx, d.Keys, &set); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	told := &issuer{endpoints: originsOf(d.Issuer, d.Token, d.UserInfo, d.Revocation)}
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if json.Unmarshal(raw, &k) != nil { // a kind that is not known here; it does not spoil the others
			continue
		}
		if k.Valid() && k.IsPublic() && (k.Use == "" || k.Use == "sig") {
			told.keys = append(told.keys, k)
		}
	}
	if len(told.keys) == 0 {
		return nil, errors.New("keys: there is none to check signatures with")
	}
	return told, nil
}

// get reads a JSON document.
func (o *OIDC) get(ctx context.Context, from string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	res, err := o.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %d", res.StatusCode)
	}
	return json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(into)
}

// origin is what is allowed in a content security policy.
var origin = regexp.MustCompile(`^https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?$|^https?://\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?$`) // compiled once

// originsOf returns the origins of URLs, each once, in order.
func originsOf(urls ...string) (list []string) {
	seen := map[string]bool{}
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil {
			continue
		}
		o := u.Scheme + "://" + u.Host
		if origin.MatchString(o) && !seen[o] {
			seen[o] = true
			list = append(list, o)
		}
	}
	return list
}

// Endpoints returns the origins that a page calls to sign people in, as named by the issuer's discovery document; none until that has been
// read.
func (o *OIDC) Endpoints() []string {
	if told := o.told.Load(); told != nil {
		return told.endpoints
	}
	return nil
}

// open checks a signature with the issuer's keys and returns what was signed. If no key fits, it asks the issuer for newer keys, as often
// as the limit allows.
func (o *OIDC) open(ctx context.Context, signed *jose.JSONWebSignature) ([]byte, error) {
	told := o.told.Load()
	if payload, ok := told.open(signed); ok {
		return payload, nil
	}
	if !o.limit.AllowN(o.cfg.Clock(), 1) {
		if told == nil {
			return nil, ErrIssuer
		}
		return nil, ErrUnauthenticated
	}
	if err := o.Refresh(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIssuer, err)
	}
	if payload, ok := o.told.Load().open(signed); ok {
		return payload, nil
	}
	return nil, ErrUnauthenticated
}

// open checks a signature with the known keys.
func (i *issuer) open(signed *jose.JSONWebSignature) (payload []byte, ok bool) {
	if i == nil || len(signed.Signatures) != 1 {
		return nil, false
	}
	kid := signed.Signatures[0].Protected.KeyID
	for _, k := range i.keys {
		if kid != "" && k.KeyID != kid {
			continue
		}
		if payload, err := signed.Verify(k); err == nil {
			return payload, true
		}
	}
	return nil, false
}
