package graph

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Exporter takes usage out for use elsewhere. Every export is noted in the audit log of each account that it covers.
type Exporter struct {
	Books   *tsdb.Store // writes the audit log
	Reading *tsdb.Store // reads what is exported
}

// Export says what to export.
type Export struct {
	Table       string              // usage, focus, tools, models, guardrails, scripts, or a charts.ExportTable
	Account     string              // id; "": the account that the caller is bound to, else every account
	Range       *model.RangeInput   // nil: the last 7 days; for statements and grants, all
	Compare     *billing.Comparison // usage, tools, models, guardrails, scripts
	Against     *model.RangeInput   // instead of Compare: a custom range
	GroupBy     []charts.Dimension  // usage: ACCOUNT is added if every account is exported
	Granularity billing.Granularity
	TimeZone    *time.Location // of buckets; nil: the zone of Range
	Categories  []billing.Category
	Kinds       []model.UsageKind
	Filter      string // JSON of the contract's filter for the rows of the table; "": none
	Having      string // usage: JSON of bounds on its figures; "": none
	// Coerce converts a value of Filter or Having to the form of its type, as strictly as variables are converted; ok is false if it does
	// not fit.
	Coerce  func(of *ast.Type, value any) (coerced any, ok bool)
	Focus   FocusPrices
	Plain   bool   // usage: only the columns of /v1/usage
	After   string // the cursor of a row; "": from the beginning
	Limit   int    // 0: all rows
	Cursors bool   // adds a column of cursors
}

// ExportSink receives an export: first its columns, then its rows. Values are those of charts.ColumnType, with ids as texts; they are valid
// until the next row.
type ExportSink interface {
	Begin(columns []charts.Column) error
	Row(values []any) error
}

// exportPatience is how long an export may take. Its reader sets the pace.
const exportPatience = 2 * time.Hour

// PresetOf reads the name of a range; false if there is no such preset.
func PresetOf(name string) (*billing.Preset, bool) {
	preset := billing.Preset(name)
	return &preset, slices.Contains(billing.Presets(), preset)
}

// ComparisonOf reads the name of a comparison; false if there is no such comparison.
func ComparisonOf(name string) (*billing.Comparison, bool) {
	c := billing.Comparison(name)
	return &c, slices.Contains(billing.Comparisons(), c)
}

// Categories lists all categories.
func Categories() []billing.Category {
	all := billing.Categories()
	return all[:]
}

// GranularityOf reads the name of a granularity; false if there is no such granularity.
func GranularityOf(name string) (billing.Granularity, bool) {
	g := billing.Granularity(name)
	return g, slices.Contains(billing.Granularities(), g)
}

// exportNeeds returns the permissions that an export needs, for one account and for every account; ok is false for an unknown table.
func exportNeeds(table string) (one, every auth.Permission, ok bool) {
	switch table {
	case "usage", "focus", "tools", "models", "guardrails", "scripts":
		return auth.UsageView, auth.UsageExplore, true
	case string(charts.ExportEvents):
		return auth.BillingView, auth.BillingView, true
	case string(charts.ExportLedger), string(charts.ExportStatements), string(charts.ExportGrants):
		return auth.BalancesView, auth.BalancesView, true
	case string(charts.ExportAudit):
		return auth.AuditRead, auth.AuditRead, true
	}
	return 0, 0, false
}

// Write writes an export row by row, after noting it in the audit logs; nothing is handed out that was not noted. Refusals are faults with
// a code: FORBIDDEN, NOT_FOUND, BAD_RANGE, BAD_PAGE, INVALID. An error after Begin was called means that rows are missing.
func (x Exporter) Write(ctx context.Context, e Export, to ExportSink) error {
	if only, bound := principalOf(ctx).Only(); bound && e.Account == "" {
		e.Account = EncodeID(KindAccount, only)
	}
	one, every, ok := exportNeeds(e.Table)
	if !ok {
		return notFound(ctx)
	}
	accounts, err := exportable(ctx, x.Books, e.Account, one, every)
	if err != nil {
		return err
	}
	reader := charts.Read(x.Reading)
	defer reader.Close(ctx)
	if err := reader.TakeTime(ctx, exportPatience); err != nil {
		return err
	}
	t := &taking{Exporter: x, Export: e, accounts: accounts, told: accounts, reader: reader, to: to}
	if accounts == nil {
		t.told, err = reader.AccountIDs(ctx)
	} else {
		_, err = reader.Account(ctx, accounts[0])
	}
	if err != nil {
		return asFault(ctx, err)
	}
	switch e.Table {
	case "usage", "focus":
		if err := t.readUsageFilter(ctx); err != nil {
			return err
		}
		if e.Table == "focus" {
			return t.focus(ctx)
		}
		return t.usage(ctx)
	case "tools", "models", "guardrails", "scripts":
		return t.tabs(ctx)
	}
	return t.table(ctx)
}

// exportable returns the accounts that the caller may export; nil: every account.
func exportable(ctx context.Context, books *tsdb.Store, account string, one, every auth.Permission) ([]int64, error) {
	p := principalOf(ctx)
	if account == "" {
		if missing := p.Common.Missing(auth.SetOf(every, auth.AccountList)); missing != 0 {
			return nil, forbidden(nil, missing)
		}
		return nil, nil
	}
	key, err := AccountByText(ctx, books, p.Bound(), account)
	if err != nil {
		return nil, err
	}
	if !p.Reaches(key) {
		return nil, notFound(ctx)
	}
	held, _ := p.In(key)
	if missing := held.Missing(auth.SetOf(one)); missing != 0 {
		return nil, forbidden(nil, missing)
	}
	return []int64{key}, nil
}

// taking is an export in progress.
type taking struct {
	Exporter
	Export
	accounts []int64 // nil: all
	told     []int64 // accounts that the export may cover
	span     billing.Range
	reader   *charts.Reader
	to       ExportSink
	begun    bool
	usageOf  *model.UsageFilter // usage, focus
	having   []model.UsageBound
	values   []any      // of the last row
	ids      map[ID]any // recently written ones
	marked   string     // of cursors; "": not made yet
}

// compareInput returns what figures are compared with; nil for no comparison.
func (t *taking) compareInput() *model.CompareInput {
	if t.Compare == nil && t.Against == nil {
		return nil
	}
	return &model.CompareInput{Period: t.Compare, Range: t.Against}
}

// note writes the audit log of every account that the export may cover.
func (t *taking) note(ctx context.Context) error {
	of := int64(0)
	if len(t.accounts) > 0 { // a filter may name none
		of = t.accounts[0]
	}
	what := map[string]any{"table": t.Table, "from": t.span.From, "to": t.span.To, "everyAccount": t.accounts == nil}
	if len(t.GroupBy) > 0 {
		what["groupBy"] = t.GroupBy
	}
	if t.Filter != "" {
		what["filter"] = plainJSON(t.Filter)
	}
	return t.Books.Access.NoteExport(ctx, t.told, actor(ctx, of), what)
}

// exportCursor is the cursor of a row in a table.
type exportCursor struct {
	Table string   `json:"e"`
	Keys  []string `json:"k"`
	Mark  string   `json:"m,omitempty"` // of the accounts and the filter; "": the cursor is of a release that did not mark them
}

func (t *taking) cursor(keys []string) string {
	text, err := json.Marshal(exportCursor{t.Table, keys, t.mark()})
	if err != nil {
		panic("graph: a cursor does not encode: " + err.Error()) // cannot happen with texts
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// mark distinguishes exports of one table: keys begin with the account, so the cursor of another account would silently leave out rows. The
// range is not in it, as in askedOf.
func (t *taking) mark() string {
	if t.marked == "" {
		text, err := json.Marshal([]any{t.accounts, withoutNulls(plainJSON(t.Filter))})
		if err != nil {
			panic("graph: a filter does not encode: " + err.Error()) // it came as JSON
		}
		sum := sha256.Sum256(text)
		t.marked = base64.RawURLEncoding.EncodeToString(sum[:6])
	}
	return t.marked
}

// after decodes the cursor of an export; nil for none.
func (t *taking) after(ctx context.Context) ([]string, error) {
	if t.After == "" {
		return nil, nil
	}
	cursor := exportCursor{}
	text, err := base64.RawURLEncoding.DecodeString(t.After)
	if err != nil || json.Unmarshal(text, &cursor) != nil || cursor.Table != t.Table || cursor.Keys == nil || strings.Contains(strings.Join(cursor.Keys, ""), "\x00") {
		return nil, fault(ctx, badPage, "The cursor is not one of this export.")
	}
	if cursor.Mark != "" && cursor.Mark != t.mark() {
		return nil, fault(ctx, badPage, "The cursor is not one of this export, of these accounts and with this filter.")
	}
	return cursor.Keys, nil
}

// begin notes the export and passes on the columns, once. It is called with the first row, so that a refused export is not noted.
func (t *taking) begin(ctx context.Context, columns []charts.Column) error {
	if t.begun {
		return nil
	}
	t.begun = true
	if err := t.note(ctx); err != nil {
		return err
	}
	columns = slices.Clone(columns)
	if t.Cursors {
		columns = append(columns, charts.Column{Name: "cursor", Type: charts.TextColumn})
	}
	return t.to.Begin(columns)
}

// row passes on a row and its cursor.
func (t *taking) row(values []any, cursor func() string) error {
	if t.Cursors {
		values = append(values, cursor())
	}
	return t.to.Row(values)
}

// table exports a table that is stored row by row.
func (t *taking) table(ctx context.Context) error {
	asked, err := t.stored(ctx)
	if err != nil {
		return err
	}
	t.span = asked
	q := charts.ExportQuery{Table: charts.ExportTable(t.Table), Accounts: t.accounts, From: asked.From, To: asked.To, Limit: t.Limit}
	if q.After, err = t.after(ctx); err != nil {
		return err
	}
	if q.Filter, err = t.rowsFilter(ctx); err != nil {
		return err
	}
	columns := charts.ExportColumns(q.Table)
	out := make([]any, len(columns), len(columns)+1)
	err = t.reader.Export(ctx, q, func(values []any, keys []string) error {
		if err := t.begin(ctx, columns); err != nil {
			return err
		}
		for i, v := range values {
			if out[i] = v; columns[i].Type == charts.IDColumn && v != nil {
				out[i] = exportID(v.(string))
			}
		}
		return t.row(out, func() string { return t.cursor(keys) })
	})
	if err == nil {
		err = t.begin(ctx, columns)
	}
	return asFault(ctx, err)
}

// exportID returns an id in the contract's form.
func exportID(text string) any {
	kind, key, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return nil
	}
	return EncodeID(Kind(kind), n)
}

// stored returns the range of a table of stored rows. It is not bounded: such rows are exported as long as they are kept.
func (t *taking) stored(ctx context.Context) (billing.Range, error) {
	now := t.reader.AsOf()
	if t.Range != nil && t.Range.From != nil && t.Range.Preset == nil {
		r := billing.Range{From: *t.Range.From, To: now.Add(time.Hour)}
		if t.Range.To != nil {
			r.To = *t.Range.To
		}
		if !r.From.Before(r.To) {
			return r, fault(ctx, tsdb.BadRange, "A range must begin before it ends.")
		}
		return r, nil
	}
	if t.Range == nil && (t.Table == string(charts.ExportGrants) || t.Table == string(charts.ExportStatements)) {
		return billing.Range{From: time.Unix(0, 0).UTC(), To: now.Add(time.Hour)}, nil
	}
	asked, err := recentOf(ctx, t.Range, t.TimeZone, now)
	return asked.span.Range, err
}
