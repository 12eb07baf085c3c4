package graph

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/usagegraph/usagegraph/graph/generated"
)

// contract reads the repository's schema.graphqls.
func contract(t *testing.T) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, gerr := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	if gerr != nil {
		t.Fatal(gerr)
	}
	return schema
}

// definitions lists the types that the contract itself defines, sorted by name.
func definitions(schema *ast.Schema) []*ast.Definition {
	var own []*ast.Definition
	for _, d := range schema.Types {
		if !d.BuiltIn && !strings.HasPrefix(d.Name, "__") {
			own = append(own, d)
		}
	}
	slices.SortFunc(own, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	return own
}

// ownFields returns the fields of a type without those that introspection adds.
func ownFields(d *ast.Definition) []*ast.FieldDefinition {
	return slices.DeleteFunc(slices.Clone(d.Fields), func(f *ast.FieldDefinition) bool {
		return strings.HasPrefix(f.Name, "__")
	})
}

func TestGeneratedCodeIsOfThisSchema(t *testing.T) {
	t.Parallel()
	print := func(s *ast.Schema) string {
		var b strings.Builder
		formatter.NewFormatter(&b).FormatSchema(s)
		return b.String()
	}
	fresh := print(contract(t))
	if got := print(generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{}}).Schema()); got != fresh {
		t.Error("graph/generated is older than schema.graphqls: run go generate ./graph")
	}
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	described := func(place, text string) {
		if len(text) < 5 || !strings.HasSuffix(strings.TrimRight(text, "|\n "), ".") && !strings.Contains(text, "\n|") {
			t.Errorf("%s: no sentence describes it: %q", place, text)
		}
	}
	for _, d := range definitions(schema) {
		described(d.Name, d.Description)
		for _, f := range ownFields(d) {
			described(d.Name+"."+f.Name, f.Description)
			for _, a := range f.Arguments {
				described(d.Name+"."+f.Name+"("+a.Name+")", a.Description)
			}
		}
		for _, v := range d.EnumValues {
			described(d.Name+"."+v.Name, v.Description)
		}
	}
	for _, name := range []string{"allow", "cost", "semanticNonNull"} {
		described("@"+name, schema.Directives[name].Description)
		for _, a := range schema.Directives[name].Arguments {
			described("@"+name+"("+a.Name+")", a.Description)
		}
	}
}

// permission returns the permission that an @allow in the list requires; "" without one.
func permission(list ast.DirectiveList) string {
	if d := list.ForName("allow"); d != nil {
		return d.Arguments.ForName("permission").Value.Raw
	}
	return ""
}

func TestEveryFieldCarriesItsPermission(t *testing.T) {
	t.Parallel()
	for _, d := range definitions(contract(t)) {
		if d.Kind != ast.Object {
			continue
		}
		root := slices.Contains([]string{"Query", "Mutation", "Subscription"}, d.Name)
		ofType := permission(d.Directives)
		if root && ofType != "" {
			t.Errorf("%s: each field that an operation starts from carries its own", d.Name)
		}
		if slices.Contains(d.Interfaces, "Node") && (ofType == "" || ofType == "INHERIT") {
			t.Errorf("%s: node reaches it, so it carries a permission of its own", d.Name)
		}
		for _, f := range ownFields(d) {
			own := permission(f.Directives)
			if own == "" && ofType == "" || own == "INHERIT" {
				t.Errorf("%s.%s carries no permission", d.Name, f.Name)
			}
		}
	}
}

func TestThePermissionTableIsComplete(t *testing.T) {
	t.Parallel()
	d := contract(t).Types["Permission"]
	var rows []string
	for line := range strings.SplitSeq(d.Description, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) == 11 && cells[1] == strings.ToUpper(cells[1]) && !strings.Contains(cells[1], "---") {
			rows = append(rows, strings.TrimSpace(cells[1]))
		}
	}
	var values []string
	for _, v := range d.EnumValues {
		values = append(values, v.Name)
	}
	if !slices.Equal(rows, values) {
		t.Errorf("rows %v\nvalues %v", rows, values)
	}
}

func TestConnectionsArePagedAlike(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	for _, d := range definitions(schema) {
		if strings.HasSuffix(d.Name, "Connection") {
			edges := d.Fields.ForName("edges")
			if edges == nil || edges.Type.String() != "["+strings.TrimSuffix(d.Name, "Connection")+"Edge!]!" {
				t.Errorf("%s: edges", d.Name)
			}
			hasField(t, d, "pageInfo", "PageInfo!")
			hasField(t, d, "totalCount", "Int!")
		}
		if strings.HasSuffix(d.Name, "Edge") {
			hasField(t, d, "cursor", "Cursor!")
			hasField(t, d, "node", strings.TrimSuffix(schema.Types[d.Name].Fields.ForName("node").Type.Name(), "!")+"!")
		}
		for _, f := range ownFields(d) {
			if !strings.HasSuffix(f.Type.Name(), "Connection") {
				continue
			}
			for name, of := range map[string]string{"first": "Int", "after": "Cursor", "last": "Int", "before": "Cursor"} {
				if a := f.Arguments.ForName(name); a == nil || a.Type.String() != of {
					t.Errorf("%s.%s: argument %s", d.Name, f.Name, name)
				}
			}
		}
	}
}

func hasField(t *testing.T, d *ast.Definition, name, of string) {
	t.Helper()
	if f := d.Fields.ForName(name); f == nil || f.Type.String() != of {
		t.Errorf("%s.%s: want %s", d.Name, name, of)
	}
}

func TestMutationsTakeOneInputAndGiveAPayload(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	for _, f := range ownFields(schema.Mutation) {
		title := strings.ToUpper(f.Name[:1]) + f.Name[1:]
		if len(f.Arguments) != 1 || f.Arguments[0].Name != "input" || f.Arguments[0].Type.String() != title+"Input!" {
			t.Errorf("%s: arguments", f.Name)
		}
		if f.Type.String() != title+"Payload!" {
			t.Errorf("%s: %s", f.Name, f.Type)
		}
		hasField(t, schema.Types[title+"Payload"], "userErrors", "[UserError!]!")
	}
}

// A mutation that adds or takes money must be repeatable (rules.md §2 and issue on the credit engine).
func TestMoneyCarriesAnIdempotencyKey(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	for _, name := range []string{"CreateAccount", "GrantCredits", "AdjustCredits", "ChangePlan", "StartFineTuning", "ReserveUsage"} {
		hasField(t, schema.Types[name+"Input"], "idempotencyKey", "String!")
	}
}

// No amount of credits is a float. The contract has no floats at all.
func TestNoFloats(t *testing.T) {
	t.Parallel()
	for _, d := range definitions(contract(t)) {
		for _, f := range ownFields(d) {
			if f.Type.Name() == "Float" {
				t.Errorf("%s.%s", d.Name, f.Name)
			}
		}
	}
}

// Durable words of the page and of rules.md.
func TestWordsOfTheRules(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	for enum, words := range map[string]string{
		"Meter":           "MODEL_CREDITS TOOL_RUNS",
		"Category":        "MODELS GUARDRAILS SCRIPTS TOOLS",
		"GrantKind":       "FREE TOP_UP PLAN ADJUSTMENT",
		"LedgerKind":      "GRANT CHARGE EXPIRY ADJUSTMENT REFUND",
		"Icon":            "GREEN YELLOW RED TRIANGLE",
		"Zone":            "OPEN NO_FINE_TUNING LOW EXHAUSTED STOPPED",
		"Action":          "TOOL_RUN INFERENCE DEPLOY_MODEL DEPLOY_GUARDRAIL DEPLOY_SCRIPT SCALE_UP FINE_TUNE IMPORT_PROJECT",
		"RefusalCode":     "FREE_CREDITS_EXPIRED RUNS_EXHAUSTED NEGATIVE_LIMIT_REACHED CREDITS_EXHAUSTED INSUFFICIENT_CREDITS",
		"UsageStatus":     "STORED DUPLICATE CONFLICT REFUSED VOIDED",
		"UsageMode":       "RECORD ENFORCE",
		"ReservationMode": "REJECT CAP NEGATIVE",
		"Preset": "LAST_24_HOURS LAST_7_DAYS LAST_30_DAYS LAST_90_DAYS THIS_MONTH LAST_MONTH THIS_YEAR LAST_YEAR " +
			"TODAY YESTERDAY THIS_WEEK LAST_WEEK THIS_QUARTER LAST_QUARTER MONTH_TO_DATE YEAR_TO_DATE",
		"Granularity":      "MINUTE HOUR DAY WEEK MONTH QUARTER YEAR",
		"ToolStatus":       "IN_DEVELOPMENT DEPLOYED UNDEPLOYED DELETED",
		"DeploymentStatus": "DEPLOYED UNDEPLOYED DELETED",
		"GuardrailStatus":  "DEPLOYED UNDEPLOYED DELETED",
		"ScriptStatus":     "DRAFT DEPLOYING READY_TO_DEPLOY DEPLOYED DEPLOYMENT_FAILED DELETED",
		"ModelType":        "BASE FINE_TUNED",
		"DeploymentType":   "OPEN_SOURCE FINE_TUNED",
		"BuiltInRole":      "MEMBER ADMIN MASTER_ADMIN PLATFORM SUPPORT ANALYST",
		"BannerAction":     "TOP_UP_OR_UPGRADE UPGRADE_OR_TOP_UP UPGRADE",
		"FineTuningMethod": "QLORA LORA FULL",
		"CpuType":          "GENERAL_PURPOSE COMPUTE_OPTIMIZED OTHER",
	} {
		var values []string
		for _, v := range schema.Types[enum].EnumValues {
			values = append(values, v.Name)
		}
		if got := strings.Join(values, " "); got != words {
			t.Errorf("%s: %s, want %s", enum, got, words)
		}
	}
}

// The names that clients rely on are there, whatever is added.
func TestNamesOfTheContract(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	for name, fields := range map[string]string{
		"Query": "viewer node nodes account accounts usage rateCard rateLimit",
		"Account": "creditStatus overview usageTrend tools models guardrails scripts usage access grants ledger balanceAt " +
			"statements banners emails members reservations fineTuningJobs auditLog",
		"Mutation": "createAccount grantCredits adjustCredits changePlan setAccountLimits setMember removeMember setRole " +
			"setBillingContacts registerTool setToolStatus registerModel deployModel scaleDeployment undeployModel redeployModel " +
			"deleteModel deleteDeployment startFineTuning finishFineTuning deployGuardrail redeployGuardrail undeployGuardrail " +
			"createScript deployScript redeployScript undeployScript deleteScript reportDeployment recordUsage reserveUsage " +
			"settleReservation releaseReservation dismissBanner createApiToken revokeApiToken",
		"Subscription": "creditStatus banners thresholdCrossings deploymentChanges",
	} {
		for field := range strings.FieldsSeq(fields) {
			if schema.Types[name].Fields.ForName(field) == nil {
				t.Errorf("%s.%s is missing", name, field)
			}
		}
	}
}

func TestKindsAreTheNodesOfTheSchema(t *testing.T) {
	t.Parallel()
	var nodes, known []string
	for _, d := range contract(t).GetPossibleTypes(contract(t).Types["Node"]) {
		if d.Kind == ast.Object {
			nodes = append(nodes, d.Name)
		}
	}
	for _, k := range kinds() {
		known = append(known, string(k))
	}
	slices.Sort(nodes)
	slices.Sort(known)
	if !slices.Equal(nodes, known) {
		t.Errorf("nodes %v\nkinds %v", nodes, known)
	}
}

// A list, chart or tab of an account that cannot be read does not make the rest of the page fail (docs/schema.md). What is asked alone is
// never null.
func TestWhatAnAccountReadsMayBeNull(t *testing.T) {
	t.Parallel()
	schema, nulls := contract(t), 0
	for _, f := range ownFields(schema.Types["Account"]) {
		kind := schema.Types[f.Type.Name()].Kind
		switch f.Name {
		case "tags", "provisioning", "access", "voidPreview":
			continue
		}
		if f.Type.NonNull && (kind == ast.Object || f.Type.Elem != nil) {
			t.Errorf("Account.%s: %s takes the whole account along where it cannot be read; write @semanticNonNull", f.Name, f.Type)
		}
		if f.Directives.ForName("semanticNonNull") != nil {
			nulls++
		}
	}
	if nulls < 26 {
		t.Errorf("%d fields are @semanticNonNull", nulls)
	}
}

// Names in the contract follow one style: GraphQL's for types and enum values, and no decorative abbreviations.
func TestNamesAreWrittenAlike(t *testing.T) {
	t.Parallel()
	types, fields := regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`), regexp.MustCompile(`^[a-z][A-Za-z0-9]*$`)
	values := regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	for _, d := range definitions(contract(t)) {
		if !types.MatchString(d.Name) {
			t.Error(d.Name)
		}
		for _, f := range ownFields(d) {
			if !fields.MatchString(f.Name) {
				t.Errorf("%s.%s", d.Name, f.Name)
			}
		}
		for _, v := range d.EnumValues {
			if !values.MatchString(v.Name) {
				t.Errorf("%s.%s", d.Name, v.Name)
			}
		}
	}
}

// lonelyIDs are the fields of ids that no object stands beside, since there is none any more.
var lonelyIDs = []string{"RemoveMemberPayload.removedMemberId"}

// Beside each id of another object stands the object, and what has an id of its own says since when it has been there, or from when it is.
func TestObjectsStandBesideTheirIDs(t *testing.T) {
	t.Parallel()
	times := []string{"createdAt", "at", "cycleStart"}
	for _, d := range definitions(contract(t)) {
		if d.Kind != ast.Object {
			continue
		}
		for _, f := range ownFields(d) {
			object, is := strings.CutSuffix(f.Name, "Id")
			if is && f.Type.Name() == "ID" && d.Fields.ForName(object) == nil && !slices.Contains(lonelyIDs, d.Name+"."+f.Name) {
				t.Errorf("%s.%s has no %s beside it", d.Name, f.Name, object)
			}
		}
		if slices.Contains(d.Interfaces, "Node") && !slices.ContainsFunc(times, func(name string) bool { return d.Fields.ForName(name) != nil }) {
			t.Errorf("%s does not say from when it is", d.Name)
		}
		if d.Fields.ForName("createdAt") != nil && slices.Contains(d.Interfaces, "Node") && d.Fields.ForName("updatedAt") == nil {
			t.Errorf("%s.createdAt has no updatedAt beside it", d.Name)
		}
	}
}
