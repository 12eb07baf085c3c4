package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/tsdb"
)

// importFlags are the flags of `usagegraph import` alone; all of them take a value.
func importFlags() []string {
	return []string{"--account", "--model", "--tool", "--shift", "--format", "--source"}
}

// importOrder is what `usagegraph import` is told to do.
type importOrder struct {
	files                []string
	account, model, tool string
	shift                time.Duration
	format               ingest.Format
	source               string
}

const importUsage = `say import FILE… --account ID --model ID (or --tool ID), where an ID may be an own one as external:KIND:ID, [--shift DURATION] [--format azure|csv|ndjson] [--source NAME]`

func readImportOrder(args []string) (importOrder, error) {
	o := importOrder{source: "import"}
	set := map[string]*string{"--account": &o.account, "--model": &o.model, "--tool": &o.tool, "--source": &o.source, "--format": (*string)(&o.format)}
	for _, arg := range args {
		name, value, isFlag := cutFlag(arg)
		switch field := set[name]; {
		case !isFlag:
			o.files = append(o.files, arg)
		case field != nil:
			*field = value
		default: // --shift
			var err error
			if o.shift, err = parseShift(value); err != nil {
				return o, err
			}
		}
	}
	switch {
	case len(o.files) == 0 || o.account == "" || (o.model == "") == (o.tool == ""):
		return o, errors.New(importUsage)
	case !o.format.IsValid():
		return o, errors.New("--format: azure, csv or ndjson")
	case o.source == "":
		return o, errors.New("--source: a name is missing")
	}
	return o, nil
}

// importFiles stores files as usage of a tool or model.
func (p program) importFiles(ctx context.Context, c config, rest []string) error {
	o, err := readImportOrder(rest)
	if err != nil {
		return err
	}
	store, closeStore, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer closeStore()
	im, err := o.importer(ctx, store)
	if err != nil {
		return err
	}
	im.Batcher = tsdb.NewBatcher(store, c.Batcher)
	defer im.Batcher.Stop()
	started := p.clock()
	var sum ingest.Imported
	for _, name := range o.files {
		done, err := p.importFile(ctx, *im, name)
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

// importer checks that account and target exist and belong together, before a row is read.
func (o *importOrder) importer(ctx context.Context, store *tsdb.Store) (*ingest.Importer, error) {
	im := &ingest.Importer{Kind: tsdb.Inference, Source: o.source, Shift: o.shift, Format: o.format}
	kind, id, want := graph.KindModel, o.model, tsdb.KindModel
	if o.tool != "" {
		im.Kind, kind, id, want = tsdb.ToolRun, graph.KindTool, o.tool, tsdb.KindTool
	}
	if o.format == ingest.AzureFormat && o.tool != "" {
		return nil, errors.New("--format azure holds tokens: it needs --model")
	}
	var err error
	if im.Account, err = graph.AccountByText(ctx, store, nil, o.account); err != nil {
		return nil, err
	}
	if im.Resource, err = graph.ResourceByText(ctx, store, im.Account, kind, id); err != nil {
		return nil, err
	}
	found, err := store.Resources(ctx, []int64{im.Resource})
	if err != nil {
		return nil, err
	}
	if r, ok := found[im.Resource]; !ok || r.AccountID != im.Account || r.Kind != want {
		return nil, errors.New("--account, --model, --tool: there is no such account, or it has no such model or tool")
	}
	return im, nil
}

// importFile stores one file; "-" is the standard input.
func (p program) importFile(ctx context.Context, im ingest.Importer, name string) (ingest.Imported, error) {
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
	done, err := im.Run(ctx, in)
	bar.end()
	if reported > maxReported {
		fmt.Fprintf(p.errs, "%s: %d more rows like these\n", name, reported-maxReported)
	}
	return done, err
}

// maxReported is how many bad rows of a file are shown one by one.
const maxReported = 20

// openInput opens a file and tells its size; 0: not known.
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

// summarise says what became of the rows and how fast they came in; an error where some are not stored.
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
