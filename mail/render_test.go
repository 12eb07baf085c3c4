package mail_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/mail"
)

var update = flag.Bool("update", false, "write the golden files again")

func account() mail.Account {
	return mail.Account{
		AccountID: "QWNjb3VudDo0Mg", AccountName: "Acme & Söhne <EU>",
		SupportContact: "support@example.org", ConsoleURL: "https://console.example.org/billing?tab=usage&range=7d",
	}
}

func inBerlin(a mail.Account) mail.Account {
	a.TimeZone = "Europe/Berlin"
	return a
}

// creditsLeft returns a balance of 300 allotted credits, e.g. with "4.2" left and "98.6" percent used.
func creditsLeft(remaining, percent string) mail.Balance {
	return mail.Balance{Meter: billing.ModelCredits, Remaining: remaining, Allocation: "300", UsedPercent: percent}
}

func runsLeft(remaining, percent string) mail.Balance {
	return mail.Balance{Meter: billing.ToolRuns, Remaining: remaining, Allocation: "10000", UsedPercent: percent}
}

func running() []mail.Deployment {
	return []mail.Deployment{{Name: "Toxicity", Kind: "GUARDRAIL"}, {Name: "nightly-report", Kind: "SCRIPT"}}
}

func stopped() []mail.Deployment {
	reason := "You’ve used all your available credits. Please add more credits to your account to continue."
	return []mail.Deployment{
		{Name: "Toxicity", Kind: "GUARDRAIL", Reason: reason},
		{Name: "llama <script>alert(1)</script>", Kind: "MODEL", Reason: reason},
		{Name: "nightly-report", Kind: "SCRIPT", Reason: reason},
	}
}

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// goldens returns one e-mail of each kind, and more of kinds with several wordings.
func goldens() []struct {
	name string
	kind mail.Kind
	data any
} {
	a := account()
	outlook := mail.Outlook{Stops: running(), StopsAt: "-25", StopsWhen: &noon, RatePerHour: "0.3599"}
	unforeseeable := mail.Outlook{Stops: running()[:1], StopsAt: "-25"}
	byURL := a
	byURL.SupportContact, byURL.ConsoleURL = "https://help.example.org/new?product=agents&topic=credits", ""
	byPhone := a
	byPhone.SupportContact, byPhone.AccountName = "the help desk, extension 42", ""
	return []struct {
		name string
		kind mail.Kind
		data any
	}{
		{"step_credits", mail.KindStep, mail.StepData{Account: a, Percent: 70, Balance: mail.BalanceOf(billing.ModelCredits, 87_840_000, 300_000_000, "70.72")}},
		{"step_runs", mail.KindStep, mail.StepData{Account: byURL, Percent: 90, Balance: runsLeft("1000", "90")}},
		{"low_limit", mail.KindLowLimit, mail.LowLimitData{Account: a, Balance: creditsLeft("4.2", "98.6"), Outlook: outlook, Limit: "5"}},
		{"low_limit_unforeseeable", mail.KindLowLimit, mail.LowLimitData{Account: a, Balance: creditsLeft("4.2", "98.6"), Outlook: unforeseeable, Limit: "5"}},
		{"zero_credits", mail.KindZero, mail.ZeroData{Account: a, Balance: creditsLeft("-0.000001", "100"), Outlook: outlook}},
		{"zero_credits_idle", mail.KindZero, mail.ZeroData{Account: byPhone, Balance: creditsLeft("0", "100")}},
		{"zero_runs", mail.KindZero, mail.ZeroData{Account: a, Balance: runsLeft("0", "100")}},
		{"negative_limit", mail.KindNegativeLimit, mail.NegativeLimitData{Account: a, Balance: creditsLeft("-25", "108.33"), Limit: "-25", At: noon}},
		{"stopped", mail.KindStopped, mail.StoppedData{Account: a, Balance: creditsLeft("-25.001", "108.33"), Limit: "-25", At: noon, Stopped: stopped()}},
		{"script_deployed", mail.KindScriptDeployed, mail.ScriptDeployedData{Account: a, Balance: creditsLeft("120", "60"), ScriptName: "nightly-report",
			Endpoint: "https://run.example.org/s/nightly?a=1&b=2", RatePerHour: "0.07698", At: noon}},
		{"script_undeployed", mail.KindScriptUndeployed, mail.ScriptUndeployedData{Account: a, Balance: creditsLeft("1", "99.67"), ScriptName: "nightly-report",
			Reason: "Undeployed by Ada", At: noon}},
		{"script_deployed_pending", mail.KindScriptDeployed, mail.ScriptDeployedData{Account: a, Balance: creditsLeft("120", "60"), ScriptName: "nightly-report", At: noon}},
		{"script_failed", mail.KindScriptFailed, mail.ScriptFailedData{Account: inBerlin(a), Balance: creditsLeft("120", "60"), ScriptName: "nightly-report",
			Reason: "requirements.txt: no such package", At: noon}},
		{"grant_expiring_hours", mail.KindGrantExpiring, mail.GrantExpiringData{Account: inBerlin(a), Balance: creditsLeft("120", "60"), GrantKind: "TOP_UP",
			Amount: "45.5", Days: 1, Hours: 5, ExpiresAt: noon}},
		{"grant_expiring", mail.KindGrantExpiring, mail.GrantExpiringData{Account: a, Balance: creditsLeft("120", "60"), GrantKind: "TOP_UP", Amount: "45.5", Days: 14, ExpiresAt: noon}},
		{"token_expiring", mail.KindTokenExpiring, mail.TokenExpiringData{Account: inBerlin(a), Balance: creditsLeft("120", "60"), TokenName: "nightly <build>", Prefix: "ug_abcdefgh",
			Days: 14, ExpiresAt: noon}},
		{"grant_expired", mail.KindGrantExpired, mail.GrantExpiredData{Account: a, Balance: runsLeft("0", "100"), GrantKind: "FREE", Amount: "9876", ExpiredAt: noon}},
	}
}

func render(t *testing.T, kind mail.Kind, data any) mail.Rendered {
	t.Helper()
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	r, err := mail.Render(kind, raw)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRenderGolden(t *testing.T) {
	t.Parallel()
	for _, g := range goldens() {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			r := render(t, g.kind, g.data)
			golden(t, g.name+".txt", "Subject: "+r.Subject+"\n\n"+r.Text)
			golden(t, g.name+".html", r.HTML)
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test ./mail -update writes it again):\n%s", path, got)
	}
}

func TestGoldensCoverEveryKind(t *testing.T) {
	t.Parallel()
	seen := map[mail.Kind]bool{}
	for _, g := range goldens() {
		seen[g.kind] = true
	}
	for _, k := range mail.Kinds() {
		if !seen[k] {
			t.Errorf("no golden mail of kind %s", k)
		}
	}
}

// Every e-mail says what is left, what was allotted, and how to reach Support. It is readable in dark mode and loads nothing.
func TestEveryMailKeepsItsPromises(t *testing.T) {
	t.Parallel()
	remote := regexp.MustCompile(`(?i)<(img|link|script|iframe)|url\(|@import|\ssrc=|ZgotmplZ`)
	for _, g := range goldens() {
		r := render(t, g.kind, g.data)
		for _, form := range []string{r.Text, r.HTML} {
			for _, want := range []string{"Left", "Allotted", "300 credits", "Contact Support", "QWNjb3VudDo0Mg"} {
				if !strings.Contains(strings.ReplaceAll(form, "10,000 runs", "300 credits"), want) {
					t.Errorf("%s lacks %q:\n%s", g.name, want, form)
				}
			}
		}
		if remote.MatchString(r.HTML) || !strings.Contains(r.HTML, "prefers-color-scheme: dark") {
			t.Errorf("%s: remote content, a refused link, or no dark mode:\n%s", g.name, r.HTML)
		}
		if strings.Contains(r.HTML, "<EU>") || strings.Contains(r.Text, "&amp;") || strings.Contains(r.Subject, "&amp;") {
			t.Errorf("%s: escaped wrongly:\n%+v", g.name, r)
		}
	}
}

func TestHostileNamesStayOneLine(t *testing.T) {
	t.Parallel()
	evil := "Acme\r\nBcc: victim@example.org\r\n\r\n<b>\u2028\u202Etxt\x00\x1b[31m\u200b!"
	a := account()
	a.AccountName = evil
	d := mail.StoppedData{Account: a, Balance: creditsLeft("-25", "108.33"), Limit: "-25", At: noon,
		Stopped: []mail.Deployment{{Name: evil, Kind: evil, Reason: evil}}}
	r := render(t, mail.KindStopped, d)
	if want := "Acme Bcc: victim@example.org <b> txt [31m!: 1 deployment was stopped"; r.Subject != want {
		t.Errorf("subject %q, want %q", r.Subject, want)
	}
	for _, form := range []string{r.Subject, r.Text, r.HTML} {
		if strings.ContainsAny(form, "\r\x00\x1b\u2028\u202e\u200b") || strings.Contains(form, "\nBcc") {
			t.Errorf("control characters survive: %q", form)
		}
	}
	if strings.Contains(r.HTML, "<b>") {
		t.Errorf("markup survives:\n%s", r.HTML)
	}
}

func TestHostileLinksAreNoLinks(t *testing.T) {
	t.Parallel()
	for _, contact := range []string{"javascript:alert(1)", "mailto:a@b.example%0D%0ABcc:c@d.example", "https://user:pw@example.org/", "data:text/html,x", `a"b@example.org`} {
		a := account()
		a.SupportContact, a.ConsoleURL = contact, contact
		r := render(t, mail.KindScriptDeployed, mail.ScriptDeployedData{Account: a, Balance: creditsLeft("1", "99.67"), ScriptName: "s", Endpoint: contact, At: noon})
		if strings.Contains(r.HTML, "<a ") || strings.Contains(r.HTML, "ZgotmplZ") {
			t.Errorf("%s became a link:\n%s", contact, r.HTML)
		}
	}
}

// Of a mailto URL only the address counts: its subject is ours, and what else stands in it is neither followed nor shown.
func TestSupportByMailto(t *testing.T) {
	t.Parallel()
	for _, contact := range []string{"mailto:help@acme.example", "mailto:help@acme.example?subject=x&bcc=c@d.example", "mailto:help%40acme.example?x"} {
		a := account()
		a.SupportContact = contact
		r := render(t, mail.KindStep, mail.StepData{Account: a, Balance: creditsLeft("150", "50"), Percent: 50})
		if !strings.Contains(r.HTML, `<a href="mailto:help@acme.example?subject=Credits%20for%20account%20QWNjb3VudDo0Mg">help@acme.example</a>`) ||
			!strings.Contains(r.Text, "Contact Support: help@acme.example\n") || strings.Contains(r.HTML+r.Text, "bcc") {
			t.Errorf("%s:\n%s\n%s", contact, r.HTML, r.Text)
		}
	}
}

func TestLongNamesAreCut(t *testing.T) {
	t.Parallel()
	a := account()
	a.AccountName = strings.Repeat("ä", 5000)
	r := render(t, mail.KindStep, mail.StepData{Account: a, Balance: creditsLeft("4", "98.67"), Percent: 50})
	if n := len([]rune(r.Subject)); n > 120 {
		t.Errorf("subject of %d characters", n)
	}
}

func TestEverythingStoppedIsListed(t *testing.T) {
	t.Parallel()
	d := mail.StoppedData{Account: account(), Balance: creditsLeft("-25", "108.33"), Limit: "-25", At: noon}
	for range 1000 {
		d.Stopped = append(d.Stopped, mail.Deployment{Name: "script", Kind: "SCRIPT", Reason: "no credits"})
	}
	r := render(t, mail.KindStopped, d)
	if n := strings.Count(r.Text, "- script (custom script): no credits\n"); n != 1000 {
		t.Errorf("text lists %d of 1000", n)
	}
	if n := strings.Count(r.HTML, "<li>"); n != 1000 {
		t.Errorf("HTML lists %d of 1000", n)
	}
}

func TestRenderRefusesUnfitData(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		kind mail.Kind
		raw  string
		want error
	}{
		{"unknown kind", "GREETING", `{}`, mail.ErrKind},
		{"no JSON", mail.KindStep, `{`, mail.ErrData},
		{"no data", mail.KindStep, ``, mail.ErrData},
		{"null", mail.KindStep, `null`, mail.ErrData},
		{"wrong shape", mail.KindStep, `{"percent":"seventy"}`, mail.ErrData},
		{"no support contact", mail.KindStep, `{"accountId":"a","meter":"TOOL_RUNS","remaining":"1","allocation":"2","usedPercent":"50","percent":50}`, mail.ErrData},
		{"no meter", mail.KindStep, `{"accountId":"a","supportContact":"s","remaining":"1","allocation":"2","usedPercent":"50","percent":50}`, mail.ErrData},
		{"no amount", mail.KindStep, `{"accountId":"a","supportContact":"s","meter":"TOOL_RUNS","remaining":"many","allocation":"2","usedPercent":"50","percent":50}`, mail.ErrData},
		{"nothing stopped", mail.KindStopped, `{"accountId":"a","supportContact":"s","meter":"MODEL_CREDITS","remaining":"-25","allocation":"2","usedPercent":"50","limit":"-25","at":"2026-01-01T00:00:00Z"}`, mail.ErrData},
	}
	for _, c := range cases {
		_, err := mail.Render(c.kind, json.RawMessage(c.raw))
		if !errors.Is(err, c.want) || !mail.IsPermanent(err) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Each kind refuses empty data, and names the field that is missing.
func TestEveryKindChecksItsData(t *testing.T) {
	t.Parallel()
	for _, k := range mail.Kinds() {
		_, err := mail.Render(k, json.RawMessage(`{}`))
		if !errors.Is(err, mail.ErrData) || !strings.Contains(err.Error(), "supportContact") {
			t.Errorf("%s: %v", k, err)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("Acme", "support@example.org", "https://example.org", "reason")
	f.Add("a\r\nb", "javascript:x", "//x", "{{.}}")
	f.Fuzz(func(t *testing.T, name, contact, url, reason string) {
		a := mail.Account{AccountID: "id", AccountName: name, SupportContact: contact, ConsoleURL: url}
		raw, err := json.Marshal(mail.StoppedData{Account: a, Balance: creditsLeft("1", "99.67"), Limit: "-25", At: noon,
			Stopped: []mail.Deployment{{Name: "n" + name, Kind: reason, Reason: reason}}})
		if err != nil {
			return
		}
		r, err := mail.Render(mail.KindStopped, raw)
		if err != nil {
			if !errors.Is(err, mail.ErrData) {
				t.Fatal(err)
			}
			return
		}
		if strings.ContainsAny(r.Subject, "\r\n\x00") || strings.Contains(r.HTML, "<script") || strings.Contains(r.HTML, "ZgotmplZ") {
			t.Fatalf("unsafe: %+v", r)
		}
	})
}
