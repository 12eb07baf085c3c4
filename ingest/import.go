package ingest

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Bounds of an import.
const (
	importChunk = 10_000 // rows that are submitted together …
	chunksAhead = 3      // … and how many such chunks are under way
)

// Importer stores the rows of files as usage of one tool or model. Running it again stores nothing twice: a row's id comes
// from its target and its values as they stand in the file, before the shift (rules.md §10), so it does not matter how the
// rows are dealt to files or in which order they come. A repeat needs the same Source and Shift.
type Importer struct {
	Batcher  *tsdb.Batcher
	Account  int64
	Kind     tsdb.UsageKind // ToolRun or Inference
	Resource int64          // the tool or model
	Source   string         // the events' source
	Shift    time.Duration  // added to every time
	Format   Format
	// Bad hears of each row that was not stored, in the order of lines; nil: nobody.
	Bad func(BadRow)
	// Progress hears after each commit; nil: nobody.
	Progress func(Imported)

	chunk int // rows submitted together; 0: importChunk
}

// BadRow is a row that was not stored, and why.
type BadRow struct {
	Line   int // from 1
	Code   tsdb.UsageCode
	Reason string
}

// Imported counts what an import did so far. Bytes are those of the file as it is stored, packed or not.
type Imported struct {
	Bytes                        int64
	Rows, Stored, Duplicate, Bad int
	TooOld                       int // of Bad: older than events are kept
}

// chunk is some rows on their way.
type chunk struct {
	events  []tsdb.UsageEvent
	lines   []int
	unread  []BadRow // lines that could not be read, in order
	results []tsdb.UsageResult
	bytes   int64 // read of the file by then
	err     error
	done    chan struct{}
}

// Run imports one file, packed by gzip or not, and returns when all of it is committed. With an error, what the counts say
// is stored; the rest is not known, and running it again brings it in.
func (im *Importer) Run(ctx context.Context, file io.Reader) (Imported, error) {
	counted := &countingReader{in: file}
	in, err := unpack(counted)
	if err != nil {
		return Imported{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	chunks := make(chan *chunk, chunksAhead-1)
	var readErr error
	go func() {
		defer close(chunks)
		readErr = im.read(ctx, in, counted, chunks)
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

// countingReader counts what is read of a file.
type countingReader struct {
	in    io.Reader
	bytes int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	r.bytes += int64(n)
	return n, err
}

// unpack tells gzip by its first two bytes.
func unpack(in io.Reader) (*bufio.Reader, error) {
	b := bufio.NewReaderSize(in, maxLine)
	if magic, _ := b.Peek(2); string(magic) != "\x1f\x8b" {
		return b, nil
	}
	packed, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return bufio.NewReaderSize(packed, maxLine), nil
}

// read cuts the file into chunks and submits them.
func (im *Importer) read(ctx context.Context, in *bufio.Reader, counted *countingReader, chunks chan<- *chunk) error {
	lines := &lineReader{in: in}
	var how *layout
	for {
		c, err := im.next(lines, &how)
		if len(c.events)+len(c.unread) > 0 {
			c.bytes = counted.bytes
			go im.store(ctx, c)
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
		var header *HeaderError
		if errors.As(err, &header) {
			return header
		}
		if err != nil {
			return fmt.Errorf("read line %d: %w", lines.number, err)
		}
	}
}

func (im *Importer) store(ctx context.Context, c *chunk) {
	if len(c.events) > 0 {
		c.results, c.err = im.Batcher.Submit(ctx, c.events, tsdb.Record)
	}
	close(c.done)
}

// next reads the next chunk. An error ends the file; io.EOF may come with a last chunk.
func (im *Importer) next(lines *lineReader, how **layout) (*chunk, error) {
	size := im.chunk
	if size == 0 {
		size = importChunk
	}
	c := &chunk{done: make(chan struct{}), events: make([]tsdb.UsageEvent, 0, size), lines: make([]int, 0, size)}
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

// add reads a line into the chunk. The first one tells how to read the others. An error says that it is a header which cannot be
// obeyed.
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

// event is the row as usage of the target.
func (im *Importer) event(r *row) tsdb.UsageEvent {
	e := tsdb.UsageEvent{AccountID: im.Account, Source: im.Source, ID: r.id, Time: r.time.Add(im.Shift), Kind: im.Kind, ResourceID: im.Resource,
		Runs: r.runs, InputTokens: r.input, OutputTokens: r.output, CacheReadTokens: r.cacheRead, CacheWriteTokens: r.cacheWrite, ReasoningTokens: r.reasoning}
	if e.ID == "" {
		e.ID = im.idOf(r)
	}
	return e
}

// idOf spells the target and the row's values: the nanosecond, and the quantities; classes of tokens only where there are any, so that a
// row without them has the id that it always had.
func (im *Importer) idOf(r *row) string {
	b := make([]byte, 0, 64)
	b = strconv.AppendInt(b, im.Resource, 10)
	b = strconv.AppendInt(append(b, '-'), r.time.UnixNano(), 10)
	if im.Kind == tsdb.ToolRun {
		return string(strconv.AppendInt(append(b, '-'), r.runs, 10))
	}
	b = strconv.AppendInt(append(b, '-'), r.input, 10)
	b = strconv.AppendInt(append(b, '-'), r.output, 10)
	if r.cacheRead|r.cacheWrite|r.reasoning != 0 {
		for _, n := range []int64{r.cacheRead, r.cacheWrite, r.reasoning} {
			b = strconv.AppendInt(append(b, '-'), n, 10)
		}
	}
	return string(b)
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
		case tsdb.Duplicate, tsdb.TakenBack: // what was taken back is to stay so
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
	number int // of the line last read, from 1
}

// next is the next line without its end (CR LF, LF or none); "" for a blank one. A line that is too long is
// passed over, and so is what a file that cannot be read to its end breaks off in: half a number is a number.
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
			text := withoutMark(strings.TrimRight(string(part), "\r\n")) // files put together have marks within
			if strings.TrimSpace(text) == "" {
				text = ""
			}
			return text, false, err
		}
		tooLong = true
	}
}
