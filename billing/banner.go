package billing

import (
	"cmp"
	"fmt"
	"slices"
)

// BannerKind says what a banner is about (page; rules.md §8).
type BannerKind string

// The kinds of banner, in the order in which they are shown.
const (
	BannerFreeExpired BannerKind = "FREE_CREDITS_EXPIRED"
	BannerExhausted   BannerKind = "EXHAUSTED"
	BannerThreshold   BannerKind = "THRESHOLD"
)

// BannerAction is what a banner prompts its reader to do.
type BannerAction string

// The actions, one for each kind of banner (page).
const (
	ActionTopUpOrUpgrade BannerAction = "TOP_UP_OR_UPGRADE"
	ActionUpgradeOrTopUp BannerAction = "UPGRADE_OR_TOP_UP"
	ActionUpgrade        BannerAction = "UPGRADE"
)

// Banner is a message at the top of every page. Threshold and Arming are what its dismissal names.
type Banner struct {
	Kind      BannerKind
	Meters    []Meter   // both, if free credits and free runs have expired
	Threshold Threshold // of the first meter: the percent threshold; ZERO for a fixed banner
	Arming    int64
	Percent   int64 // of a THRESHOLD; 100 for a fixed banner
	Removable bool
	Action    BannerAction
	Text      string
}

// Dismissal is how far a user has dismissed the banners of one meter; the zero value is "not at all". It covers every threshold up to
// Percent whose arming is not above Arming, so it ends when a higher threshold is reached or the threshold re-arms.
type Dismissal struct {
	Percent int64 // of the highest threshold covered
	Arming  int64
}

// Covers reports whether the dismissal hides the banner of a threshold.
func (d Dismissal) Covers(percent, arming int64) bool {
	return percent <= d.Percent && arming <= d.Arming
}

// With returns the dismissal after another one by the same user for the same meter. If other came late, for a banner that had already been
// replaced, what d covers stays covered.
func (d Dismissal) With(other Dismissal) Dismissal {
	// Two tabs may dismiss in either order, and a late dismissal must not bring back what was dismissed.
	if d.Covers(other.Percent, other.Arming) {
		return d
	}
	return other
}

// Dismissal returns what dismissing the banner stores for its meter; false for a fixed banner, which cannot be dismissed.
func (b Banner) Dismissal() (Dismissal, bool) {
	return Dismissal{b.Percent, b.Arming}, b.Removable
}

// Banners returns the banners that a user sees, in the page's order: free credits expired, credits exhausted, runs exhausted, then the
// highest percentage first. dismissed returns the user's dismissal for a meter; it may be nil.
func Banners(states []MeterState, dismissed func(Meter) Dismissal) []Banner {
	var banners []Banner
	if expired := freeExpired(states); len(expired) > 0 {
		banners = append(banners, freeExpiredBanner(expired))
	}
	for _, m := range states {
		if b, ok := m.banner(); ok && !hidden(b, dismissed) {
			banners = append(banners, b)
		}
	}
	slices.SortStableFunc(banners, compareBanners)
	return banners
}

// hidden reports whether the user has dismissed b.
func hidden(b Banner, dismissed func(Meter) Dismissal) bool {
	if !b.Removable || dismissed == nil {
		return false
	}
	return dismissed(b.Meters[0]).Covers(b.Percent, b.Arming)
}

// compareBanners compares in the page's order; within one kind by percentage, then credits before runs.
func compareBanners(a, b Banner) int {
	return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(b.Percent, a.Percent), cmp.Compare(a.Meters[0], b.Meters[0]))
}

// rank returns the place of the banner's kind on the page.
func (b Banner) rank() int {
	return slices.Index([]BannerKind{BannerFreeExpired, BannerExhausted, BannerThreshold}, b.Kind)
}

// freeExpired lists the meters whose free grant has expired, in the order of Meters.
func freeExpired(states []MeterState) []MeterState {
	var expired []MeterState
	for _, m := range states {
		if m.FreeExpired {
			expired = append(expired, m)
		}
	}
	slices.SortFunc(expired, func(a, b MeterState) int { return cmp.Compare(a.Meter, b.Meter) })
	return expired
}

// freeExpiredBanner returns one banner for all meters whose free grant has expired: two banners would say the same.
func freeExpiredBanner(expired []MeterState) Banner {
	b := Banner{Kind: BannerFreeExpired, Threshold: ThresholdZero, Arming: expired[0].Thresholds.Arming(ThresholdZero), Percent: 100,
		Action: ActionUpgrade}
	for _, m := range expired {
		b.Meters = append(b.Meters, m.Meter)
	}
	b.Text = fmt.Sprintf("Your free %s expired. Upgrade your plan to continue.", freeNoun(b.Meters))
	return b
}

// freeNoun names what has expired: credits, runs, or both.
func freeNoun(meters []Meter) string {
	switch {
	case len(meters) > 1:
		return "credits and tool runs have"
	case meters[0] == ToolRuns:
		return "tool runs have"
	}
	return "credits have"
}

// banner returns the meter's own banner: exhausted, or its highest percent threshold. If the meter's free grant has expired, it has only
// the common banner.
func (m MeterState) banner() (Banner, bool) {
	if m.FreeExpired {
		return Banner{}, false
	}
	if m.Thresholds.Reached(ThresholdZero) {
		return m.exhausted(), true
	}
	threshold, reached := m.highest()
	if !reached {
		return Banner{}, false
	}
	return m.threshold(threshold), true
}

// exhausted returns the fixed banner of a meter with nothing left. An allocation of 0 counts as all used (rules.md §1).
func (m MeterState) exhausted() Banner {
	b := Banner{Kind: BannerExhausted, Meters: []Meter{m.Meter}, Threshold: ThresholdZero, Arming: m.Thresholds.Arming(ThresholdZero),
		Percent: 100, Action: ActionUpgradeOrTopUp}
	b.Text = "You’ve used all your model credits. New deployments and model calls are paused. " +
		"Upgrade or top up your plan to continue."
	if m.Meter == ToolRuns {
		b.Text = "You’ve used all your tool runs. Tools are paused. Upgrade or top up your plan to continue."
	}
	return b
}

// highest returns the highest removable threshold that is reached. 100 is reached exactly when nothing is left, and its banner is fixed.
func (m MeterState) highest() (Threshold, bool) {
	return last(m.Thresholds.percentReached(), Threshold20, Threshold50, Threshold70, Threshold80, Threshold90)
}

// percentReached returns the percent thresholds that are reached, mildest first.
func (s ThresholdState) percentReached() []Threshold {
	var reached []Threshold
	for _, threshold := range allThresholds[:percentThresholds] {
		if s.Reached(threshold) {
			reached = append(reached, threshold)
		}
	}
	return reached
}

// threshold returns the removable banner of a percent threshold. Its arming is the latest of the thresholds that it covers.
func (m MeterState) threshold(threshold Threshold) Banner {
	return Banner{
		Kind: BannerThreshold, Meters: []Meter{m.Meter}, Threshold: threshold, Percent: threshold.Percent(), Removable: true,
		Arming: m.Thresholds.latest(threshold.Index() + 1), Action: ActionTopUpOrUpgrade, Text: thresholdText(m.Meter, threshold.Percent()),
	}
}

// thresholdText returns the page's sentence for a threshold.
func thresholdText(m Meter, percent int64) string {
	if m == ToolRuns {
		return fmt.Sprintf("You’ve used %d%% of your tool runs. Top up or upgrade your plan to keep your tools running.", percent)
	}
	return fmt.Sprintf("You’ve used %d%% of your model credits. "+
		"Top up or upgrade your plan to keep your models, guardrails and scripts running.", percent)
}
