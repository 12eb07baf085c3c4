package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// tenant is an account of the demo and what it owns, by name.
type tenant struct {
	w            *world
	key          string
	name         string
	id           int64
	resources    map[string]int64
	deployments  map[string]int64
	jobs         map[string]int64
	grants       map[string]int32
	reservations map[string]int64
	streams      map[string]*stream
	staff        []person
	apps         map[string]string // the application that a resource belongs to, by its name: its tag "app"
	keys         int
}

func newTenant(w *world, key, name string) *tenant {
	return &tenant{w: w, key: key, name: name, resources: map[string]int64{}, deployments: map[string]int64{}, jobs: map[string]int64{},
		grants: map[string]int32{}, reservations: map[string]int64{}, streams: map[string]*stream{}}
}

// The people behind the changes.
func support() tsdb.Actor {
	return tsdb.Actor{Kind: "USER", Name: "sam@support.example", Role: "SUPPORT"}
}
func platform() tsdb.Actor { return tsdb.Actor{Kind: "SERVICE", Name: "platform", Role: "PLATFORM"} }

// at puts an act on the calendar. What would lie before the year or after its end belongs to a mistake in the story.
func (t *tenant) at(when time.Time, what string, do func(context.Context) error) {
	if when.Before(t.w.start) || when.After(t.w.end) {
		panic(fmt.Sprintf("demo: %s: %q lies outside the year", t.name, what))
	}
	t.w.acts = append(t.w.acts, act{when, t.name, what, do})
}

// days is so many days, and hours more, before the end.
func (t *tenant) days(days float64) time.Time {
	return t.w.end.Add(-time.Duration(days * float64(day))).Truncate(time.Second)
}

// on is at so many days before the end.
func (t *tenant) on(days float64, what string, do func(context.Context) error) {
	t.at(t.days(days), what, do)
}

// since is since when something runs to this day; in a light year since later.
func (t *tenant) since(days, light float64) float64 {
	if t.w.cfg.Light {
		return light
	}
	return days
}

// until is until when something runs that began before; in a light year it ends soon.
func (t *tenant) until(began, days float64) float64 {
	if t.w.cfg.Light {
		return max(days, began-5)
	}
	return days
}

// idempotency is a key for the next operation.
func (t *tenant) idempotency() string {
	t.keys++
	return fmt.Sprintf("%s-%d", t.key, t.keys)
}

// own is what the platform says of a resource beside its name.
func (t *tenant) own(name string) tsdb.Own {
	if t.apps[name] == "" {
		return tsdb.Own{}
	}
	return tsdb.Own{Tags: tsdb.Tags{"app": t.apps[name]}}
}

// open creates the account. key names it; people are its members.
func (t *tenant) open(when time.Time, plan string, zone string, people ...access.Member) {
	t.at(when, "open the account", func(ctx context.Context) (err error) {
		n := tsdb.NewAccount{Name: t.name, IdempotencyKey: tsdb.DemoKey(t.key), TimeZone: zone, NoMail: true, Members: people}
		if plan != "" {
			if n.PlanID, err = t.w.plan(ctx, plan); err != nil {
				return err
			}
		}
		t.id, err = t.w.store.CreateAccount(ctx, n, platform())
		return err
	})
}

// tool registers a tool, deployed.
func (t *tenant) tool(when float64, name, owner string) {
	t.on(when, "register "+name, func(ctx context.Context) error { return t.register(ctx, name, owner, tsdb.Deployed) })
}

func (t *tenant) register(ctx context.Context, name, owner string, status tsdb.ResourceStatus) error {
	r, err := t.w.store.RegisterTool(ctx, tsdb.NewTool{AccountID: t.id, Name: name, OwnerName: owner, Status: status, IdempotencyKey: t.idempotency(), Own: t.own(name)})
	t.resources[name] = r.ID
	return err
}

func (t *tenant) setTool(when float64, name string, status tsdb.ResourceStatus) {
	t.on(when, string(status)+" "+name, func(ctx context.Context) error {
		_, err := t.w.store.SetToolStatus(ctx, t.id, t.resources[name], status)
		return err
	})
}

// model registers a base model of so many billions of parameters.
func (t *tenant) model(when float64, name, billions string) {
	t.on(when, "register "+name, func(ctx context.Context) error {
		size := decimal.RequireFromString(billions)
		r, err := t.w.store.RegisterModel(ctx, tsdb.NewModel{AccountID: t.id, Name: name, Billions: &size, IdempotencyKey: t.idempotency(), Own: t.own(name)})
		t.resources[name] = r.ID
		return err
	})
}

// deploy makes a deployment of a model; its inference names it from then on.
func (t *tenant) deploy(when float64, model, name, hardware string, replicas int64) {
	t.on(when, "deploy "+name, func(ctx context.Context) error {
		d, err := t.w.store.DeployModel(ctx, tsdb.ModelDeployment{AccountID: t.id, ModelID: t.resources[model], Name: name, Hardware: hardware, Replicas: replicas,
			Endpoint: "https://models." + t.key + ".example/" + name, IdempotencyKey: t.idempotency()})
		t.deployments[name] = d.ID
		if s := t.streams[model]; s != nil && err == nil {
			s.deployment = d.ID
		}
		return err
	})
}

// deployPending asks for a deployment of a model that has not come up yet.
func (t *tenant) deployPending(when time.Time, model, name, hardware string) {
	t.at(when, "deploy "+name, func(ctx context.Context) error {
		d, err := t.w.store.DeployModel(ctx, tsdb.ModelDeployment{AccountID: t.id, ModelID: t.resources[model], Name: name, Hardware: hardware, Replicas: 1,
			Pending: true, IdempotencyKey: t.idempotency()})
		t.deployments[name] = d.ID
		return err
	})
}

func (t *tenant) undeploy(when float64, model, name string) {
	t.on(when, "undeploy "+name, func(ctx context.Context) error {
		_, err := t.w.store.UndeployModel(ctx, t.id, t.deployments[name], time.Time{})
		if s := t.streams[model]; s != nil {
			s.deployment = 0
		}
		return err
	})
}

// scale sets the replicas of a model's deployment.
func (t *tenant) scale(when float64, name string, replicas int64) {
	t.on(when, "scale "+name, func(ctx context.Context) error {
		return t.w.store.ScaleDeployment(ctx, t.id, tsdb.Deployable{Kind: tsdb.KindModel, ID: t.deployments[name]}, replicas, time.Time{})
	})
}

// guardrail makes a guardrail and deploys it.
func (t *tenant) guardrail(when float64, name string, scanner billing.GuardrailKind, cpu string) {
	t.on(when, "deploy "+name, func(ctx context.Context) error {
		r, err := t.w.store.DeployGuardrail(ctx, tsdb.NewGuardrail{AccountID: t.id, Name: name, Scanner: scanner, CPUType: cpu, Replicas: 1, IdempotencyKey: t.idempotency(), Own: t.own(name)})
		t.resources[name] = r.ID
		return err
	})
}

// used tells of the last use of a guardrail or script, which nothing else does.
func (t *tenant) used(when float64, name string) {
	t.on(when, "use "+name, func(ctx context.Context) error {
		_, err := t.w.store.ReportUse(ctx, t.id, []tsdb.Use{{ResourceID: t.resources[name], At: t.days(when)}})
		return err
	})
}

func (t *tenant) undeployGuardrail(when float64, name string) {
	t.on(when, "undeploy "+name, func(ctx context.Context) error {
		_, err := t.w.store.UndeployGuardrail(ctx, t.id, t.resources[name], time.Time{})
		return err
	})
}

// script makes a custom script, as a draft.
func (t *tenant) script(when float64, name, language string) {
	t.on(when, "create "+name, func(ctx context.Context) error {
		r, err := t.w.store.CreateScript(ctx, tsdb.NewScript{AccountID: t.id, Name: name, Language: language, IdempotencyKey: t.idempotency(), Own: t.own(name)})
		t.resources[name] = r.ID
		return err
	})
}

// deployScript asks for a script's deployment.
func (t *tenant) deployScript(when time.Time, name, hardware string) {
	t.at(when, "deploy "+name, func(ctx context.Context) error {
		_, err := t.w.store.DeployScript(ctx, tsdb.ScriptDeployment{AccountID: t.id, ScriptID: t.resources[name], Hardware: hardware, Replicas: 1})
		return err
	})
}

// runScript asks for a script's deployment and reports, minutes later, that it is there.
func (t *tenant) runScript(when float64, name, hardware string) {
	t.deployScript(t.days(when), name, hardware)
	t.report(t.days(when).Add(3*time.Minute), tsdb.Deployable{Kind: tsdb.KindScript}, name, tsdb.OutcomeDeployed, "")
}

func (t *tenant) undeployScript(when float64, name string) {
	t.on(when, "undeploy "+name, func(ctx context.Context) error {
		_, err := t.w.store.UndeployScript(ctx, t.id, t.resources[name], time.Time{})
		return err
	})
}

// report ends a pending deployment.
func (t *tenant) report(when time.Time, target tsdb.Deployable, name string, outcome tsdb.DeploymentOutcome, reason string) {
	t.at(when, "report "+name, func(ctx context.Context) error {
		target.ID = t.resources[name]
		if target.Kind == tsdb.KindModel {
			target.ID = t.deployments[name]
		}
		r := tsdb.DeploymentReport{AccountID: t.id, Target: target, Outcome: outcome, Reason: reason}
		if outcome == tsdb.OutcomeDeployed {
			r.Endpoint = fmt.Sprintf("https://scripts.%s.example/%d", t.key, target.ID)
		}
		return t.w.store.ReportDeployment(ctx, r)
	})
}

// tune starts a fine-tuning job.
func (t *tenant) tune(when float64, base, name string, tokens int64) {
	t.on(when, "fine-tune "+name, func(ctx context.Context) error {
		j, err := t.w.store.StartFineTuning(ctx, tsdb.NewJob{AccountID: t.id, ModelID: t.resources[base], Name: name, TrainingTokens: tokens, Epochs: 3,
			Method: billing.QLoRA, Hardware: "A10G", IdempotencyKey: t.idempotency()})
		t.jobs[name], t.resources[name] = j.ID, j.ModelID
		return err
	})
}

// tuned ends a job; processed counts if it was not completed.
func (t *tenant) tuned(when float64, name string, outcome tsdb.JobStatus, processed int64, reason string) {
	t.on(when, string(outcome)+" "+name, func(ctx context.Context) error {
		e := tsdb.JobEnd{AccountID: t.id, JobID: t.jobs[name], Outcome: outcome, Reason: reason}
		if outcome != tsdb.JobCompleted {
			e.ProcessedTokens = &processed
		}
		_, err := t.w.store.FinishFineTuning(ctx, e)
		return err
	})
}

// topUp grants credits or runs until an instant; zero: 12 months.
func (t *tenant) topUp(when float64, name string, meter billing.Meter, amount string, expires time.Time) {
	t.on(when, "top up "+name, func(ctx context.Context) error {
		n, err := meter.Parse(amount)
		if err != nil {
			return err
		}
		t.grants[name], err = t.w.store.GrantCredits(ctx, tsdb.NewGrant{AccountID: t.id, Meter: meter, Kind: billing.TopUp, Amount: n, ExpiresAt: expires,
			Reference: name, IdempotencyKey: t.idempotency()}, support())
		return err
	})
}

// adjust corrects up, or down the grant of a name.
func (t *tenant) adjust(when float64, name, amount, grant string, expires time.Time) {
	t.on(when, name, func(ctx context.Context) error {
		n, err := billing.ModelCredits.Parse(amount)
		if err != nil {
			return err
		}
		t.grants[name], err = t.w.store.Adjust(ctx, tsdb.Adjustment{AccountID: t.id, Meter: billing.ModelCredits, Amount: n, GrantNo: t.grants[grant],
			ExpiresAt: expires, Reference: name, IdempotencyKey: t.idempotency()}, support())
		return err
	})
}

// changePlan puts the account on a plan of a name.
func (t *tenant) changePlan(when float64, name string) {
	t.on(when, "plan "+name, func(ctx context.Context) error {
		id, err := t.w.plan(ctx, name)
		if err != nil {
			return err
		}
		_, err = t.w.store.ChangePlan(ctx, tsdb.ChangePlanRequest{AccountID: t.id, PlanID: id, IdempotencyKey: t.idempotency()}, support())
		return err
	})
}

// traffic begins the traffic of a tool or model. The stream's zero fields are filled in.
func (t *tenant) traffic(when float64, name string, s stream) {
	t.streams[name] = &s
	t.on(when, "use "+name, func(context.Context) error {
		s := t.streams[name]
		s.account, s.resource = t.id, t.resources[name]
		s.kind = tsdb.ToolRun
		if s.input > 0 {
			s.kind = tsdb.Inference
		}
		if s.mode == "" {
			s.mode = tsdb.Record
		}
		s.people = t.colleagues(s.team, s.source)
		t.w.streams = append(t.w.streams, s)
		return nil
	})
}

func (t *tenant) endTraffic(when float64, name string) {
	t.on(when, "no more of "+name, func(context.Context) error {
		t.streams[name].off = true
		return nil
	})
}
