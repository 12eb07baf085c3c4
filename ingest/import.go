package ingest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/ingest/files"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Bounds of an import.
const (
	importChunk = 10_000 // rows that are submitted together …
	chunksAhead = 3      // … and how many such chunks are in progress
)

// Submitter stores events and answers each in order, as tsdb.Batcher does.
type Submitter interface {
	Submit(ctx context.Context, events []tsdb.UsageEvent, mode tsdb.UsageMode) ([]tsdb.UsageResult, error)
}

// Importer stores the rows of files as usage of one tool or model, or of those that the rows name by own ids. Running it again stores
// nothing twice: a row's id is derived from its target and its values as they are in the file, before the shift (rules.md §10), so it does
// not matter how rows are distributed over files or in which order they come. A repeat needs the same Source and Shift.
type Importer struct {
	Batcher  Submitter
	Account  int64          // 0: the rows name their accounts
	Kind     tsdb.UsageKind // ToolRun or Inference
	Resource int64          // the tool or model; 0: the rows name it
	Named    string         // the own id of the tool or model for all rows, if Resource is 0 and the rows do not name it; "": they do
	Source   string         // the events' source, if the rows name none
	InOrder  bool           // chunks are stored one after another
	Shift    time.Duration  // added to every time
	Format   Format
	// Accounts finds accounts by the platform's own ids, for files whose rows name them; nil otherwise.
	Accounts func(ctx context.Context, ids []string) (map[string]int64, error)
	// Bad is called for each row that was not stored, in the order of lines; may be nil.
	Bad func(BadRow)
	// Progress is called after each commit; may be nil.
	Progress func(Imported)

	chunk int              // rows submitted together; 0: importChunk
	known map[string]int64 // accounts by own id, as far as they were looked up
}

// BadRow is a row that was not stored, and why.
type BadRow struct {
	Line   int // from 1
	Code   tsdb.UsageCode
	Reason string
}

// Imported counts what an import did so far. Bytes are those of the stored file, compressed or not.
type Imported struct {
	Bytes                        int64
	Rows, Stored, Duplicate, Bad int
	TooOld                       int // of Bad: older than events are kept
}

// chunk is some rows in progress.
type chunk struct {
	events  []tsdb.UsageEvent
	owners  []string // own ids of the events' accounts; nil: all are of one account
	lines   []int
	unread  []BadRow // lines that could not be read, in order
	results []tsdb.UsageResult
	bytes   int64 // read from the file so far
	err     error
	done    chan struct{}
}

// Run imports one file of lines, compressed or not, and returns when all of it is committed. If it returns an error, what the counts say is
// stored; the rest is unknown, and running it again imports it.
func (im *Importer) Run(ctx context.Context, file io.Reader) (Imported, error) {
	sum, _, err := im.RunLines(ctx, file)
	return sum, err
}

// RunLines is Run, but also returns how the lines were read.
func (im *Importer) RunLines(ctx context.Context, file io.Reader) (Imported, Understood, error) {
	counted := &countingReader{in: file}
	in, found, err := files.Text(counted, "")
	if err != nil {
		return Imported{}, Understood{}, asHeader(err)
	}
	lines := &lineReader{in: in}
	var how *layout
	sum, err := im.run(ctx, counted, func() (*chunk, error) {
		c, err := im.next(lines, &how)
		var header *HeaderError
		if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &header) {
			err = fmt.Errorf("read line %d: %w", lines.number, err)
		}
		return c, err
	})
	return sum, Understood{Said: how.describe(found)}, err
}

// run stores chunks as they are read, until io.EOF.
func (im *Importer) run(ctx context.Context, counted *countingReader, next func() (*chunk, error)) (Imported, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	chunks := make(chan *chunk, chunksAhead-1)
	var readErr, err error
	go func() {
		defer close(chunks)
		readErr = im.read(ctx, counted, next, chunks)
	}()
	var sum Imported
	for c := range chunks {
		<-c.done
		if c.err != nil {
			err = errors.Join(err, c.err)
			cancel()
			continue
		}
		im.account(&sum, c)
	}
	if err != nil {
		return sum, fmt.Errorf("store rows: %w", err)
	}
	return sum, readErr
}

// countingReader counts the bytes read from a file.
type countingReader struct {
	in    io.Reader
	bytes int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	r.bytes += int64(n)
	return n, err
}

// read splits the file into chunks and submits them.
func (im *Importer) read(ctx context.Context, counted *countingReader, next func() (*chunk, error), chunks chan<- *chunk) error {
	for {
		c, err := next()
		if len(c.events)+len(c.unread) > 0 {
			c.bytes = counted.bytes
			if wrong := im.findAccounts(ctx, c); wrong != nil {
				return errors.Join(wrong, err)
			}
			if im.InOrder {
				im.store(ctx, c)
			} else {
				go im.store(ctx, c)
			}
			select {
			case chunks <- c:
			case <-ctx.Done():
				<-c.done
				return ctx.Err()
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (im *Importer) store(ctx context.Context, c *chunk) {
	if len(c.events) > 0 {
		c.results, c.err = im.Batcher.Submit(ctx, c.events, tsdb.Record)
	}
	close(c.done)
}

func (im *Importer) newChunk() (c *chunk, size int) {
	if size = im.chunk; size == 0 {
		size = importChunk
	}
	return &chunk{done: make(chan struct{}), events: make([]tsdb.UsageEvent, 0, size), lines: make([]int, 0, size)}, size
}

// next reads the next chunk. An error ends the file; io.EOF may come with a last chunk.
func (im *Importer) next(lines *lineReader, how **layout) (*chunk, error) {
	c, size := im.newChunk()
	for len(c.events) < size && len(c.unread) < size {
		line, tooLong, err := lines.next()
		if tooLong {
			c.unread = append(c.unread, BadRow{Line: lines.number, Code: Malformed, Reason: "the line is longer than 64 KiB"})
		} else if line != "" {
			if wrong := im.add(c, line, lines.number, how); wrong != nil {
				return c, &HeaderError{lines.number, wrong.Error()}
			}
		}
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// add adds a line to the chunk. The first line determines how the others are read. An error means that the line is a header which cannot be
// used.
func (im *Importer) add(c *chunk, line string, number int, how **layout) error {
	if *how == nil {
		l, header, err := settle(line, im.Format, im.Kind)
		if *how = &l; header || err != nil {
			return err
		}
	}
	r, err := (*how).parse(line)
	if err == nil {
		c.events, c.lines = append(c.events, im.event(&r)), append(c.lines, number)
		return nil
	}
	header, wrong := (*how).another(line)
	if !header {
		c.unread = append(c.unread, BadRow{Line: number, Code: Malformed, Reason: strings.ReplaceAll(err.Error(), "\n", "; ")})
	}
	return wrong
}

// event returns the row as usage of the target.
func (im *Importer) event(r *row) tsdb.UsageEvent {
	e := tsdb.UsageEvent{AccountID: im.Account, Source: im.Source, ID: r.id, Time: r.time.Add(im.Shift), Kind: im.Kind, ResourceID: im.Resource,
		Runs: r.runs, InputTokens: r.input, OutputTokens: r.output, CacheReadTokens: r.cacheRead, CacheWriteTokens: r.cacheWrite, ReasoningTokens: r.reasoning,
		DeploymentExternal: r.deployment, Attribution: r.of}
	if r.target != "" {
		e.ResourceID, e.ResourceExternal = 0, r.target
	} else if im.Resource == 0 {
		e.ResourceExternal = im.Named
	}
	if e.ID == "" {
		e.ID = im.idOf(r)
	}
	return e
}

// idOf writes the target and the row's values: the nanosecond, and the quantities. Classes of tokens, and who and what the row was for, are
// included only if there are any, so that a row without them keeps the id that it always had.
func (im *Importer) idOf(r *row) string {
	b := im.valuesOf(r)
	if digest := r.of.Digest(); digest != "" {
		b = append(append(b, '-'), digest...)
	}
	return string(b)
}

func (im *Importer) valuesOf(r *row) []byte {
	b := make([]byte, 0, 128)
	if r.target+r.deployment == "" {
		b = strconv.AppendInt(b, im.Resource, 10)
	} else {
		named := tsdb.Attribution{User: r.target, APIKey: r.deployment}
		b = append(b, named.Digest()...)
		if r.target == "" {
			b = strconv.AppendInt(append(b, '-'), im.Resource, 10)
		}
	}
	b = strconv.AppendInt(append(b, '-'), r.time.UnixNano(), 10)
	if im.Kind == tsdb.ToolRun {
		return strconv.AppendInt(append(b, '-'), r.runs, 10)
	}
	b = strconv.AppendInt(append(b, '-'), r.input, 10)
	b = strconv.AppendInt(append(b, '-'), r.output, 10)
	if r.cacheRead|r.cacheWrite|r.reasoning != 0 {
		for _, n := range []int64{r.cacheRead, r.cacheWrite, r.reasoning} {
			b = strconv.AppendInt(append(b, '-'), n, 10)
		}
	}
	return b
}

// account adds a committed chunk to the counts and reports its bad rows.
func (im *Importer) account(sum *Imported, c *chunk) {
	sum.Bytes = c.bytes
	sum.Rows += len(c.events) + len(c.unread)
	for i := range c.results {
		for len(c.unread) > 0 && c.unread[0].Line < c.lines[i] {
			im.bad(sum, c.unread[0])
			c.unread = c.unread[1:]
		}
		switch r := &c.results[i]; r.Status {
		case tsdb.Stored:
			sum.Stored++
		case tsdb.Duplicate, tsdb.TakenBack: // what was voided stays voided
			sum.Duplicate++
		default:
			im.bad(sum, BadRow{Line: c.lines[i], Code: codeOf(r), Reason: r.Message})
		}
	}
	for _, row := range c.unread {
		im.bad(sum, row)
	}
	if im.Progress != nil {
		im.Progress(*sum)
	}
}

func codeOf(r *tsdb.UsageResult) tsdb.UsageCode {
	if r.Status == tsdb.UsageConflict {
		return tsdb.UsageCode(tsdb.UsageConflict)
	}
	return r.Code
}

func (im *Importer) bad(sum *Imported, row BadRow) {
	sum.Bad++
	if row.Code == tsdb.TimeTooOld {
		sum.TooOld++
	}
	if im.Bad != nil {
		im.Bad(row)
	}
}

// lineReader reads lines of at most maxLine bytes.
type lineReader struct {
	in     *bufio.Reader
	number int // of the line read last, from 1
}

// next returns the next line without its line break (CR LF, LF or none); "" for a blank one. A line that is too long is skipped. So is an
// incomplete last line of a file that cannot be read to its end, because half a number is a number.
func (l *lineReader) next() (line string, tooLong bool, err error) {
	l.number++
	for {
		part, err := l.in.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			switch {
			case tooLong:
				return "", true, err
			case err != nil && !errors.Is(err, io.EOF):
				return "", false, err
			}
			text := withoutMark(strings.TrimRight(string(part), "\r\n")) // concatenated files have marks inside
			if strings.TrimSpace(text) == "" {
				text = ""
			}
			return text, false, err
		}
		tooLong = true
	}
}
