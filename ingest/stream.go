package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Bounds of a stream.
const (
	maxLine      = 64 << 10  // bytes of a line
	streamBuffer = 256 << 10 // bytes read ahead
	pieceLines   = 2_000     // largest number of lines stored together …
	pieceBytes   = 512 << 10
	piecesAhead  = 4 // … and how many such pieces are in progress
	streamIdle   = time.Minute
	streamMemory = (piecesAhead+2)*(pieceBytes+maxLine) + streamBuffer
)

// How long, and for how many bytes, the rest of a broken-off stream is read and discarded: a connection that is closed with unread bytes is
// reset, and the client would lose the reason.
const (
	lastWords = time.Second
	lingering = 256 << 10
)

// watched is a body that knows whether it was read to its end.
type watched struct {
	io.ReadCloser
	ended atomic.Bool
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if err == io.EOF {
		w.ended.Store(true)
	}
	return n, err
}

// halfClose makes net/http close the connection in two steps after this answer, so that what the client still sends does not cause a reset
// before it has read the end. MaxBytesReader is the only way to request that.
func halfClose(w http.ResponseWriter) {
	for {
		wrapped, is := w.(interface{ Unwrap() http.ResponseWriter })
		if !is {
			break
		}
		w = wrapped.Unwrap()
	}
	_, _ = http.MaxBytesReader(w, io.NopCloser(strings.NewReader("x")), 0).Read(make([]byte, 1))
}

// piece is some lines of a stream in progress.
type piece struct {
	items   []item
	lines   []int // the line number of each item, from 1
	results []tsdb.UsageResult
	err     error
	done    chan struct{}
}

// stream is one request that sends lines and receives results meanwhile.
type stream struct {
	handler *Events
	mode    tsdb.UsageMode
	in      *bufio.Reader
	control *http.ResponseController
	decoder *decoder
	line    int
	text    []byte // of the piece being read
	long    bool   // the line just read was longer than maxLine
	row     int    // number of lines refused in a row before this one, without asking the database
	sent    *watched
	begun   bool // the answer has begun
}

// serveStream accepts one event per line, without a bound on their number, and answers them in order, each after its commit. In RECORD mode
// several pieces are in progress at once; ENFORCE decides in order, so it is one piece.
func (h *Events) serveStream(w http.ResponseWriter, r *http.Request, mode tsdb.UsageMode) error {
	release, err := h.reserve(r.Context(), streamMemory)
	if err != nil {
		return err
	}
	defer release()
	control := http.NewResponseController(w)
	_ = control.EnableFullDuplex() // HTTP/1: answers are sent while lines still arrive; other versions always do that
	_ = control.SetReadDeadline(h.cfg.Clock().Add(inTime))
	sent := &watched{ReadCloser: r.Body}
	r.Body = sent
	in, err := body(r)
	if err != nil {
		return err
	}
	// net/http cancels a request whose body cannot be read any more, which is how a shutdown ends a stream. What was read is stored and
	// answered nevertheless.
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	s := &stream{handler: h, mode: mode, in: bufio.NewReaderSize(in, streamBuffer), control: control, decoder: h.decoder(ctx), sent: sent}
	pieces := make(chan *piece, piecesAhead)
	var readErr error
	go func() {
		defer close(pieces)
		if readErr = s.read(ctx, pieces); ctx.Err() != nil {
			_, _ = io.CopyN(io.Discard, sent, lingering)
		}
	}()
	w.Header().Set("Content-Type", streamType)
	broken := s.answer(w, r, pieces, func() error { return readErr })
	cancel()
	if broken != nil && !sent.ended.Load() { // end the reading too
		halfClose(w)
		_ = control.SetReadDeadline(h.cfg.Clock().Add(lastWords))
	}
	for p := range pieces { // until the reader has ended
		<-p.done
	}
	return nil
}

// read splits the stream into pieces and passes them on until it ends.
func (s *stream) read(ctx context.Context, pieces chan<- *piece) error {
	for {
		p, err := s.next()
		if len(p.items) > 0 {
			if s.mode == tsdb.Enforce {
				s.store(ctx, p)
			} else {
				go s.store(ctx, p)
			}
			select {
			case pieces <- p:
			case <-ctx.Done():
				<-p.done
				return ctx.Err()
			}
		}
		if s.row >= maxRefused { // the answer ends the stream
			<-ctx.Done()
			return ctx.Err()
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unreadable(err)
		}
	}
}

// store commits a piece.
func (s *stream) store(ctx context.Context, p *piece) {
	p.results, p.err = s.handler.submit(ctx, eventsPath, p.items, s.mode)
	close(p.done)
}

// next reads the next piece: all lines that have arrived, at least one, within the bounds. Its texts are copied out of the buffers once.
func (s *stream) next() (*piece, error) {
	p := &piece{done: make(chan struct{})}
	s.text = s.text[:0]
	ends := make([]int, 0, 256)
	var err error
	blanks := 0
	for more := true; more && err == nil; more = len(ends) < pieceLines && len(s.text) < pieceBytes && s.buffered() {
		if len(ends) == 0 {
			_ = s.control.SetReadDeadline(s.handler.cfg.Clock().Add(streamIdle))
		}
		start := len(s.text)
		err = s.readLine()
		if s.line++; s.line == 1 {
			s.text = bytes.TrimPrefix(s.text, []byte("\ufeff"))
		}
		switch {
		case s.long:
			s.text = s.text[:start]
			ends, p.lines = append(ends, -start-1), append(p.lines, s.line)
			blanks = 0
		case !blank(s.text[start:]):
			ends, p.lines = append(ends, len(s.text)), append(p.lines, s.line)
			blanks = 0
		default:
			s.text = s.text[:start]
			if blanks++; blanks == maxRefused && err == nil { // a blank line now and then keeps a connection open; so many at once have no use
				err = tooManyBlank()
			}
		}
	}
	p.items = make([]item, len(ends))
	s.decode(p, string(s.text), ends)
	return p, err
}

// decode reads the lines of a piece, up to the last refusal that the stream may have in a row. A negative end marks a line that was too
// long to keep.
func (s *stream) decode(p *piece, text string, ends []int) {
	clear(s.decoder.accounts) // a stream may last long, so permissions are checked again
	start := 0
	for i, end := range ends {
		if end < 0 {
			p.items[i].refuse(Malformed, "a line has at most 64 KiB")
		} else {
			s.decoder.line(text[start:end], &p.items[i])
			start = end
		}
		if s.row++; p.items[i].fault.Status == "" {
			s.row = 0
		}
		if s.row == maxRefused {
			p.items, p.lines = p.items[:i+1], p.lines[:i+1]
			return
		}
	}
}

// line reads one event that is a whole line.
func (d *decoder) line(text string, it *item) { d.whole(text, "line", it) }

// whole reads one event that is a whole text. If it is not JSON, it is refused alone.
func (d *decoder) whole(text, what string, it *item) {
	s := scanner{text: text}
	err := d.event(&s, it)
	if err == nil {
		err = s.end()
	}
	if err != nil {
		*it = item{}
		it.refuse(Malformed, "the "+what+" is not JSON: "+err.Error())
	}
}

// buffered reports whether a whole line can be read without waiting.
func (s *stream) buffered() bool {
	held, _ := s.in.Peek(s.in.Buffered())
	for _, c := range held {
		if c == '\n' {
			return true
		}
	}
	return false
}

// readLine appends the next line to the text. It skips what is beyond maxLine and sets long; a line that never ends is an error.
func (s *stream) readLine() error {
	s.long = false
	start, size := len(s.text), 0
	for {
		part, err := s.in.ReadSlice('\n')
		if size += len(part); size > hopeless && errors.Is(err, bufio.ErrBufferFull) {
			s.long = true
			return lineTooLong()
		}
		if s.long = s.long || len(s.text)-start+len(part) > maxLine; !s.long {
			s.text = append(s.text, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func blank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

// answer writes the results of pieces in order, and a last line that says how the stream ended. An error means that nobody reads the
// answer.
func (s *stream) answer(w http.ResponseWriter, r *http.Request, pieces <-chan *piece, readErr func() error) error {
	a, row := &answers{}, 0
	for p := range pieces {
		<-p.done
		if p.err != nil {
			return s.end(w, a, r, p.err)
		}
		results, ended := cutRefused(p.results, &row)
		a.buf = a.buf[:0]
		for i := range results {
			a.add("line", p.lines[i], p.items[i].event.ID, &results[i])
			a.buf = append(a.buf, '\n')
		}
		if err := s.write(w, a.buf); err != nil {
			return err
		}
		refused := countRefused(results)
		paid := refused == 0 || s.handler.cfg.Charge(r.Context(), refused)
		switch {
		case ended:
			return s.end(w, a, r, tooManyRefused())
		case !paid:
			return s.end(w, a, r, throttled())
		}
	}
	return s.end(w, a, r, readErr())
}

// end writes the last line: the counts, or why the stream broke off and what had become of its lines by then.
func (s *stream) end(w http.ResponseWriter, a *answers, r *http.Request, err error) error {
	if err != nil {
		if price := priceOf(err); price > 0 {
			s.handler.cfg.Charge(r.Context(), price)
		}
		failed := s.write(w, s.handler.problemOf(r.Context(), err).document(s.handler.cfg.RequestID(r.Context())))
		return errors.Join(err, failed)
	}
	b := append(a.appendCounts([]byte(`{"end":true,`)), "}\n"...)
	return s.write(w, b)
}

// write sends a part of the answer. A connection whose body may have to be left unread must serve no further request: net/http takes a
// failed read for the end of the connection, and would nevertheless read the next request from it.
func (s *stream) write(w http.ResponseWriter, b []byte) error {
	if !s.begun && !s.sent.ended.Load() {
		w.Header().Set("Connection", "close")
	}
	s.begun = true
	_ = s.control.SetWriteDeadline(s.handler.cfg.Clock().Add(inTime))
	if _, err := w.Write(b); err != nil {
		return err
	}
	return s.control.Flush()
}
