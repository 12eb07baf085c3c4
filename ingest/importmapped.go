package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/usagegraph/usagegraph/ingest/files"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Understood is how a file was read, and what was skipped.
type Understood struct {
	Said       []string // line by line
	Passed     int      // rows that are not usage, by the profile or --where
	Incomplete bool     // the file said that other pages follow it
}

// RunMapped imports one file whose columns are read according to options; its name tells its format. Its results are like Run's.
func (im *Importer) RunMapped(ctx context.Context, name string, in io.Reader, options files.Options) (Imported, Understood, error) {
	counted := &countingReader{in: in}
	var file *files.File
	var err error
	if at, is := in.(readSeekerAt); is {
		file, err = files.Open(name, &countingFile{counted, at, at}, options)
	} else {
		file, err = files.Open(name, counted, options)
	}
	if err != nil {
		return Imported{}, Understood{}, asHeader(err)
	}
	sum, err := im.run(ctx, counted, func() (*chunk, error) { return im.nextMapped(file) })
	return sum, Understood{file.Describe(), file.Passed, file.Incomplete()}, err
}

// readSeekerAt is a file that is not a pipe, as far as can be told.
type readSeekerAt interface {
	io.ReaderAt
	io.Seeker
}

type countingFile struct {
	*countingReader
	io.ReaderAt
	io.Seeker
}

// asHeader converts the error of a header that does not fit into an error of this package.
func asHeader(err error) error {
	var header *files.HeaderError
	if errors.As(err, &header) {
		return &HeaderError{Reason: header.Reason}
	}
	return err
}

// nextMapped reads the next chunk. An error ends the file; io.EOF may come with a last chunk.
func (im *Importer) nextMapped(file *files.File) (*chunk, error) {
	c, size := im.newChunk()
	for len(c.events) < size && len(c.unread) < size {
		r, err := file.Next()
		var wrong *files.RowError
		switch {
		case errors.As(err, &wrong):
			c.unread = append(c.unread, BadRow{Line: wrong.Place, Code: Malformed, Reason: wrong.Reason})
		case err != nil:
			return c, asHeader(err)
		default:
			c.events, c.lines = append(c.events, im.mapped(&r)), append(c.lines, r.Place)
			if im.Account == 0 {
				c.owners = append(c.owners, r.Account)
			}
		}
	}
	return c, nil
}

// mapped returns the row as usage.
func (im *Importer) mapped(r *files.Row) tsdb.UsageEvent {
	plain := row{time: r.Time, runs: r.Runs, input: r.Input, output: r.Output, cacheRead: r.CacheRead, cacheWrite: r.CacheWrite, reasoning: r.Reasoning, id: r.ID}
	plain.deployment, plain.of = r.Deployment, tsdb.Attribution{User: r.User, APIKey: r.APIKey, Tags: r.Tags}
	if im.Resource == 0 {
		plain.target = cmp.Or(im.Named, r.Model+r.Tool) // a row has at most one of them
	}
	e := im.event(&plain)
	e.Source = cmp.Or(r.Source, e.Source)
	return e
}

// maxKnown bounds how many accounts are remembered from chunk to chunk.
const maxKnown = 100_000

// findAccounts replaces own ids of accounts by keys. An unknown one stays 0, which the books refuse.
func (im *Importer) findAccounts(ctx context.Context, c *chunk) error {
	if c.owners == nil || im.Accounts == nil {
		return nil
	}
	if im.known == nil || len(im.known) > maxKnown {
		im.known = map[string]int64{}
	}
	var asked []string
	for _, own := range c.owners {
		if _, met := im.known[own]; !met {
			im.known[own], asked = 0, append(asked, own)
		}
	}
	if len(asked) > 0 {
		found, err := im.Accounts(ctx, asked)
		if err != nil {
			return fmt.Errorf("find accounts of rows: %w", err)
		}
		for own, key := range found {
			im.known[own] = key
		}
	}
	for i, own := range c.owners {
		c.events[i].AccountID = im.known[own]
	}
	return nil
}
