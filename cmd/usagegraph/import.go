package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/ingest/files"
	"github.com/usagegraph/usagegraph/tsdb"
)

const dryRun = "dry-run"

// importOrder holds the arguments of `usagegraph import`.
type importOrder struct {
	files                []string
	account, model, tool string
	kind                 string // if rows name their tools or models themselves
	shift                time.Duration
	format               string
	source               string
	dryRun               bool
	columns              files.Options
}

// The kinds of files whose rows name what they used by own ids.
const (
	inferenceKind = "inference"
	toolRunsKind  = "tool-runs"
)

func importForms() []string {
	return []string{
		"import FILE… --account ID --model ID     or --tool ID; or --kind inference|tool-runs where rows have modelExternalId or toolExternalId",
		"import FILE… --profile NAME              or --map WHAT=COLUMN, for files whose columns say what is what (docs/files.md)",
	}
}

func (o *importOrder) flags(fs *flag.FlagSet) {
	fs.StringVar(&o.account, "account", "", "`ID`: the account whose usage it is, or external:account:ID")
	fs.StringVar(&o.model, "model", "", "`ID`: the model that was used, or external:model:ID")
	fs.StringVar(&o.tool, "tool", "", "`ID`: the tool that was run, or external:tool:ID")
	fs.StringVar(&o.kind, "kind", "", "`KIND`: inference or tool-runs, for rows that name their models or tools themselves")
	fs.StringVar(&o.source, "source", "import", "`NAME`: the source of the events")
	fs.StringVar(&o.format, "format", "", "`FORMAT`: azure, csv, ndjson, json or parquet; found out from the file unless given")
	fs.Var(parsed[time.Duration]{&o.shift, parseShift, func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return shiftText(d)
	}}, "shift", "`TIME`: all rows are moved by it, such as 830d or -36h; a repeat needs the same")
	fs.BoolVar(&o.dryRun, dryRun, false, "say what would be stored, and store nothing; needs no database")
	fs.StringVar(&o.columns.Profile, "profile", "", "`NAME`: the kind of export that the files are, one of docs/files.md")
	listFlag(fs, &o.columns.Map, "map", "`WHAT=COLUMN,…`: which columns say what")
	listFlag(fs, &o.columns.Where, "where", "`COLUMN=VALUE,…`: only rows of these values are usage")
	listFlag(fs, &o.columns.Ignore, "ignore", "`COLUMN,…`: columns that are not read")
	fs.StringVar(&o.columns.Zone, "zone", "", "`NAME`: the IANA time zone of times that name none")
	fs.StringVar(&o.columns.Time, "time", "", "`FORMAT`: unix or unix-ms, where times are numbers")
	fs.StringVar(&o.columns.Separator, "delimiter", "", "`CHARACTER`: what separates the columns of CSV, or tab; found out from the file unless given")
	fs.StringVar(&o.columns.Encoding, "encoding", "", "`ENCODING`: utf-16le or utf-16be, for a file without a byte order mark")
}

// problem returns what is wrong with the arguments, before any file is opened.
func (o *importOrder) problem() error {
	if o.columns.Separator == `\t` || o.columns.Separator == "tab" {
		o.columns.Separator = "\t"
	}
	switch {
	case len(o.files) == 0 || o.model != "" && o.tool != "" || !o.byColumns() && (o.account == "" || (o.kind == "") == (o.model+o.tool == "")):
		return misused(importForms())
	case o.kind != "" && o.kind != inferenceKind && o.kind != toolRunsKind:
		return errors.New("--kind: " + inferenceKind + " or " + toolRunsKind)
	case !slices.Contains([]string{"", "azure", "csv", "ndjson", "json", "parquet"}, o.format):
		return errors.New("--format: azure, csv, ndjson, json or parquet")
	case o.format == "azure" && (o.tool != "" || o.kind == toolRunsKind || o.byColumns()):
		return errors.New("--format azure holds tokens, and has a profile of that name: it needs --model")
	case o.source == "":
		return errors.New("--source: a name is missing")
	case len([]rune(o.columns.Separator)) > 1:
		return errors.New("--delimiter: one character, or tab")
	}
	return nil
}

// byColumns reports whether the files' columns are to be mapped. Otherwise they are in the importer's own line formats, which need no
// header.
func (o *importOrder) byColumns() bool {
	c := o.columns
	return c.Profile+c.Zone+c.Time+c.Separator+c.Encoding != "" || len(c.Map)+len(c.Where)+len(c.Ignore) > 0 || o.format == "json" || o.format == "parquet" ||
		slices.ContainsFunc(o.files, files.NeedsColumns)
}

// importFiles stores files as usage.
func (p program) importFiles(fs *flag.FlagSet) action {
	var o importOrder
	o.flags(fs)
	return func(ctx context.Context, c config, args []string) error {
		o.files = args
		if err := o.problem(); err != nil {
			return err
		}
		if o.dryRun {
			return p.tryFiles(ctx, o)
		}
		return p.storeFiles(ctx, c, o)
	}
}

func (p program) storeFiles(ctx context.Context, c config, o importOrder) error {
	store, closeStore, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer closeStore()
	im, err := o.importer(ctx, store)
	if err != nil {
		return err
	}
	batcher := tsdb.NewBatcher(store, c.Batcher)
	defer batcher.Stop()
	im.Batcher = batcher
	started := p.clock()
	var sum ingest.Imported
	for _, name := range o.files {
		done, err := p.importFile(ctx, o, *im, name)
		addImported(&sum, done)
		if err != nil {
			_ = p.summarise(o, sum, p.clock().Sub(started))
			var header *ingest.HeaderError
			if errors.As(err, &header) {
				return fmt.Errorf("%s: %w", name, err)
			}
			return fmt.Errorf("%s: %w; run the same command again to bring in the rest", name, err)
		}
	}
	return p.summarise(o, sum, p.clock().Sub(started))
}

// importer checks that account and target exist and belong together, before any row is read.
func (o *importOrder) importer(ctx context.Context, store *tsdb.Store) (*ingest.Importer, error) {
	im := o.plain()
	im.Accounts = func(ctx context.Context, ids []string) (map[string]int64, error) {
		return store.ExternalAccounts(ctx, nil, ids)
	}
	kind, id, want := graph.KindModel, o.model, tsdb.KindModel
	if o.tool != "" || o.kind == toolRunsKind {
		kind, id, want = graph.KindTool, o.tool, tsdb.KindTool
	}
	var err error
	if o.account != "" {
		if im.Account, err = graph.AccountByText(ctx, store, nil, o.account); err != nil {
			return nil, err
		}
		if im.Account == 0 {
			return nil, errNoTarget
		}
	}
	if id == "" {
		return im, nil
	}
	if im.Account == 0 {
		return o.named(im, id, want)
	}
	if im.Resource, err = graph.ResourceByText(ctx, store, im.Account, kind, id); err != nil {
		return nil, err
	}
	found, err := store.Resources(ctx, []int64{im.Resource})
	if err != nil {
		return nil, err
	}
	if r, ok := found[im.Resource]; !ok || r.AccountID != im.Account || r.Kind != want {
		return nil, errNoTarget
	}
	return im, nil
}

var errNoTarget = errors.New("--account, --model, --tool: there is no such account, or it has no such model or tool")

// plain returns the importer without keys from the database.
func (o *importOrder) plain() *ingest.Importer {
	im := &ingest.Importer{Kind: tsdb.Inference, Source: o.source, Shift: o.shift, Format: ingest.Format(o.format)}
	if o.tool != "" || o.kind == toolRunsKind || slices.ContainsFunc(o.columns.Map, func(m string) bool { return strings.HasPrefix(m, "tool=") }) {
		im.Kind = tsdb.ToolRun
	}
	return im
}

// named sets an own id that may exist in each row's account.
func (o *importOrder) named(im *ingest.Importer, id string, want tsdb.ResourceKind) (*ingest.Importer, error) {
	of, own, is := tsdb.ParseExternal(id)
	if !is || !strings.EqualFold(string(of), string(want)) {
		return nil, errors.New("rows of several accounts need an own id for --model or --tool, such as external:model:gpt-5")
	}
	im.Named = own
	return im, nil
}

// importFile imports one file; "-" is the standard input.
func (p program) importFile(ctx context.Context, o importOrder, im ingest.Importer, name string) (ingest.Imported, error) {
	in, size, err := openInput(name)
	if err != nil {
		return ingest.Imported{}, err
	}
	defer in.Close()
	bar := p.newBar(name, size)
	reported := 0
	im.Bad = func(row ingest.BadRow) {
		if reported++; reported <= maxReported {
			bar.print(fmt.Sprintf("%s:%d: %s: %s", name, row.Line, row.Code, row.Reason))
		}
	}
	im.Progress = func(done ingest.Imported) { bar.show(done.Bytes, done.Rows, "rows") }
	done, understood, err := o.run(ctx, &im, name, in)
	bar.end()
	if reported > maxReported {
		fmt.Fprintf(p.errs, "%s: %d more rows like these\n", name, reported-maxReported)
	}
	p.tell(name, understood)
	return done, err
}

// run imports one file in the requested way.
func (o *importOrder) run(ctx context.Context, im *ingest.Importer, name string, in io.Reader) (ingest.Imported, ingest.Understood, error) {
	if !o.byColumns() {
		return im.RunLines(ctx, in)
	}
	c := o.columns
	c.Format, c.Account, c.Model, c.Tool = o.format, o.account != "", o.model != "", o.tool != ""
	if c.Profile == "" && len(c.Map) == 0 {
		c.Profile = "usagegraph"
	}
	return im.RunMapped(ctx, name, in, c)
}

// tell reports what the file says beside its rows.
func (p program) tell(name string, u ingest.Understood) {
	if u.Passed > 0 {
		fmt.Fprintf(p.errs, "%s: %d rows are not usage by --where or the profile and were passed over\n", name, u.Passed)
	}
	if u.Incomplete {
		fmt.Fprintf(p.errs, "%s: it says that other pages follow it\n", name)
	}
}

// maxReported is how many bad rows of a file are shown individually.
const maxReported = 20

// openInput opens a file and returns its size; 0 if unknown.
func openInput(name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), 0, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

func addImported(sum *ingest.Imported, done ingest.Imported) {
	sum.Rows += done.Rows
	sum.Stored += done.Stored
	sum.Duplicate += done.Duplicate
	sum.Bad += done.Bad
	sum.TooOld += done.TooOld
}

// summarise reports what became of the rows and the speed. It returns an error if some are not stored.
func (p program) summarise(o importOrder, sum ingest.Imported, took time.Duration) error {
	fmt.Fprintf(p.out, "%d rows: %d stored, %d there already, %d bad; in %s, %d rows/s\n",
		sum.Rows, sum.Stored, sum.Duplicate, sum.Bad, took.Round(10*time.Millisecond), perSecond(sum.Rows, took))
	if o.shift != 0 {
		fmt.Fprintf(p.out, "Times were shifted by %s. A repeat needs the same shift: with another one the rows would be other events.\n", shiftText(o.shift))
	}
	if sum.TooOld > 0 {
		fmt.Fprintln(p.out, "Rows older than events are kept cannot be stored. --shift DURATION replays them as recent usage.")
	}
	if sum.Bad > 0 {
		return fmt.Errorf("%d rows are not stored; the others are", sum.Bad)
	}
	return nil
}
