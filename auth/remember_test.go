package auth

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// An answer that was on its way when everything was forgotten may be older than the change. It is used once and not kept.
func TestAnAnswerFromBeforeAChangeIsNotKept(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	a := &Authenticator{cfg: Config{MaxCached: 2}, cached: map[key]cached{}, wrong: map[key]cached{}}
	_, age, _ := a.lookUp(key{1}, now)
	a.Forget()
	a.keep(key{1}, cached{until: now.Add(TokenTTL)}, age)
	_, age, known := a.lookUp(key{1}, now)
	if known {
		t.Error("kept")
	}
	a.keep(key{1}, cached{until: now.Add(TokenTTL)}, age)
	if _, _, known = a.lookUp(key{1}, now); !known {
		t.Error("an answer from after the change is not kept")
	}
}

// Long nonsense sent as a credential does not fill the memory.
func TestNonsenseIsNotRemembered(t *testing.T) {
	t.Parallel()
	a := &Authenticator{cfg: Config{MaxCached: 2, Clock: time.Now}, cached: map[key]cached{}, wrong: map[key]cached{}}
	for _, credential := range []string{"", strings.Repeat("x", 12_000), "a.b.c", "ug_" + strings.Repeat("x", 12_000)} {
		if _, _, err := a.Authenticate(t.Context(), credential); !errors.Is(err, ErrUnauthenticated) {
			t.Errorf("%.20s: %v", credential, err)
		}
	}
	if n := len(a.cached) + len(a.wrong); n != 0 {
		t.Errorf("%d remembered", n)
	}
}
