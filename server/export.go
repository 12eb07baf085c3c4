package server

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/server/guard/coerce"
	"github.com/usagegraph/usagegraph/server/sheet"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// exportStall is how long the reader of an export may accept no bytes before it is cut off, because it holds a place and a snapshot of the
// database meanwhile.
const exportStall = 30 * time.Second

// exportCost is what an export costs the caller's bucket, whatever its outcome, and busyCost if it found no place.
const exportCost, busyCost = 500, 10

// exportUsage answers GET /v1/usage with usage as CSV: /v1/export/usage with a fixed set of columns.
func (s *Server) exportUsage(w http.ResponseWriter, r *http.Request) {
	s.exportTable(w, r, graph.Export{Table: "usage", Plain: true})
}

// exportAny answers GET /v1/export/{table}; see docs/export.md.
func (s *Server) exportAny(w http.ResponseWriter, r *http.Request) {
	s.exportTable(w, r, graph.Export{Table: strings.TrimPrefix(r.URL.Path, "/v1/export/")})
}

// exportTable streams a table. It uses the pool of ad-hoc questions.
func (s *Server) exportTable(w http.ResponseWriter, r *http.Request, e graph.Export) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, r, http.StatusMethodNotAllowed, wire.Fault(wire.MethodNotAllowed, "Use GET."))
		return
	}
	reader := coerce.Reader{Schema: generated.NewExecutableSchema(generated.Config{}).Schema(), Scalars: scalars()}
	e.Coerce = func(of *ast.Type, value any) (any, bool) {
		coerced, wrong := reader.Value(of, value)
		return coerced, wrong == nil
	}
	// Query would leave out what cannot be read, such as "%zz" or an entry with a semicolon, and the caller would get rows that the
	// remaining entries did not ask for.
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		refuse(w, r, http.StatusBadRequest, wire.Fault(wire.BadRequest, "The query string is malformed."))
		return
	}
	format, fault := readExport(query, &e)
	if fault != nil {
		refuse(w, r, http.StatusBadRequest, fault)
		return
	}
	if state, until, ok := s.buckets.Reserve(r.Context(), exportCost); !ok {
		refuseThrottled(w, r, state, until)
		return
	}
	leave, busy := s.enterExport(r.Context())
	if busy != nil {
		s.buckets.Settle(r.Context(), exportCost, busyCost)
		s.refuseExport(w, r, busy)
		return
	}
	defer leave()
	out := &download{w: w, reading: reading{stall: exportStall, clock: s.cfg.Clock, wanted: s.exports.isWanted}, format: format, name: e.Table, zip: format.Name != "parquet" && acceptsGzip(r)}
	err = graph.Exporter{Books: s.store, Reading: s.exploring}.Write(r.Context(), e, out)
	switch {
	case err == nil:
		err = out.close()
	case out.sheet == nil:
		s.refuseExport(w, r, err)
		return
	}
	if err != nil {
		s.log.Error("an export broke off", "table", e.Table, "error", err)
		panic(http.ErrAbortHandler) // the client must not mistake a part for the whole
	}
}

// download is an export that is being sent.
type download struct {
	w http.ResponseWriter
	reading
	format sheet.Format
	name   string
	zip    bool
	buffer *bufio.Writer
	gzip   *gzip.Writer
	sheet  sheet.Writer
}

// Begin sends the header.
func (d *download) Begin(columns []charts.Column) (err error) {
	h := d.w.Header()
	h.Set("Content-Type", d.format.MediaType)
	h.Set("Content-Disposition", `attachment; filename="`+d.name+"."+d.format.Ending+`"`)
	h.Add("Vary", "Accept-Encoding")
	client := &patient{ResponseWriter: d.w, rc: http.NewResponseController(d.w), reading: d.reading}
	d.buffer = bufio.NewWriterSize(client, 64<<10)
	to := io.Writer(d.buffer)
	if d.zip {
		h.Set("Content-Encoding", "gzip")
		d.gzip, _ = gzip.NewWriterLevel(d.buffer, gzip.BestSpeed) // the level is valid
		to = d.gzip
	}
	d.sheet, err = d.format.Open(to, sheetColumns(columns))
	return err
}

// Row writes a row.
func (d *download) Row(values []any) error { return d.sheet.Row(values) }

func (d *download) close() error {
	if err := d.sheet.Close(); err != nil {
		return err
	}
	if d.gzip != nil {
		if err := d.gzip.Close(); err != nil {
			return err
		}
	}
	if err := d.buffer.Flush(); err != nil {
		return err
	}
	rc := http.NewResponseController(d.w)
	err := rc.Flush()
	_ = rc.SetWriteDeadline(time.Time{}) // the connection may serve other requests
	return err
}

func sheetColumns(columns []charts.Column) []sheet.Column {
	out := make([]sheet.Column, len(columns))
	for i, c := range columns {
		out[i].Name = c.Name
		switch c.Type {
		case charts.NumberColumn:
			out[i].Type = sheet.Number
		case charts.DecimalColumn:
			out[i].Type = sheet.Decimal
		case charts.TimeColumn:
			out[i].Type = sheet.Time
		case charts.BoolColumn:
			out[i].Type = sheet.Bool
		}
	}
	return out
}

func acceptsGzip(r *http.Request) bool {
	for accepted := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(accepted), ";")
		if coding == "gzip" && strings.TrimSpace(weight) != "q=0" {
			return true
		}
	}
	return false
}

// refuseExport answers a refusal with its code, and anything else as a fault of ours.
func (s *Server) refuseExport(w http.ResponseWriter, r *http.Request, err error) {
	errs := wire.AsList(err)
	var pg interface{ SQLState() string }
	if errors.As(err, &pg) && pg.SQLState() == queryCanceled {
		errs = gqlerror.List{wire.Fault(wire.CostTooHigh, "The export took longer to read than it may; ask for less at once.")}
	}
	errs = wire.Seal(r.Context(), errs, s.report)
	status := wire.StatusOf(errs)
	switch wire.CodeOf(errs[0]) {
	case wire.Code(graph.Forbidden):
		status = http.StatusForbidden
	case wire.Code(tsdb.NotFound):
		status = http.StatusNotFound
	}
	refuse(w, r, status, errs[0])
}
