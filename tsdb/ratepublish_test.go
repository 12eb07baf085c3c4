package tsdb_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// A version can start no earlier than after the time that events may be ahead plus one minute, to the second;
// CheckRateCard says the same as PublishRateCard and writes nothing.
func TestWhenAVersionMayStart(t *testing.T) {
	t.Parallel()
	f := fixtureOn(t, tsdbtest.New(t), tsdb.Settings{MaxAhead: 10 * time.Minute})
	earliest := start.Add(11 * time.Minute)
	for name, c := range map[string]struct {
		at   time.Time
		want tsdb.Code
	}{
		"a second too early":            {earliest.Add(-time.Second), tsdb.TimeOutOfRange},
		"cut to a second too early":     {earliest.Add(-time.Microsecond), tsdb.TimeOutOfRange},
		"now":                           {start, tsdb.TimeOutOfRange},
		"never said":                    {time.Time{}, tsdb.TimeOutOfRange},
		"when version 1 does":           {time.Unix(0, 0), tsdb.TimeOutOfRange},
		"in a year that has no writing": {time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), tsdb.TimeOutOfRange},
	} {
		card := cardFrom(c.at, "1")
		_, err := f.CheckRateCard(f.ctx, card)
		f.refusedAs(name+", asked", err, c.want, "effectiveFrom")
		_, err = f.PublishRateCard(f.ctx, tsdb.NewRateCard{Card: card, IdempotencyKey: f.key()}, tsdb.Actor{})
		f.refusedAs(name, err, c.want, "effectiveFrom")
	}
	checked, err := f.CheckRateCard(f.ctx, cardFrom(earliest.Add(999*time.Millisecond), "1"))
	f.must(err)
	if checked.Version != 2 || !checked.EffectiveFrom.Equal(earliest) || f.rows("rate_card") != 1 {
		t.Errorf("%+v of %d versions", checked, f.rows("rate_card"))
	}
	zoned := earliest.In(zone(t, "Asia/Kathmandu")).Add(999 * time.Millisecond)
	if v := f.publish(cardFrom(zoned, "1")); v.Version != 2 || !v.EffectiveFrom.Equal(earliest) {
		t.Errorf("%+v", v)
	}
	_, err = f.CheckRateCard(f.ctx, cardFrom(earliest, "2"))
	f.refusedAs("when another one starts", err, tsdb.TimeOutOfRange, "effectiveFrom")
	if v := f.publish(cardFrom(earliest.Add(time.Second), "2")); v.Version != 3 {
		t.Errorf("%+v", v)
	}
}

// A key has 1 to 128 characters and a note at most 500; a refusal leaves the key free.
func TestKeysAndNotesOfVersions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.RateCards(f.ctx) // writes the first, which is a change
	f.must(err)
	at, before := start.Add(time.Hour), f.count(`SELECT changes FROM rate_state`)
	publish := func(key, note string) error {
		at = at.Add(time.Second)
		_, err := f.PublishRateCard(f.ctx, tsdb.NewRateCard{Card: cardFrom(at, "1"), Note: note, IdempotencyKey: key}, tsdb.Actor{Name: "sue"})
		return err
	}
	f.refusedAs("no key", publish("", "n"), tsdb.Invalid, "idempotencyKey")
	f.refusedAs("a long key", publish(strings.Repeat("ü", 129), "n"), tsdb.Invalid, "idempotencyKey")
	f.refusedAs("a long note", publish("k", strings.Repeat("ü", 501)), tsdb.Invalid, "note")
	f.refusedAs("a hidden note", publish("k", "a\u202eb"), tsdb.Invalid, "note")
	for what, change := range map[string]func(*billing.RateCard){
		"a scanner that turns text": func(c *billing.RateCard) { c.Guardrails[0].Name = "Ba\u202en" }, "a blank scanner": func(c *billing.RateCard) { c.Guardrails[0].Name = "\u00a0 " },
		"a hidden key": func(c *billing.RateCard) { c.Guardrails[0].Kind += "\u200b" }, "a hidden profile": func(c *billing.RateCard) { c.Scripts[0].Name += "\u2060" },
		"a profile with a control": func(c *billing.RateCard) { c.Models[0].Name += "\u0085" }, "a hidden GPU": func(c *billing.RateCard) { c.Models[0].GPU += "\u00ad" },
		"a hidden CPU": func(c *billing.RateCard) { c.CPUs[0].Name += "\ufeff" }, "a hidden class": func(c *billing.RateCard) { c.FineTuning.Classes[0].Name = "\u200b" },
	} {
		card := cardFrom(at.Add(time.Minute), "1")
		change(&card)
		_, err := f.PublishRateCard(f.ctx, tsdb.NewRateCard{Card: card, IdempotencyKey: what}, tsdb.Actor{Name: "sue"})
		f.refusedAs(what, err, tsdb.Invalid, "card")
	}
	f.must(publish(strings.Repeat("ü", 128), strings.Repeat("ü", 500)))
	f.must(publish("k", ""))
	_, err = f.RateVersion(f.ctx, 4)
	f.refusedAs("version 4", err, tsdb.NotFound, "version")
	for _, version := range []int{0, -1, 1 << 30} {
		_, err := f.WithdrawRateCard(f.ctx, version, tsdb.Actor{})
		f.refusedAs(fmt.Sprint("version ", version), err, tsdb.NotFound, "version")
	}
	if n := f.count(`SELECT changes FROM rate_state`) - before; n != 2 {
		t.Errorf("%d changes are counted", n)
	}
}

// Of versions that two processes publish at once for the same instant, one is published; a key that is sent many times
// at once makes one version, which every sender gets.
func TestVersionsPublishedAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stores := []*tsdb.Store{f.Store, f.another(false, -1)}
	at := start.Add(time.Hour)
	var mu sync.Mutex
	versions, taken := map[int]int{}, 0
	f.inParallel(func(writer int) error {
		v, err := stores[writer%2].PublishRateCard(f.ctx, tsdb.NewRateCard{Card: cardFrom(at, "1"), IdempotencyKey: "same"}, tsdb.Actor{})
		if err != nil {
			return err
		}
		_, err = stores[writer%2].PublishRateCard(f.ctx, tsdb.NewRateCard{Card: cardFrom(at.Add(time.Hour), "2"), IdempotencyKey: fmt.Sprint("own", writer)}, tsdb.Actor{})
		mu.Lock()
		defer mu.Unlock()
		versions[v.Version]++
		if err == nil {
			taken++
		} else if codeOf(err) != tsdb.TimeOutOfRange {
			return err
		}
		return nil
	})
	if len(versions) != 1 || versions[2] == 0 || taken != 1 {
		t.Errorf("versions %v, and %d of those that start later", versions, taken)
	}
	for i, s := range stores {
		cards, err := s.RateCards(f.ctx)
		f.must(err)
		if len(cards) != 3 || cards[2].InputRate != billing.MustCredits("2") {
			t.Errorf("process %d knows %d cards", i, len(cards))
		}
	}
	if n := f.count(`SELECT count(*) FROM audit_log WHERE action = 'RATE_CARD_PUBLISHED'`); n != 2 {
		t.Errorf("%d entries of the audit log", n)
	}
}

// A version can be withdrawn up to the second from which it could no longer be published; a withdrawn version makes
// room for an earlier one, and if many withdraw a version at once it happens once.
func TestWhenAVersionMayBeWithdrawn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	at := start.Add(time.Hour)
	f.publish(cardFrom(at, "1"))
	f.clock.set(at.Add(-6*time.Minute + time.Second))
	_, err := f.WithdrawRateCard(f.ctx, 2, tsdb.Actor{})
	f.refusedAs("a second late", err, tsdb.WrongState, "version")
	f.clock.set(at.Add(-6 * time.Minute)) // a clock that went back
	f.inParallel(func(int) error {
		v, err := f.WithdrawRateCard(f.ctx, 2, tsdb.Actor{Name: "tom"})
		if err == nil && (v.WithdrawnAt == nil || v.WithdrawnBy != "tom") {
			err = errors.New("it is not withdrawn")
		}
		return err
	})
	if n := f.count(`SELECT count(*) FROM audit_log WHERE action = 'RATE_CARD_WITHDRAWN'`); n != 1 {
		t.Errorf("%d entries of the audit log", n)
	}
	if v := f.publish(cardFrom(at, "3")); v.Version != 3 {
		t.Errorf("%+v", v)
	}
	cards, err := f.RateCards(f.ctx)
	f.must(err)
	if len(cards) != 2 || cards.At(at).InputRate != billing.MustCredits("3") || cards.At(at.Add(-1)).Version != 1 {
		t.Errorf("%d cards", len(cards))
	}
}

// Cards are remembered for some seconds, but are read again if the clock has gone back, so a clock that jumped ahead
// once does not freeze prices.
func TestCardsAreReadAgainWhenTheClockGoesBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	other := f.another(false, -1)
	f.clock.advance(1000 * time.Hour)
	_, err := other.RateCards(f.ctx)
	f.must(err)
	f.clock.set(start)
	f.publish(cardFrom(start.Add(time.Hour), "1"))
	cards, err := other.RateCards(f.ctx)
	f.must(err)
	if len(cards) != 2 {
		t.Errorf("%d cards are known", len(cards))
	}
	f.clock.advance(9 * time.Second)
	f.publish(cardFrom(start.Add(2*time.Hour), "2"))
	if cards, err = other.RateCards(f.ctx); err != nil || len(cards) != 2 {
		t.Errorf("within ten seconds %d cards are known, %v", len(cards), err)
	}
	f.clock.advance(time.Second)
	if cards, err = other.RateCards(f.ctx); err != nil || len(cards) != 3 {
		t.Errorf("after ten seconds %d cards are known, %v", len(cards), err)
	}
}
