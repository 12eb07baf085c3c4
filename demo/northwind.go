package demo

import (
	"context"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// northwind is the main account: a retailer with a plan, every kind of resource in every status, and a healthy balance.
func northwind(w *world) {
	t := newTenant(w, Key, "Northwind Retail")
	t.staff, t.apps = northwindStaff(), northwindApps()
	t.open(w.start, "", "Europe/Berlin",
		access.Member{UserID: "demo-master", Name: "Mia Master", Email: "mia@northwind.example", Role: access.RoleMasterAdmin},
		access.Member{UserID: "demo-admin", Name: "Adam Admin", Email: "adam@northwind.example", Role: access.RoleAdmin},
		access.Member{UserID: "demo-member", Name: "Max Member", Email: "max@northwind.example", Role: access.RoleMember})
	t.changePlan(360, "Team")
	t.changePlan(185, "Scale")
	northwindPeople(t)
	northwindTools(t)
	northwindModels(t)
	northwindFineTuning(t)
	northwindGuardrails(t)
	northwindScripts(t)
	northwindGrants(t)
	northwindHolds(t)
}

func northwindStaff() []person {
	return []person{
		{"anna.weber", "support", 375}, {"jonas.keller", "support", 375}, {"lena.hoffmann", "sales", 375}, {"tom.becker", "sales", 375},
		{"clara.schulz", "finance", 375}, {"emil.braun", "data", 375}, {"nina.wolf", "support", 300}, {"felix.krause", "data", 240},
		{"sara.lang", "sales", 180}, {"paul.richter", "finance", 120}, {"ida.neumann", "support", 60}, {"max.vogel", "data", 20},
	}
}

func northwindApps() map[string]string {
	return map[string]string{
		"Order lookup": "service desk", "Refund calculator": "service desk", "Llama 3.1 8B Instruct": "service desk", "Toxic language": "service desk",
		"Address check": "web shop", "Weather": "web shop", "Qwen2.5 0.5B": "web shop", "Anonymise customers": "web shop", "Address clean-up": "web shop",
		"Fax sender": "back office", "Mistral 7B Instruct": "back office", "Invoice parser": "back office",
	}
}

func northwindPeople(t *tenant) {
	t.on(330, "make the role FINANCE", func(ctx context.Context) error {
		_, err := t.w.store.Access.SetRole(ctx, access.RoleChange{AccountID: t.id, Name: "FINANCE", Permissions: []string{"ACCOUNT_VIEW", "BILLING_VIEW"}, Actor: platform()})
		if err != nil {
			return err
		}
		name, email := "Fiona Finance", "fiona@northwind.example"
		_, err = t.w.store.Access.SetMember(ctx, access.MemberChange{AccountID: t.id, UserID: "demo-finance", Name: &name, Email: &email, Role: "FINANCE", Actor: platform()})
		return err
	})
	t.on(329, "set billing contacts", func(ctx context.Context) error {
		return t.w.store.Access.SetBillingContacts(ctx, t.id, []string{"invoices@northwind.example"}, platform())
	})
	t.on(210, "set limits", func(ctx context.Context) error {
		low := billing.MustCredits("10")
		return t.w.store.SetLimits(ctx, tsdb.LimitsChange{AccountID: t.id, Low: &low}, support())
	})
}

func northwindTools(t *tenant) {
	const zone, weekend = 1, 0.55
	t.tool(374.9, "Order lookup", "Mia Master")
	t.tool(374.8, "Refund calculator", "Adam Admin")
	t.traffic(374.7, "Order lookup", stream{perDay: 640, growth: 1, zone: zone, weekend: weekend, team: "support", source: "agent-runtime"})
	t.traffic(374.6, "Refund calculator", stream{perDay: 330, growth: 1, zone: zone, weekend: weekend, team: "support", source: "agent-runtime"})
	t.on(352, "register Address check", func(ctx context.Context) error {
		return t.register(ctx, "Address check", "Adam Admin", tsdb.InDevelopment)
	})
	t.setTool(341, "Address check", tsdb.Deployed)
	t.traffic(340, "Address check", stream{perDay: 190, growth: 0.4, zone: zone, weekend: weekend, team: "sales", source: "checkout"})
	t.tool(310, "Weather", "Max Member")
	t.traffic(309, "Weather", stream{perDay: 60, zone: zone, weekend: 1, source: "agent-runtime"})
	t.endTraffic(180, "Weather")
	t.setTool(180, "Weather", tsdb.Undeployed)
	t.tool(300, "Fax sender", "Max Member")
	t.traffic(299, "Fax sender", stream{perDay: 8, zone: zone, weekend: 0.1, team: "finance", source: "agent-runtime"})
	t.endTraffic(222, "Fax sender")
	t.setTool(221, "Fax sender", tsdb.Undeployed)
	t.setTool(220, "Fax sender", tsdb.Deleted)
	t.on(16, "register Loyalty points", func(ctx context.Context) error {
		return t.register(ctx, "Loyalty points", "Mia Master", tsdb.InDevelopment)
	})
}

func northwindModels(t *tenant) {
	const llama, mistral, qwen, gptj = "Llama 3.1 8B Instruct", "Mistral 7B Instruct", "Qwen2.5 0.5B", "GPT-J 6B"
	t.model(374.9, llama, "8")
	t.model(374.8, mistral, "7")
	t.model(300, qwen, "0.5")
	t.model(240, gptj, "6")
	t.model(4, "Gemma 2 2B", "2")
	t.traffic(374.5, llama, stream{perDay: 1500, growth: 1, zone: 1, weekend: 0.6, input: 850, output: 230, cached: 35, source: "gateway-eu"})
	t.traffic(374.4, mistral, stream{perDay: 380, growth: 0.7, zone: 1, weekend: 0.4, input: 1400, output: 180, cached: 20, team: "data", source: "gateway-eu"})
	t.traffic(298, qwen, stream{perDay: 230, growth: 0.5, zone: 1, weekend: 0.9, input: 300, output: 60, team: "sales", source: "checkout"})
	t.deploy(t.since(172, 40), llama, "llama-prod", "g4dn.xlarge", 1)
	t.scale(6, "llama-prod", 2)
	t.scale(4.5, "llama-prod", 1)
	t.deploy(239, gptj, "gptj-trial", "g4dn.xlarge", 1)
	t.undeploy(238, gptj, "gptj-trial")
	t.on(228, "delete "+gptj, func(ctx context.Context) error {
		_, err := t.w.store.DeleteModel(ctx, t.id, t.resources[gptj])
		return err
	})
	t.deploy(60, mistral, "mistral-canary", "g6.xlarge", 1)
	t.undeploy(58, mistral, "mistral-canary")
	t.on(57, "delete mistral-canary", func(ctx context.Context) error {
		_, err := t.w.store.DeleteDeployment(ctx, t.id, t.deployments["mistral-canary"])
		return err
	})
	t.deploy(45, mistral, "mistral-staging", "g5.xlarge", 1)
	t.undeploy(43.5, mistral, "mistral-staging")
	t.deployPending(t.days(20), qwen, "qwen-edge", "g4dn.xlarge")
	t.report(t.days(20).Add(7*time.Minute), tsdb.Deployable{Kind: tsdb.KindModel}, "qwen-edge", tsdb.OutcomeFailed, "no capacity for g4dn.xlarge in eu-west")
	t.deployPending(t.w.end.Add(-11*time.Minute), qwen, "qwen-edge-2", "g4dn.xlarge")
}

func northwindFineTuning(t *tenant) {
	const base = "Mistral 7B Instruct"
	t.tune(162, base, "Mistral 7B orders v1", 10_000_000)
	t.tuned(161.8, "Mistral 7B orders v1", tsdb.JobCompleted, 0, "")
	t.deploy(160, "Mistral 7B orders v1", "orders-v1", "g5.xlarge", 1)
	t.undeploy(t.until(160, 154), "Mistral 7B orders v1", "orders-v1")
	t.tune(146, base, "Mistral 7B orders v2", 14_000_000)
	t.tuned(145.9, "Mistral 7B orders v2", tsdb.JobFailed, 21_000_000, "loss diverged in the second epoch")
	t.tune(143, base, "Mistral 7B returns", 12_000_000)
	t.tuned(142.9, "Mistral 7B returns", tsdb.JobStopped, 4_000_000, "stopped by Adam Admin")
	t.tune(0.2, base, "Mistral 7B orders v3", 16_000_000)
}

func northwindGuardrails(t *tenant) {
	t.guardrail(312, "Card number pattern", billing.Regex, "")
	t.guardrail(t.since(120, 12), "Toxic language", billing.Toxicity, "GENERAL_PURPOSE")
	t.guardrail(70, "Anonymise customers", billing.Anonymize, "COMPUTE_OPTIMIZED")
	t.undeployGuardrail(t.until(70, 45), "Anonymise customers")
	t.used(0.01, "Toxic language")
}

func northwindScripts(t *tenant) {
	t.script(152, "Invoice parser", tsdb.Python)
	t.runScript(t.since(76, 12), "Invoice parser", "1vcpu-2gb")
	t.on(8, "redeploy Invoice parser", func(ctx context.Context) error {
		_, err := t.w.store.RedeployScript(ctx, tsdb.Redeployment{AccountID: t.id, ID: t.resources["Invoice parser"], Hardware: "2vcpu-4gb"})
		return err
	})
	t.report(t.days(8).Add(4*time.Minute), tsdb.Deployable{Kind: tsdb.KindScript}, "Invoice parser", tsdb.OutcomeDeployed, "")
	t.used(9.2, "Invoice parser")
	t.script(101, "Nightly export", tsdb.Python)
	t.deployScript(t.days(100), "Nightly export", "2vcpu-8gb")
	t.report(t.days(100).Add(5*time.Minute), tsdb.Deployable{Kind: tsdb.KindScript}, "Nightly export", tsdb.OutcomeFailed, "requirements.txt: no matching distribution for pandas==9.9")
	t.script(96, "Address clean-up", tsdb.JavaScript)
	t.runScript(95, "Address clean-up", "1vcpu-2gb")
	t.undeployScript(t.until(95, 82), "Address clean-up")
	t.script(60, "Old connector", tsdb.JavaScript)
	t.on(55, "delete Old connector", func(ctx context.Context) error {
		_, err := t.w.store.DeleteScript(ctx, t.id, t.resources["Old connector"])
		return err
	})
	t.script(9, "Returns labels", tsdb.JavaScript)
	t.script(1, "Price sync", tsdb.JavaScript)
	t.deployScript(t.w.end.Add(-6*time.Minute), "Price sync", "4vcpu-8gb")
}

func northwindGrants(t *tenant) {
	t.adjust(140, "Service credit, incident 77", "25", "", t.days(50))
	t.adjust(139, "Correction of the service credit", "-5", "Service credit, incident 77", time.Time{})
	t.topUp(100, "Order 4471", billing.ModelCredits, "200", t.w.end.Add(9*day))
	t.topUp(98, "Order 4472", billing.ToolRuns, "50000", time.Time{})
	t.dismiss(3, "demo-master")
}

func northwindHolds(t *tenant) {
	t.reserve(t.days(1), "spring campaign", 500, time.Hour)
	t.settle(t.days(1).Add(40*time.Minute), "spring campaign", "Order lookup", 430)
	t.reserve(t.days(0.6), "test campaign", 200, time.Hour)
	t.release(t.days(0.6).Add(10*time.Minute), "test campaign")
	t.reserve(t.days(0.4), "forgotten campaign", 100, 15*time.Minute)
	t.reserve(t.w.end.Add(-4*time.Minute), "evening campaign", 800, 15*time.Minute)
}
