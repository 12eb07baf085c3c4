package graph

import (
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/scalar"
)

// The methods of the form ofX write one field of an object. They return false for a field that they do not know, such as one added later.

func (w *stateWriter) ofDecision(f *ast.Field, d *model.Decision) bool {
	switch f.Name {
	case "action":
		return w.name(string(d.Action))
	case "allowed":
		return w.truth(d.Allowed)
	case "zone":
		return w.name(string(d.Zone))
	case "meter":
		return w.name(string(d.Meter))
	case "balance":
		return w.number(d.Balance)
	case "available":
		return w.number(d.Available)
	case "limit":
		return w.number(d.Limit)
	case "amount":
		return w.optional(d.Amount)
	case "refusal":
		if d.Refusal == nil {
			return w.null()
		}
		return w.object("Refusal", f.SelectionSet, func(f *ast.Field) bool { return w.ofRefusal(f, d.Refusal) })
	case "importMode":
		if d.ImportMode == nil {
			return w.null()
		}
		return w.name(string(*d.ImportMode))
	case "asOf":
		return w.at(d.AsOf)
	}
	return false
}

func (w *stateWriter) ofStatus(f *ast.Field, s *model.CreditStatus) bool {
	switch f.Name {
	case "id":
		return w.name(s.ID)
	case "accountId":
		return w.name(s.AccountID)
	case "asOf":
		return w.at(s.AsOf)
	case "revision":
		return w.long(s.Revision)
	case "icon":
		return w.name(string(s.Icon))
	case "zone":
		return w.name(string(s.Zone))
	case "credits":
		return w.object("MeterStatus", f.SelectionSet, func(f *ast.Field) bool { return w.ofMeter(f, &s.Credits) })
	case "runs":
		return w.object("MeterStatus", f.SelectionSet, func(f *ast.Field) bool { return w.ofMeter(f, &s.Runs) })
	case "outlook":
		if s.Outlook == nil {
			return w.null()
		}
		return w.object("HostingOutlook", f.SelectionSet, func(f *ast.Field) bool { return w.ofOutlook(f, s.Outlook) })
	}
	return false
}

func (w *stateWriter) ofMeter(f *ast.Field, m *model.MeterStatus) bool {
	switch f.Name {
	case "id":
		return w.name(m.ID)
	case "meter":
		return w.name(string(m.Meter))
	case "allocation":
		return w.number(m.Allocation)
	case "used":
		return w.number(m.Used)
	case "remaining":
		return w.number(m.Remaining)
	case "usedPercent":
		return w.number(m.UsedPercent)
	case "remainingPercent":
		return w.number(m.RemainingPercent)
	case "reserved":
		return w.number(m.Reserved)
	case "held":
		return w.number(m.Held)
	case "available":
		return w.number(m.Available)
	case "freeExpired":
		return w.truth(m.FreeExpired)
	case "step":
		return w.whole(m.Step)
	case "nextExpiry":
		if m.NextExpiry == nil {
			return w.null()
		}
		return w.object("NextExpiry", f.SelectionSet, func(f *ast.Field) bool { return w.ofExpiry(f, m.NextExpiry) })
	}
	return false
}

func (w *stateWriter) ofExpiry(f *ast.Field, e *model.NextExpiry) bool {
	switch f.Name {
	case "amount":
		return w.number(e.Amount)
	case "at":
		return w.at(e.At)
	}
	return false
}

func (w *stateWriter) ofRefusal(f *ast.Field, r *model.Refusal) bool {
	switch f.Name {
	case "code":
		return w.name(string(r.Code))
	case "meter":
		return w.name(string(r.Meter))
	case "balance":
		return w.number(r.Balance)
	case "limit":
		return w.number(r.Limit)
	case "missing":
		return w.number(r.Missing)
	case "sentence":
		return w.words(r.Sentence)
	}
	return false
}

func (w *stateWriter) ofOutlook(f *ast.Field, o *model.HostingOutlook) bool {
	switch f.Name {
	case "ratePerHour":
		return w.number(o.RatePerHour)
	case "lowAt":
		return w.atOrNull(o.LowAt)
	case "exhaustedAt":
		return w.atOrNull(o.ExhaustedAt)
	case "stopAt":
		return w.atOrNull(o.StopAt)
	}
	return false
}

// The methods below write what the Marshal functions of the scalars write.

// name writes an id, a type or an enum value. None of these contains a character that JSON escapes.
func (w *stateWriter) name(text string) bool {
	w.text = append(append(append(w.text, '"'), text...), '"')
	return true
}

func (w *stateWriter) null() bool {
	w.text = append(w.text, "null"...)
	return true
}

func (w *stateWriter) truth(v bool) bool {
	w.text = strconv.AppendBool(w.text, v)
	return true
}

func (w *stateWriter) at(v time.Time) bool {
	w.text = scalar.AppendDateTime(w.text, v)
	return true
}

func (w *stateWriter) number(v decimal.Decimal) bool {
	w.text = scalar.AppendDecimal(w.text, v)
	return true
}

func (w *stateWriter) optional(v *decimal.Decimal) bool {
	if v == nil {
		return w.null()
	}
	return w.number(*v)
}

func (w *stateWriter) whole(v *int) bool {
	if v == nil {
		return w.null()
	}
	w.text = strconv.AppendInt(w.text, int64(*v), 10)
	return true
}

func (w *stateWriter) atOrNull(v *time.Time) bool {
	if v == nil {
		return w.null()
	}
	return w.at(*v)
}

func (w *stateWriter) long(v int64) bool {
	w.text = scalar.AppendLong(w.text, v)
	return true
}

// words writes text that people wrote or will read.
func (w *stateWriter) words(text string) bool {
	graphql.MarshalString(text).MarshalGQL((*appended)(&w.text))
	return true
}

// appended is a text to which Write appends.
type appended []byte

// Write implements io.Writer.
func (a *appended) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}
