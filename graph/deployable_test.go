package graph

import "testing"

const askDeployables = `query($a: ID!, $filter: DeployableFilter, $sort: DeployableSort, $first: Int, $after: Cursor) { account(id: $a) { deployables(
  filter: $filter, sort: $sort, first: $first, after: $after) { totalCount totals { running ratePerHour idle idleRatePerHour } edges { node { category resourceName modelType
  ratePerHour idleDays deployable { __typename ... on Deployment { name } ... on Guardrail { name } ... on Script { name } } } } } } }`

// What can be deployed is one list of all kinds, in the order asked for. Only callers who may see usage see its figures.
func TestDeployables(t *testing.T) {
	t.Parallel()
	p, _ := hinted(t)
	row := func(category, idle, typ, node, rate, resource string) string {
		return `{"node":{"category":"` + category + `","deployable":` + node + `,"idleDays":` + idle + `,"modelType":` + typ + `,"ratePerHour":` + rate + `,"resourceName":"` + resource + `"}}`
	}
	data, failed := p.run(askDeployables, map[string]any{"a": p.account, "filter": map[string]any{"running": true, "categories": []string{"MODELS"}},
		"sort": map[string]any{"field": "IDLE_DAYS", "direction": "DESC"}, "first": 1})
	if failed != "" {
		t.Fatal(failed)
	}
	p.want("the idlest", data["account"], `{"deployables":{"edges":[`+row("MODELS", "14", `"BASE"`, `{"__typename":"Deployment","name":"idle"}`, `"0.789"`, "Phi")+
		`],"totalCount":3,"totals":{"idle":1,"idleRatePerHour":"0.789","ratePerHour":"3.945","running":3}}}`)
	data, failed = p.run(askDeployables, map[string]any{"a": p.account, "filter": map[string]any{"search": "dear"}})
	if failed != "" {
		t.Fatal(failed)
	}
	p.want("a script", data["account"], `{"deployables":{"edges":[`+row("SCRIPTS", "null", "null", `{"__typename":"Script","name":"dear"}`, `"0.15396"`, "dear")+
		`],"totalCount":1,"totals":{"idle":0,"idleRatePerHour":"0","ratePerHour":"0.15396","running":1}}}`)
}
