package billing

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// stepped returns m with its thresholds brought up to its amounts.
func stepped(m MeterState) MeterState {
	m.Thresholds, _, _ = m.Cross(DefaultLimits())
	return m
}

// show renders banners as kind, meters and percent, for tables.
func show(banners []Banner) []string {
	var out []string
	for _, b := range banners {
		text := string(b.Kind)
		for _, m := range b.Meters {
			text += " " + string(m)
		}
		if b.Kind == BannerThreshold {
			text += " " + string(b.Threshold)
		}
		out = append(out, text)
	}
	return out
}

func TestBannersInThePagesOrder(t *testing.T) {
	t.Parallel()
	expired := func(m MeterState) MeterState { m.FreeExpired = true; return stepped(m) }
	for name, c := range map[string]struct {
		states []MeterState
		want   []string
	}{
		"nothing used":    {[]MeterState{stepped(credits(0, 75, ThresholdState{})), stepped(runs(0, 10_000, ThresholdState{}))}, nil},
		"never a grant":   {[]MeterState{stepped(MeterState{Meter: ModelCredits}), stepped(MeterState{Meter: ToolRuns, Used: 5})}, nil},
		"highest only":    {[]MeterState{stepped(credits(53, 75, ThresholdState{})), stepped(runs(0, 9, ThresholdState{}))}, []string{"THRESHOLD MODEL_CREDITS 70"}},
		"runs are higher": {[]MeterState{stepped(credits(53, 75, ThresholdState{})), stepped(runs(95, 100, ThresholdState{}))}, []string{"THRESHOLD TOOL_RUNS 90", "THRESHOLD MODEL_CREDITS 70"}},
		"equal percent":   {[]MeterState{stepped(runs(50, 100, ThresholdState{})), stepped(credits(50, 100, ThresholdState{}))}, []string{"THRESHOLD MODEL_CREDITS 50", "THRESHOLD TOOL_RUNS 50"}},
		"both exhausted":  {[]MeterState{stepped(runs(100, 100, ThresholdState{})), stepped(credits(108, 100, ThresholdState{}))}, []string{"EXHAUSTED MODEL_CREDITS", "EXHAUSTED TOOL_RUNS"}},
		"runs exhausted":  {[]MeterState{stepped(credits(95, 100, ThresholdState{})), stepped(runs(100, 100, ThresholdState{}))}, []string{"EXHAUSTED TOOL_RUNS", "THRESHOLD MODEL_CREDITS 90"}},
		"both expired":    {[]MeterState{expired(runs(20, 20, ThresholdState{})), expired(credits(0, 0, ThresholdState{}))}, []string{"FREE_CREDITS_EXPIRED MODEL_CREDITS TOOL_RUNS"}},
		"one expired":     {[]MeterState{expired(credits(30, 30, ThresholdState{})), stepped(runs(20, 20, ThresholdState{}))}, []string{"FREE_CREDITS_EXPIRED MODEL_CREDITS", "EXHAUSTED TOOL_RUNS"}},
		"runs expired":    {[]MeterState{stepped(credits(30, 30, ThresholdState{})), expired(runs(20, 20, ThresholdState{}))}, []string{"FREE_CREDITS_EXPIRED TOOL_RUNS", "EXHAUSTED MODEL_CREDITS"}},
		"paid, expired":   {[]MeterState{stepped(credits(0, 0, ThresholdState{})), stepped(runs(0, 10, ThresholdState{}))}, []string{"EXHAUSTED MODEL_CREDITS"}},
	} {
		if got := show(Banners(c.states, nil)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestBannerActions(t *testing.T) {
	t.Parallel()
	free, freeRuns := credits(0, 0, ThresholdState{}), runs(0, 0, ThresholdState{})
	free.FreeExpired, freeRuns.FreeExpired = true, true
	for _, c := range []struct {
		m         MeterState
		action    BannerAction
		removable bool
		percent   int64
		text      string
	}{
		{credits(20, 100, ThresholdState{}), ActionTopUpOrUpgrade, true, 20, "You’ve used 20% of your model credits. Top up or upgrade your plan to keep your models, guardrails and scripts running."},
		{runs(90, 100, ThresholdState{}), ActionTopUpOrUpgrade, true, 90, "You’ve used 90% of your tool runs. Top up or upgrade your plan to keep your tools running."},
		{runs(100, 100, ThresholdState{}), ActionUpgradeOrTopUp, false, 100, "You’ve used all your tool runs. Tools are paused. Upgrade or top up your plan to continue."},
		{credits(100, 100, ThresholdState{}), ActionUpgradeOrTopUp, false, 100, "You’ve used all your model credits. New deployments and model calls are paused. Upgrade or top up your plan to continue."},
		{free, ActionUpgrade, false, 100, "Your free credits have expired. Upgrade your plan to continue."},
		{freeRuns, ActionUpgrade, false, 100, "Your free tool runs have expired. Upgrade your plan to continue."},
	} {
		got := Banners([]MeterState{stepped(c.m)}, nil)
		if len(got) != 1 || got[0].Action != c.action || got[0].Removable != c.removable || got[0].Percent != c.percent || got[0].Text != c.text {
			t.Errorf("%+v", got)
		}
		if _, ok := got[0].Dismissal(); ok != c.removable {
			t.Errorf("%s: dismissable %v", got[0].Kind, ok)
		}
	}
	both := Banners([]MeterState{stepped(free), stepped(freeRuns)}, nil)
	if want := "Your free credits and tool runs have expired. Upgrade your plan to continue."; len(both) != 1 || both[0].Text != want {
		t.Errorf("%+v", both)
	}
}

// user is somebody who looks at one meter and dismisses what it shows.
type user struct {
	state ThresholdState
	gone  Dismissal
}

func (u *user) sees(used Amount) string {
	m := credits(used, 100, u.state)
	u.state, _, _ = m.Cross(DefaultLimits())
	m.Thresholds = u.state
	banners := Banners([]MeterState{m}, func(Meter) Dismissal { return u.gone })
	if len(banners) == 0 {
		return ""
	}
	return string(banners[0].Threshold)
}

func (u *user) dismisses(used Amount) {
	m := credits(used, 100, u.state)
	b, _ := m.banner()
	if d, ok := b.Dismissal(); ok {
		u.gone = u.gone.With(d)
	}
}

func TestDismissalLastsUntilAHigherStepOrReArming(t *testing.T) {
	t.Parallel()
	var u user
	for i, c := range []struct {
		used    Amount
		dismiss bool
		want    string
	}{
		{55, true, "50"},
		{60, false, ""},     // the same threshold
		{75, true, "70"},    // a higher one
		{60, false, ""},     // 70 re-arms; 50 was covered by dismissing 70
		{72, false, "70"},   // reached again
		{72, true, "70"},    //
		{30, false, ""},     // 20 was covered too
		{55, true, "50"},    // 50 re-armed
		{10, false, ""},     // nothing is reached
		{25, false, "20"},   // 20 re-armed
		{100, true, "ZERO"}, // fixed: dismissing it does nothing
		{100, false, "ZERO"},
	} {
		if got := u.sees(c.used); got != c.want {
			t.Fatalf("line %d, at %d%%: banner %q, want %q", i, c.used, got, c.want)
		}
		if c.dismiss {
			u.dismisses(c.used)
		}
	}
}

// A dismissal applies to one meter.
func TestDismissalOfOneMeter(t *testing.T) {
	t.Parallel()
	states := []MeterState{stepped(credits(50, 100, ThresholdState{})), stepped(runs(50, 100, ThresholdState{}))}
	for meter, want := range map[Meter]string{ModelCredits: "THRESHOLD TOOL_RUNS 50", ToolRuns: "THRESHOLD MODEL_CREDITS 50"} {
		got := show(Banners(states, func(m Meter) Dismissal {
			if m == meter {
				return Dismissal{Percent: 50}
			}
			return Dismissal{}
		}))
		if !slices.Equal(got, []string{want}) {
			t.Errorf("%s dismissed: %q", meter, got)
		}
	}
}

// A fixed banner names the threshold ZERO and its arming, so that one that comes back is a different banner.
func TestArmingOfFixedBanners(t *testing.T) {
	t.Parallel()
	m := stepped(credits(100, 100, ThresholdState{}))
	m = stepped(credits(100, 200, m.Thresholds)) // re-armed
	m = stepped(credits(200, 200, m.Thresholds))
	expired := m
	expired.FreeExpired = true
	for _, m := range []MeterState{m, expired} {
		got := Banners([]MeterState{m}, nil)
		if len(got) != 1 || got[0].Threshold != ThresholdZero || got[0].Arming != 1 {
			t.Errorf("%+v", got)
		}
	}
}

func TestLateDismissalOfALowerStepKeepsTheHigher(t *testing.T) {
	t.Parallel()
	high := Dismissal{Percent: 70, Arming: 3}
	if got := high.With(Dismissal{Percent: 50, Arming: 3}); got != high {
		t.Errorf("%+v", got)
	}
	if got := high.With(Dismissal{Percent: 50, Arming: 4}); got != (Dismissal{Percent: 50, Arming: 4}) {
		t.Errorf("%+v", got)
	}
}

// Dismissals do what a simple model does, which remembers for every threshold whether its latest crossing was dismissed.
func TestDismissalAgainstAModel(t *testing.T) {
	t.Parallel()
	percents := []Amount{20, 50, 70, 80, 90}
	rapid.Check(t, func(t *rapid.T) {
		var u user
		covered := map[Amount]bool{}
		for range rapid.IntRange(1, 40).Draw(t, "moves") {
			used := Amount(rapid.Int64Range(0, 99).Draw(t, "used"))
			highest := Amount(0)
			for _, p := range percents {
				if used < p {
					delete(covered, p)
				} else {
					highest = p
				}
			}
			visible := highest > 0 && !covered[highest]
			if got := u.sees(used); (got != "") != visible {
				t.Fatalf("at %d%%: banner %q, covered %v", used, got, covered)
			}
			if visible && rapid.Bool().Draw(t, "dismiss") {
				u.dismisses(used)
				for _, p := range percents {
					if p <= highest {
						covered[p] = true
					}
				}
			}
		}
	})
}
