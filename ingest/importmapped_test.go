package ingest

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/ingest/files"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Rows name their accounts and models. Those of known ones are stored, once, and the others are reported.
func TestMappedFiles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, _, err := f.UpsertAccount(t.Context(), tsdb.NewAccount{Name: "Other", Own: tsdb.Own{ExternalID: "other"}}, tsdb.Actor{})
	f.must(err)
	_, err = f.RegisterModel(t.Context(), tsdb.NewModel{Own: tsdb.Own{ExternalID: "gpt-5"}, AccountID: account, Name: "GPT"})
	f.must(err)
	at := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
	lines := []string{"t,who,llm,in,out,id", at + ",other,gpt-5,10,1,a", at + ",other,gpt-5,20,2,", at + ",nobody,gpt-5,1,1,c", at + ",other,gpt-9,1,1,d", at + ",other,gpt-5,x,1,e", at + ",other,gpt-5,10,2,a"}
	o := files.Options{Map: []string{"time=t", "account=who", "model=llm", "inputTokens=in", "outputTokens=out", "id=id"}}
	run := func(text string) (Imported, []string) {
		var bad []string
		im := &Importer{Batcher: f.batcher, Kind: tsdb.Inference, Source: "import", chunk: 2,
			Accounts: func(ctx context.Context, ids []string) (map[string]int64, error) {
				return f.ExternalAccounts(ctx, nil, ids)
			},
			Bad: func(r BadRow) { bad = append(bad, string(r.Code)) }}
		done, said, err := im.RunMapped(t.Context(), "usage.csv", strings.NewReader(text), o)
		f.must(err)
		if len(said.Said) < 6 {
			t.Errorf("%q", said.Said)
		}
		slices.Sort(bad)
		return done, bad
	}
	text := strings.Join(lines, "\n")
	done, bad := run(text)
	if done.Stored != 2 || done.Bad != 4 || strings.Join(bad, " ") != "CONFLICT MALFORMED UNKNOWN_ACCOUNT UNKNOWN_MODEL" {
		t.Errorf("%+v %q", done, bad)
	}
	if done, _ := run(text); done.Stored != 0 || done.Duplicate != 2 || f.events() != 2 {
		t.Errorf("again: %+v, %d events", done, f.events())
	}
}

// Read by its columns, the real trace gives the same events as read by its lines, so switching from one to the other counts nothing twice.
func TestMappedTraceIsTheSameEvents(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	name := traceFiles[1].name
	in, err := os.Open(name)
	f.must(err)
	defer in.Close()
	by, said, err := f.importer(f.model).RunMapped(t.Context(), name, in, files.Options{Profile: "azure", Account: true, Model: true})
	f.must(err)
	packed, _ := trace(t, name)
	lines, err := f.importer(f.model).Run(t.Context(), strings.NewReader(string(packed)))
	f.must(err)
	if by.Stored != traceFiles[1].rows || lines.Stored != 0 || lines.Duplicate != by.Stored || by.Bytes != int64(len(packed)) {
		t.Errorf("%+v\n%+v\n%q", by, lines, said.Said)
	}
}

// Columns say who and what a row was for: each by its name, or all tags by a prefix. A repeat with another user is another event if the row
// has no id, and a conflict if it has one.
func TestMappedFilesSayForWhom(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	at := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
	run := func(name, text string, options ...string) Imported {
		im := f.importer(f.model)
		im.Shift = 0
		done, _, err := im.RunMapped(t.Context(), name, strings.NewReader(text), files.Options{Map: options, Account: true, Model: true})
		f.must(err)
		return done
	}
	row := "when,who,key,squad,in,id\n" + at + ",ann,ci,search,10,a\n"
	by := []string{"time=when", "user=who", "apiKey=key", "tag.team=squad", "inputTokens=in", "id=id"}
	if done := run("x.csv", row, by...); done.Stored != 1 {
		t.Fatalf("%+v", done)
	}
	if done := run("x.csv", strings.Replace(row, "ann", "bob", 1), by...); done.Bad != 1 {
		t.Errorf("another user: %+v", done)
	}
	ndjson := `{"when":"` + at + `","in":20,"labels":{"team":"ads","cost.center":"7","empty":""}}`
	if done := run("x.ndjson", ndjson+"\n"+`{"when":"`+at+`","in":30}`, "time=when", "inputTokens=in", "tag.*=labels.*"); done.Stored != 2 {
		t.Errorf("%+v", done)
	}
	var said []string
	rows, err := f.pool.Query(t.Context(), `SELECT e.input_tokens || ' ' || coalesce(e.user_id, '') || ' ' || coalesce(e.api_key, '') || ' ' || coalesce(e.tags::text, '') FROM usage_event e ORDER BY e.input_tokens`)
	f.must(err)
	said, err = pgx.CollectRows(rows, pgx.RowTo[string])
	f.must(err)
	if got := strings.Join(said, "; "); got != `10 ann ci {"team": "search"}; 20   {"team": "ads", "cost.center": "7"}; 30   ` {
		t.Error(got)
	}
}
