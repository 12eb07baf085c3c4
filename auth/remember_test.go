package auth

import (
	"testing"
	"time"
)

// An answer that was on its way when everything was forgotten may be older than what changed: it is used once and not kept.
func TestAnAnswerFromBeforeAChangeIsNotKept(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	a := &Authenticator{cfg: Config{MaxCached: 2}, cached: map[string]cached{}, wrong: map[string]cached{}}
	_, age, _ := a.lookUp("x", now)
	a.Forget()
	a.keep("x", cached{until: now.Add(TokenTTL)}, age)
	_, age, known := a.lookUp("x", now)
	if known {
		t.Error("kept")
	}
	a.keep("x", cached{until: now.Add(TokenTTL)}, age)
	if _, _, known = a.lookUp("x", now); !known {
		t.Error("an answer from after the change is not kept")
	}
}
