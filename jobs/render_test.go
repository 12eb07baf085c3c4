package jobs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// mails returns all e-mails so far, rendered, by kind; of each kind the latest.
func (f *fixture) mails() map[mail.Kind]mail.Rendered {
	f.t.Helper()
	var last int64
	f.must(f.pool.QueryRow(f.ctx, `SELECT coalesce(max(email_id), 0) FROM email`).Scan(&last))
	out := map[mail.Kind]mail.Rendered{}
	for id := int64(1); id <= last; id++ {
		e, err := f.Email(f.ctx, id)
		f.must(err)
		r, err := jobs.Render(e, f.Settings())
		if err != nil {
			f.t.Errorf("%s: %v\n%+v", e.Kind, err, e.Facts)
		}
		out[mail.Kind(e.Kind)] = r
	}
	return out
}

func (f *fixture) deployScript(account int64) int64 {
	f.t.Helper()
	script, err := f.CreateScript(f.ctx, tsdb.NewScript{AccountID: account, Name: "nightly", Language: tsdb.Python})
	f.must(err)
	_, err = f.DeployScript(f.ctx, tsdb.ScriptDeployment{AccountID: account, ScriptID: script.ID, Hardware: "1vcpu-2gb", Replicas: 1})
	f.must(err)
	f.must(f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: account, Target: tsdb.Deployable{Kind: tsdb.KindScript, ID: script.ID},
		Outcome: tsdb.OutcomeDeployed, Endpoint: "https://scripts.example/nightly"}))
	return script.ID
}

// Every kind of e-mail, as the database really writes it, can be rendered and says what it must.
func TestEveryKindThatIsWrittenRenders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, script := f.model(id), f.deployScript(id)
	f.spend(id, model, 40)
	f.advance(time.Minute)
	f.spend(id, model, 31)
	f.spend(id, model, 5)
	f.spend(id, model, 30)
	f.topUp(id, "100")
	again, err := f.UndeployScript(f.ctx, id, script, time.Time{})
	if err == nil {
		t.Fatalf("the stop left it %s", again.Status)
	}
	second := f.deployScript(id)
	_, err = f.UndeployScript(f.ctx, id, second, time.Time{})
	f.must(err)
	_, err = f.DeployScript(f.ctx, tsdb.ScriptDeployment{AccountID: id, ScriptID: second, Hardware: "1vcpu-2gb", Replicas: 1})
	f.must(err)
	f.must(f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: id, Target: tsdb.Deployable{Kind: tsdb.KindScript, ID: second},
		Outcome: tsdb.OutcomeFailed, Reason: "no such package"}))
	_, err = f.Access.CreateToken(f.ctx, access.NewToken{AccountID: id, Role: access.RoleMember, Name: "nightly build", Prefix: "ug_nightly1", Hash: []byte("hash"), ExpiresAt: start.Add(90 * 24 * time.Hour)})
	f.must(err)
	f.advance(76*24*time.Hour + time.Hour)
	_, err = f.MailExpiring(f.ctx, 100)
	f.must(err)
	_, err = f.MailEndingTokens(f.ctx, 100)
	f.must(err)
	f.advance(14 * 24 * time.Hour)
	_, err = f.Tick(f.ctx, 100)
	f.must(err)

	mails := f.mails()
	for kind, said := range map[mail.Kind][]string{
		mail.KindStep:             {"90% of model credits used"},
		mail.KindLowLimit:         {"low-credit limit of 5 credits", "nightly", "-25 credits", "0.07698"},
		mail.KindZero:             {"used up"},
		mail.KindNegativeLimit:    {"negative limit of -25 credits", "10 March 2026"},
		mail.KindStopped:          {"nightly", billing.NegativeLimitSentence},
		mail.KindScriptDeployed:   {"https://scripts.example/nightly", "0.07698", "curl"},
		mail.KindScriptUndeployed: {"nightly"},
		mail.KindScriptFailed:     {"nightly", "failed to deploy", "no such package"},
		mail.KindGrantExpiring:    {"14 days", "free"},
		mail.KindGrantExpired:     {"free"},
		mail.KindTokenExpiring:    {"nightly build", "14 days", "ug_nightly1", "last used: never"},
	} {
		r := mails[kind]
		for _, text := range append(said, "support@usagegraph.example", "left") {
			if whole := r.Subject + "\n" + r.Text; !strings.Contains(strings.ToLower(whole), strings.ToLower(text)) {
				t.Errorf("%s does not say %q:\n%s", kind, text, whole)
			}
		}
	}
	for _, kind := range mail.Kinds() {
		if _, written := mails[kind]; !written {
			t.Errorf("no %s was written: %v", kind, slices.Sorted(keys(mails)))
		}
	}
}

func keys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestUnknownKindsAreRefusedForGood(t *testing.T) {
	t.Parallel()
	_, err := jobs.Render(tsdb.Email{Kind: "X"}, tsdb.DefaultSettings())
	if !mail.IsPermanent(err) {
		t.Errorf("%v", err)
	}
}
