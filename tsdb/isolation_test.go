package tsdb

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sqlSource finds the SQL of the package and of those in its folder: every string that begins with a name, including
// strings that are put together from constants.
type sqlSource struct {
	constants  map[string]ast.Expr
	statements map[string]string // by name
}

func readSQL(t *testing.T) *sqlSource {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := filepath.Glob("*/*.go")
	if err != nil || len(rooms) == 0 {
		t.Fatalf("%d files in rooms: %v", len(rooms), err)
	}
	names = append(names, slices.DeleteFunc(rooms, func(name string) bool { return strings.HasPrefix(name, "tsdbtest") })...)
	s := &sqlSource{map[string]ast.Expr{}, map[string]string{}}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, f := range files {
		ast.Inspect(f, s.constant)
	}
	for _, f := range files {
		ast.Inspect(f, s.statement)
	}
	return s
}

func (s *sqlSource) constant(n ast.Node) bool {
	if spec, ok := n.(*ast.ValueSpec); ok {
		for i, name := range spec.Names {
			if i < len(spec.Values) {
				s.constants[name.Name] = spec.Values[i]
			}
		}
	}
	return true
}

func (s *sqlSource) statement(n ast.Node) bool {
	expr, ok := n.(ast.Expr)
	if !ok {
		return true
	}
	switch expr.(type) {
	case *ast.BasicLit, *ast.BinaryExpr:
		text := s.text(expr, 0)
		name, named := strings.CutPrefix(strings.TrimSpace(text), "-- name: ")
		if named {
			name, _, _ = strings.Cut(name, "\n")
			s.statements[name] = text
		}
		return false
	}
	return true
}

// text is the value of an expression as far as it is constant.
func (s *sqlSource) text(e ast.Expr, depth int) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.BinaryExpr:
		return s.text(e.X, depth) + s.text(e.Y, depth)
	case *ast.Ident:
		if value := s.constants[e.Name]; value != nil && depth < 5 {
			return s.text(value, depth+1)
		}
	case *ast.CallExpr: // fmt.Sprintf of constants
		var all string
		for _, arg := range e.Args {
			all += " " + s.text(arg, depth)
		}
		return all
	case *ast.SelectorExpr: // a constant of another room
		return s.text(e.Sel, depth)
	case *ast.ParenExpr:
		return s.text(e.X, depth)
	}
	return " "
}

// ofAccounts are the tables whose rows belong to an account.
var ofAccounts = regexp.MustCompile(`(?i)\b(FROM|JOIN|UPDATE|INTO)\s+(ONLY\s+)?(account|member|account_role|billing_contact|api_token|audit_log|resource|deployment|segment|` +
	`balance|credit_grant|idempotency|debt|ledger_entry|statement|reservation|fine_tuning_job|usage_event|usage_minute|usage_quarter|usage_day|usage_delta|usage_delta_row|usage_delta_hosting|` +
	`usage_frozen|usage_void|usage_refusal|attribution|attribution_key|attribution_value|attributed_quarter|attributed_day|account_usage|account_usage_due|account_event|crossing|banner_dismissal|email)\b`)

// bound matches statements that are limited to the accounts that they are given.
var bound = regexp.MustCompile(`(?i)account_id\s*(=|IN\b|\)?\s*=\s*ANY)|=\s*\w*\.?account_id|USING \(account_id|\(account_id,|INTO \w+ \(account_id`)

// unbound are the statements that are not, and why that is right.
func unbound() map[string]string {
	const (
		everybody = "a job's, or the command line's: about every account"
		looked    = "asked to learn the account, which graph compares with the caller's before anything leaves or changes (admit)"
		locked    = "by keys that this transaction has read of the account that it holds the lock of"
		other     = "of no account: tokens are found by their own keys, accounts by a key that only their maker knows"
	)
	return map[string]string{
		"accounts to reconcile": everybody, "count accounts": everybody, "find the days to rebuild": everybody, "count e-mails": everybody,
		"find chunks to compress": everybody, "find the next account to roll up": everybody, "find unfinished demo": everybody, "forget what was taken back": everybody, "forget old refusals": everybody, "find waiting e-mails": everybody,
		"list all accounts": "for a caller who reaches every account, which graph has looked at before (exportable)",
		"look whether the facts of a day are still kept":     everybody,
		"find an account whose usage in all is not made yet": everybody, "forget the parts of days": everybody, "look for marks of the last release": everybody,
		"finish demo": everybody, "note attempt at e-mail": everybody, "note use of tokens": everybody, "revoke development tokens": everybody,
		"find the account of a deployment": looked, "find the account of a job": looked, "find the account of a resource": looked, "read own ids of resources": looked, "read own ids of deployments": looked,

		"read the deployments of guardrails and scripts": looked,
		"close reservation": locked, "end segments": locked, "finish fine-tuning job": locked, "name what runs": locked,
		"note the latest runs of tools": locked, "skip e-mail": locked, "settle reservations": locked, "stop deployments": locked,
		"stop resources": locked, "write deployment": locked, "write resource": locked, "revoke token": locked,
		"note the successor of a token":                 locked,
		"list invitations of an address":                "of one address, in every account that has invited it",
		"list memberships by claim":                     "of one user, in every account whose issuer's claim made them a member: what has gone from the claim is to go here",
		"read reservations that events settle":          "compared with the account of each event by the caller",
		"find accounts with ends that are on their way": "of every account: each is then brought to an end by itself, under its own lock",
		"list ledger":                 "its source is put in, and every one begins with the account",
		"count audit log":             "its condition is put in: the account, or none",
		"how many accounts there are": "a number, by which lists of accounts are priced",
		"create account":              other, "find account by idempotency key": other,
	}
}

// Isolation once more, in SQL: every statement about something that belongs to accounts says which account it is about,
// except those that are named here with the reason. (The one place is graph's admit; rules.md §11.)
func TestStatementsSayWhichAccount(t *testing.T) {
	t.Parallel()
	s, reasons := readSQL(t), unbound()
	if len(s.statements) < 150 {
		t.Fatalf("only %d statements found: this test looks in the wrong place", len(s.statements))
	}
	for _, name := range slices.Sorted(maps.Keys(s.statements)) {
		text := s.statements[name]
		free := ofAccounts.MatchString(text) && !bound.MatchString(text)
		switch why, excused := reasons[name]; {
		case free && !excused:
			t.Errorf("%q says no account: bind it, or say why it need not", name)
		case !free && excused:
			t.Errorf("%q is excused (%s) and need not be", name, why)
		}
		delete(reasons, name)
	}
	for name := range reasons {
		t.Errorf("%q is excused and not there", name)
	}
}
