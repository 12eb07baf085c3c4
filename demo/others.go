package demo

import (
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// master is the one person of the smaller accounts.
func master(user, name, email string) access.Member {
	return access.Member{UserID: user, Name: name, Email: email, Role: access.RoleMasterAdmin}
}

// blueHarbor is a bank on a plan of which half is used: YELLOW. A smaller plan waits for the next cycle.
func blueHarbor(w *world) {
	t := newTenant(w, Key+"-blue-harbor", "Blue Harbor Bank")
	t.staff = []person{{"harriet.moss", "risk", 375}, {"oliver.pike", "risk", 375}, {"george.lowe", "branch", 375}, {"ella.frost", "branch", 200}, {"noah.reid", "risk", 90}}
	t.open(w.end.AddDate(0, -11, -20), "Team", "Europe/London", master("blue-master", "Bea Banks", "bea@blueharbor.example"),
		access.Member{UserID: "blue-admin", Name: "Ben Berth", Email: "ben@blueharbor.example", Role: access.RoleAdmin})
	const model = "Phi-3 medium"
	t.tool(349, "Fraud check", "Ben Berth")
	t.tool(348, "Statement reader", "Bea Banks")
	t.model(347, model, "4")
	t.traffic(346, "Fraud check", stream{perDay: 400, growth: 0.6, weekend: 0.8, team: "risk", source: "core-banking"})
	t.traffic(345, "Statement reader", stream{perDay: 130, growth: 0.3, weekend: 0.2, team: "branch", source: "branch"})
	t.traffic(344, model, stream{perDay: 700, growth: 0.6, weekend: 0.5, input: 950, output: 260, source: "gateway-uk"})
	t.guardrail(t.since(62, 12), "Prompt injection shield", billing.PromptInjection, "GENERAL_PURPOSE")
	t.used(0.1, "Prompt injection shield")
	t.changePlan(12, "Starter")
	t.dismiss(6, "blue-admin")
	t.burst(w.end.Add(-5*time.Hour), model, share(46))
}

// kestrel buys credits as it goes and has a sixth of them left: RED.
func kestrel(w *world) {
	t := newTenant(w, Key+"-kestrel", "Kestrel Logistics")
	t.staff = []person{{"dana.cole", "dispatch", 375}, {"luis.ortega", "dispatch", 375}, {"mark.hill", "fleet", 375}, {"amy.stone", "fleet", 150}}
	t.open(t.days(330), "", "America/Chicago", master("kestrel-master", "Kim Kestrel", "kim@kestrel.example"))
	const model = "Qwen2.5 7B"
	t.tool(329, "Route planner", "Kim Kestrel")
	t.model(328, model, "7")
	t.traffic(327, "Route planner", stream{perDay: 360, growth: 0.5, zone: -6, weekend: 0.3, source: "dispatch"})
	t.traffic(326, model, stream{perDay: 450, growth: 0.5, zone: -6, weekend: 0.3, input: 800, output: 300, source: "dispatch"})
	t.topUp(312, "Order 1007", billing.ToolRuns, "200000", time.Time{})
	t.topUp(262, "Order 1018", billing.ModelCredits, "110", time.Time{})
	t.script(64, "Proof of delivery", tsdb.JavaScript)
	t.topUp(62, "Order 1090", billing.ModelCredits, "130", time.Time{})
	t.runScript(t.since(61, 12), "Proof of delivery", "1vcpu-2gb")
	t.topUp(14, "Order 1112", billing.ModelCredits, "100", time.Time{})
	t.model(4, "Qwen2.5 1.5B", "1.5")
	t.deploy(3, "Qwen2.5 1.5B", "trial", "g4dn.xlarge", 1) // nobody uses it
	t.burst(w.end.Add(-3*time.Hour), model, share(16))
}

// pixelFoundry has nothing left, and what it hosts runs into debt: TRIANGLE. Earlier in the year it was in debt once and
// paid it off.
func pixelFoundry(w *world) {
	t := newTenant(w, Key+"-pixel-foundry", "Pixel Foundry")
	t.staff = []person{{"yuki.tanaka", "art", 375}, {"ren.sato", "art", 375}, {"aoi.mori", "pipeline", 375}}
	t.open(t.days(300), "", "Asia/Tokyo", master("pixel-master", "Paul Pixel", "paul@pixelfoundry.example"))
	const model = "SDXL captions 3B"
	t.tool(299, "Asset search", "Paul Pixel")
	t.model(298, model, "3")
	t.traffic(297, "Asset search", stream{perDay: 170, growth: 0.3, zone: 9, weekend: 0.7, source: "studio", mode: tsdb.Enforce})
	t.traffic(296, model, stream{perDay: 260, growth: 0.3, zone: 9, weekend: 0.7, input: 700, output: 350, source: "studio", mode: tsdb.Enforce})
	t.topUp(252, "Order 2201", billing.ToolRuns, "80000", time.Time{})
	t.topUp(231, "Order 2202", billing.ModelCredits, "60", time.Time{})
	t.script(217, "Thumbnailer", tsdb.Python)
	t.runScript(216, "Thumbnailer", "4vcpu-8gb")
	t.burst(t.days(214), model, left("6"))
	t.topUp(212.1, "Order 2209", billing.ModelCredits, "100", time.Time{})
	t.undeployScript(206, "Thumbnailer")
	t.topUp(22, "Order 2230", billing.ModelCredits, "190", time.Time{})
	t.guardrail(t.since(20, 12), "Face blur", billing.Anonymize, "GENERAL_PURPOSE")
	t.guardrail(19, "Name pattern", billing.Regex, "")
	t.burst(w.end.Add(-30*time.Hour), model, left("3"))
}

// sunrise tried the product out: its free credits have expired.
func sunrise(w *world) {
	t := newTenant(w, Key+"-sunrise", "Sunrise Labs")
	t.staff = []person{{"suri.rana", "lab", 375}, {"bina.thapa", "lab", 95}}
	t.open(t.days(104), "", "Asia/Kathmandu", master("sunrise-master", "Suri Rana", "suri@sunrise.example"))
	const model = "TinyLlama 1.1B"
	t.tool(103, "Lab notes", "Suri Rana")
	t.model(102, model, "1.1")
	t.traffic(101, "Lab notes", stream{perDay: 45, zone: 6, weekend: 0.6, source: "notebook", mode: tsdb.Enforce})
	t.traffic(100, model, stream{perDay: 60, zone: 6, weekend: 0.6, input: 500, output: 200, source: "notebook", mode: tsdb.Enforce})
	t.script(82, "Plate reader", tsdb.Python)
	t.runScript(80, "Plate reader", "1vcpu-2gb")
	t.undeployScript(78, "Plate reader")
	t.burst(t.days(40), model, left("44"))
}

// atlas let everything run until the negative limit stopped it.
func atlas(w *world) {
	t := newTenant(w, Key+"-atlas", "Atlas Mining")
	t.staff = []person{{"joe.power", "pit", 375}, {"rita.walsh", "planning", 375}, {"ken.drover", "pit", 100}}
	t.open(t.days(200), "", "America/St_Johns", master("atlas-master", "Ana Atlas", "ana@atlas.example"))
	const model = "Llama 3.2 3B"
	t.tool(199, "Shift report", "Ana Atlas")
	t.model(198, model, "3")
	t.traffic(197, "Shift report", stream{perDay: 200, growth: 0.2, zone: -4, weekend: 0.9, source: "pit", mode: tsdb.Enforce})
	t.traffic(196, model, stream{perDay: 330, growth: 0.2, zone: -4, weekend: 0.9, input: 900, output: 280, source: "pit", mode: tsdb.Enforce})
	t.topUp(160, "Order 3003", billing.ToolRuns, "60000", time.Time{})
	t.topUp(130, "Order 3011", billing.ModelCredits, "60", time.Time{})
	t.topUp(13, "Order 3040", billing.ModelCredits, "260", time.Time{})
	t.deploy(12, model, "shift-llama", "g4dn.xlarge", 1)
	t.guardrail(11.5, "Topic ban", billing.BanTopics, "GENERAL_PURPOSE")
	t.script(11.4, "Ore grades", tsdb.Python)
	t.runScript(11, "Ore grades", "1vcpu-2gb")
	t.burst(t.days(3.5), model, left("4"))
}
