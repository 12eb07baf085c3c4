package billing

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// ask returns an input with some credits and plenty of runs, with the default limits.
func ask(action Action, text string) GateInput {
	return GateInput{Action: action, Credits: MustCredits(text), Runs: 100, Limits: DefaultLimits()}
}

func withAmount(in GateInput, a Amount) GateInput {
	in.Amount = &a
	return in
}

// The table of rules.md §5: each row at its upper and lower ends.
func TestDecideByZone(t *testing.T) {
	t.Parallel()
	deploys := []Action{DeployModel, DeployGuardrail, DeployScript, ScaleUp}
	for _, c := range []struct {
		credits                   string
		zone                      Zone
		tune, deploy, infer       bool
		draftsOnly, deployingGone bool
	}{
		{"1000", ZoneOpen, true, true, true, false, false},
		{"25.000001", ZoneOpen, true, true, true, false, false},
		{"25", ZoneNoFineTuning, false, true, true, false, false},
		{"5", ZoneNoFineTuning, false, true, true, false, false},
		{"4.999999", ZoneLow, false, false, true, false, true},
		{"0.000001", ZoneLow, false, false, true, false, true},
		{"0", ZoneExhausted, false, false, false, true, true},
		{"-24.999999", ZoneExhausted, false, false, false, true, true},
		{"-25", ZoneStopped, false, false, false, true, true},
		{"-1000", ZoneStopped, false, false, false, true, true},
	} {
		check := func(action Action, want bool, asks Amount) {
			if d := Decide(ask(action, c.credits)); d.Allowed != want || d.Zone != c.zone || d.Meter != ModelCredits || want && d.Limit != asks {
				t.Errorf("%s at %s: %+v, want %v in %s, asking for %d", action, c.credits, d, want, c.zone, asks)
			}
		}
		check(FineTune, c.tune, MustCredits("25"))
		check(Inference, c.infer, 0)
		for _, action := range deploys {
			check(action, c.deploy, MustCredits("5"))
		}
		d := Decide(ask(ImportProject, c.credits))
		if !d.Allowed || d.DraftsOnly != c.draftsOnly || d.DeployingDisabled != c.deployingGone || d.Zone != c.zone {
			t.Errorf("import at %s: %+v", c.credits, d)
		}
		if d := Decide(ask(ToolRun, c.credits)); !d.Allowed || d.Zone != ZoneOpen {
			t.Errorf("tool runs must not depend on credits: %+v", d)
		}
	}
}

// Tool runs depend only on remaining runs: there are some, or there are none.
func TestDecideRuns(t *testing.T) {
	t.Parallel()
	for runs, want := range map[Amount]Zone{2: ZoneOpen, 1: ZoneOpen, 0: ZoneExhausted, -1: ZoneExhausted} {
		d := Decide(GateInput{Action: ToolRun, Runs: runs, Limits: DefaultLimits()})
		if d.Zone != want || d.Allowed != (want == ZoneOpen) || d.Meter != ToolRuns || d.Limit != 0 {
			t.Errorf("%d runs: %+v, want %s", runs, d, want)
		}
	}
}

func TestDecideRefusals(t *testing.T) {
	t.Parallel()
	expired := func(in GateInput) GateInput { in.CreditsFreeExpired, in.RunsFreeExpired = true, true; return in }
	noRuns := GateInput{Action: ToolRun, Credits: MustCredits("75"), Limits: DefaultLimits()}
	fewRuns := noRuns
	fewRuns.Runs = 3
	oneRun := noRuns
	oneRun.Runs = 1
	reserved := ask(DeployScript, "10")
	reserved.ReservedCredits = MustCredits("6")
	allReserved := ask(Inference, "10")
	allReserved.ReservedCredits = MustCredits("40")
	justReserved := ask(Inference, "0.000001")
	justReserved.ReservedCredits = 1
	reservedRun := fewRuns
	reservedRun.ReservedRuns = 1
	for name, c := range map[string]struct {
		in             GateInput
		zone           Zone
		code           RefusalCode
		limit, missing string
		sentence       string
	}{
		"runs at 0":         {noRuns, ZoneExhausted, RunsExhausted, "0", "1", "You have no tool runs left. Please add tool runs to your account to continue."},
		"runs expired":      {expired(noRuns), ZoneExhausted, FreeCreditsExpired, "0", "1", "Your free tool runs have expired. Please upgrade your plan to continue."},
		"runs too few":      {withAmount(fewRuns, 5), ZoneOpen, RunsExhausted, "0", "2", "Running tools needs 5 tool runs and you have 3 tool runs available. Please add at least 2 tool runs to continue."},
		"one run":           {withAmount(expired(oneRun), 3), ZoneOpen, RunsExhausted, "0", "2", "Running tools needs 3 tool runs and you have 1 tool run available. Please add at least 2 tool runs to continue."},
		"negative":          {ask(DeployModel, "-25"), ZoneStopped, NegativeLimitReached, "-25", "30", NegativeLimitSentence},
		"and expired":       {expired(ask(Inference, "-30")), ZoneStopped, NegativeLimitReached, "-25", "30.000001", NegativeLimitSentence},
		"zero":              {ask(Inference, "0"), ZoneExhausted, CreditsExhausted, "0", "0.000001", "You have no credits left. Please add credits to your account to continue."},
		"zero, expired":     {expired(ask(DeployScript, "0")), ZoneExhausted, FreeCreditsExpired, "0", "5", "Your free credits have expired. Please upgrade your plan to continue."},
		"lowest":            {expired(ask(DeployScript, "0.000001")), ZoneLow, InsufficientCredits, "5", "4.999999", "Deploying a script needs at least 5 credits and you have 0.000001 credits available. Please add at least 4.999999 credits to continue."},
		"low":               {ask(DeployScript, "3.2"), ZoneLow, InsufficientCredits, "5", "1.8", "Deploying a script needs at least 5 credits and you have 3.2 credits available. Please add at least 1.8 credits to continue."},
		"fine-tune 25":      {ask(FineTune, "25"), ZoneNoFineTuning, InsufficientCredits, "25", "0.000001", "Fine-tuning needs more than 25 credits and you have 25 credits available. Please add at least 0.000001 credits to continue."},
		"fine-tune 60":      {withAmount(ask(FineTune, "40"), MustCredits("60")), ZoneOpen, InsufficientCredits, "25", "20", "Fine-tuning needs 60 credits and you have 40 credits available. Please add at least 20 credits to continue."},
		"reserved":          {reserved, ZoneLow, InsufficientCredits, "5", "1", "Deploying a script needs at least 5 credits and you have 4 credits available, another 6 credits reserved for work in progress. Please add at least 1 credit to continue."},
		"all reserved":      {allReserved, ZoneExhausted, CreditsExhausted, "0", "30.000001", "What is left (10 credits) is reserved for work in progress. Please add more, or wait until it is released."},
		"just reserved":     {justReserved, ZoneExhausted, CreditsExhausted, "0", "0.000001", "What is left (0.000001 credits) is reserved for work in progress. Please add more, or wait until it is released."},
		"a run is reserved": {withAmount(reservedRun, 3), ZoneOpen, RunsExhausted, "0", "1", "Running tools needs 3 tool runs and you have 2 tool runs available, another 1 tool run reserved for work in progress. Please add at least 1 tool run to continue."},
	} {
		d := Decide(c.in)
		if d.Allowed || d.Zone != c.zone || d.Code != c.code || d.Sentence != c.sentence {
			t.Errorf("%s: %v %s %s %q", name, d.Allowed, d.Zone, d.Code, d.Sentence)
		}
		balance, reserved := c.in.Credits, c.in.ReservedCredits
		if c.in.Action == ToolRun {
			balance, reserved = c.in.Runs, c.in.ReservedRuns
		}
		if d.Balance != balance || d.Reserved != reserved {
			t.Errorf("%s: balance %d, reserved %d", name, d.Balance, d.Reserved)
		}
		if limit, missing := d.Meter.Format(d.Limit), d.Meter.Format(d.Missing); limit != c.limit || missing != c.missing {
			t.Errorf("%s: limit %s, missing %s; want %s and %s", name, limit, missing, c.limit, c.missing)
		}
	}
}

// A refusal names the action.
func TestRefusalNamesTheAction(t *testing.T) {
	t.Parallel()
	for action, want := range map[Action]string{
		ToolRun:         "Running tools needs 500 tool runs and you have 100 tool runs available. Please add at least 400 tool runs to continue.",
		Inference:       "This inference needs 0.0005 credits and you have 0.0001 credits available. Please add at least 0.0004 credits to continue.",
		DeployModel:     "Deploying a model needs at least 5 credits and you have 0.0001 credits available. Please add at least 4.9999 credits to continue.",
		DeployGuardrail: "Deploying a guardrail needs at least 5 credits and you have 0.0001 credits available. Please add at least 4.9999 credits to continue.",
		DeployScript:    "Deploying a script needs at least 5 credits and you have 0.0001 credits available. Please add at least 4.9999 credits to continue.",
		ScaleUp:         "Scaling up needs at least 5 credits and you have 0.0001 credits available. Please add at least 4.9999 credits to continue.",
		FineTune:        "Fine-tuning needs more than 25 credits and you have 0.0001 credits available. Please add at least 24.999901 credits to continue.",
	} {
		if d := Decide(withAmount(ask(action, "0.0001"), 500)); d.Sentence != want {
			t.Errorf("%s: %q", action, d.Sentence)
		}
	}
}

func TestDecideWithAmount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   GateInput
		want bool
	}{
		{withAmount(ask(Inference, "3"), MustCredits("3")), true},
		{withAmount(ask(Inference, "3"), MustCredits("3.000001")), false},
		{withAmount(ask(Inference, "0"), 0), false}, // the zone refuses even what costs nothing
		{withAmount(ask(FineTune, "26"), MustCredits("10")), true},
		{withAmount(ask(FineTune, "25"), MustCredits("10")), false},
		{withAmount(ask(FineTune, "26"), MustCredits("27")), false},
		{withAmount(ask(ToolRun, "0"), 100), true},
		{withAmount(ask(ToolRun, "0"), 101), false},
		{withAmount(ask(ImportProject, "5"), MustCredits("99")), true},
	} {
		if d := Decide(c.in); d.Allowed != c.want {
			t.Errorf("%s %s for %d: %+v", c.in.Action, ModelCredits.Format(c.in.Credits), *c.in.Amount, d)
		}
	}
}

func TestDecideFreeOfCharge(t *testing.T) {
	t.Parallel()
	in := ask(DeployGuardrail, "-100")
	in.FreeOfCharge = true
	if d := Decide(in); !d.Allowed || d.Zone != ZoneStopped || d.Missing != 0 || d.Limit != 0 {
		t.Errorf("%+v", d)
	}
}

func TestDecideAtTheEndsOfTheRange(t *testing.T) {
	t.Parallel()
	in := withAmount(ask(Inference, "0"), math.MaxInt64)
	in.Credits, in.ReservedCredits = math.MinInt64, math.MaxInt64
	if d := Decide(in); d.Allowed || d.Missing != math.MaxInt64 {
		t.Errorf("%+v", d)
	}
	if minus(math.MaxInt64, -1) != math.MaxInt64 || minus(math.MinInt64, 1) != math.MinInt64 || minus(5, 7) != -2 {
		t.Error("minus must stop at the ends")
	}
}

func TestThresholdsValidate(t *testing.T) {
	t.Parallel()
	const most = 1_000_000_000_000 * MicroPerCredit
	for _, c := range []struct {
		t  Limits
		ok bool
	}{
		{DefaultLimits(), true},
		{Limits{}, true},
		{Limits{Low: -1}, false},
		{Limits{Negative: 1}, false},
		{Limits{FineTune: -1}, false},
		{Limits{Low: math.MaxInt64}, false},
		{Limits{Negative: math.MinInt64}, false},
		{Limits{FineTune: most, Low: most, Negative: -most}, true},
		{Limits{FineTune: most + 1}, false},
		{Limits{Low: most + 1}, false},
		{Limits{Negative: -most - 1}, false},
	} {
		if err := c.t.Validate(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.t, err)
		}
	}
}

// Missing is exact: with it the action is allowed, with one unit less it is not. And more never allows less.
func TestMissingIsExact(t *testing.T) {
	t.Parallel()
	amount := rapid.Int64Range(-100_000_000, 100_000_000)
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, amount)
		d := Decide(in)
		more := func(extra Amount) GateInput { n := in; n.Credits += extra; n.Runs += extra; return n }
		if d.Allowed {
			if d.Code != "" || d.Sentence != "" || d.Missing != 0 || !Decide(more(1)).Allowed {
				t.Fatalf("allowed, but %+v", d)
			}
			return
		}
		if d.Missing <= 0 || !Decide(more(d.Missing)).Allowed || Decide(more(d.Missing-1)).Allowed {
			t.Fatalf("missing %d is not exact", d.Missing)
		}
		if d.Code == "" || !strings.HasSuffix(d.Sentence, ".") {
			t.Fatalf("refused without a reason: %+v", d)
		}
	})
}

func drawInput(t *rapid.T, amount *rapid.Generator[int64]) GateInput {
	in := GateInput{
		Action:             rapid.SampledFrom(Actions()).Draw(t, "action"),
		Credits:            Amount(amount.Draw(t, "credits")),
		Runs:               Amount(amount.Draw(t, "runs")),
		ReservedCredits:    Amount(rapid.Int64Range(0, 50_000_000).Draw(t, "reserved credits")),
		ReservedRuns:       Amount(rapid.Int64Range(0, 50_000_000).Draw(t, "reserved runs")),
		CreditsFreeExpired: rapid.Bool().Draw(t, "credits expired"),
		RunsFreeExpired:    rapid.Bool().Draw(t, "runs expired"),
		Limits: Limits{
			FineTune: Amount(rapid.Int64Range(0, 50_000_000).Draw(t, "fine-tune")),
			Low:      Amount(rapid.Int64Range(0, 50_000_000).Draw(t, "low")),
			Negative: Amount(rapid.Int64Range(-50_000_000, 0).Draw(t, "negative")),
		},
	}
	if rapid.Bool().Draw(t, "with amount") {
		in = withAmount(in, Amount(rapid.Int64Range(0, 100_000_000).Draw(t, "amount")))
	}
	return in
}
