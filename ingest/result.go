package ingest

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// answers writes results as JSON and counts them.
type answers struct {
	buf                                    []byte
	stored, duplicate, conflicted, refused int
	voided                                 int       // now or before
	lastPosted                             time.Time // a batch has few different times, so the text of the last one is kept
	lastText                               []byte
}

// add writes the result of an event. place names its position: "index" in a batch, from 0, or "line" in a stream, from 1.
func (a *answers) add(place string, n int, id string, r *tsdb.UsageResult) {
	a.count(r.Status)
	b := append(a.buf, `{"`...)
	b = append(append(append(b, place...), `":`...), strconv.Itoa(n)...)
	if id != "" && len(id) <= 4*tsdb.MaxIDLen {
		b = appendText(append(b, `,"id":`...), id)
	}
	b = append(append(append(b, `,"status":"`...), statusName(r.Status)...), '"')
	switch r.Status {
	case tsdb.Stored, tsdb.Duplicate:
		b = a.appendCharge(b, r, `","charge":"`, `","postedAt":"`)
	case voidedNow, voidedBefore:
		b = a.appendCharge(b, r, `","refund":"`, `","voidedAt":"`)
	default:
		b = appendReason(b, r)
	}
	a.buf = append(b, '}')
}

func (a *answers) count(s tsdb.UsageStatus) {
	switch s {
	case tsdb.Stored:
		a.stored++
	case tsdb.Duplicate:
		a.duplicate++
	case tsdb.UsageConflict:
		a.conflicted++
	case tsdb.TakenBack, voidedNow, voidedBefore:
		a.voided++
	default:
		a.refused++
	}
}

// appendCounts writes how many events had each status, as members of an open object.
func (a *answers) appendCounts(b []byte) []byte {
	b = strconv.AppendInt(append(b, `"stored":`...), int64(a.stored), 10)
	b = strconv.AppendInt(append(b, `,"duplicates":`...), int64(a.duplicate), 10)
	b = strconv.AppendInt(append(b, `,"conflicts":`...), int64(a.conflicted), 10)
	if a.voided > 0 {
		b = strconv.AppendInt(append(b, `,"voided":`...), int64(a.voided), 10)
	}
	return strconv.AppendInt(append(b, `,"refused":`...), int64(a.refused), 10)
}

// appendCharge writes what was charged or refunded, and when, under the given names.
func (a *answers) appendCharge(b []byte, r *tsdb.UsageResult, amount, at string) []byte {
	b = append(append(append(b, `,"meter":"`...), r.Meter...), amount...)
	b = append(appendAmount(b, r.Meter, r.Charge), at...)
	if !r.PostedAt.Equal(a.lastPosted) || a.lastText == nil {
		a.lastPosted = r.PostedAt
		a.lastText = r.PostedAt.UTC().AppendFormat(a.lastText[:0], time.RFC3339)
	}
	b = append(append(b, a.lastText...), '"')
	if r.History {
		b = append(b, `,"history":true`...)
	}
	return b
}

func appendReason(b []byte, r *tsdb.UsageResult) []byte {
	if r.Code != "" {
		b = append(append(append(b, `,"code":"`...), r.Code...), '"')
	}
	b = appendText(append(b, `,"message":`...), r.Message)
	if d := r.Decision; d != nil {
		b = append(append(append(b, `,"refusal":{"meter":"`...), d.Meter...), `","balance":"`...)
		b = append(appendAmount(b, d.Meter, d.Balance), `","limit":"`...)
		b = append(appendAmount(b, d.Meter, d.Limit), `","missing":"`...)
		b = append(appendAmount(b, d.Meter, d.Missing), `"}`...)
	}
	return b
}

// appendAmount prints an amount like Meter.Format, in the meter's display unit without trailing zeros.
func appendAmount(b []byte, m billing.Meter, amount billing.Amount) []byte {
	if m != billing.ModelCredits {
		return strconv.AppendInt(b, int64(amount), 10)
	}
	micros := uint64(amount)
	if amount < 0 {
		b, micros = append(b, '-'), -micros
	}
	const unit = uint64(billing.MicroPerCredit)
	b = strconv.AppendUint(b, micros/unit, 10)
	fraction := micros % unit
	if fraction == 0 {
		return b
	}
	b = append(b, '.')
	for digit := unit / 10; fraction > 0; digit /= 10 {
		b = append(b, byte('0'+fraction/digit))
		fraction %= digit
	}
	return b
}

// appendText writes a JSON string.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(text) // a string can always be encoded
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}
