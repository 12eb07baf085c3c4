package graph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"strings"
	"time"
)

// usageCursor is the cursor of a group: the instant of the first page, the question to which the cursor belongs, and the row's key in its
// order.
type usageCursor struct {
	AsOf     int64    `json:"t"` // microseconds
	Question uint64   `json:"q,string"`
	Key      []string `json:"k"`           // in a kept list, the row's number
	List     string   `json:"l,omitempty"` // the kept list that contains the row
}

// usageCursors are the cursors between which a page lies, and the instant that its question is answered for.
type usageCursors struct {
	after, before []string
	list          string // the kept list that contains them; "": none
	asOf          time.Time
}

// maxCursorAge is how long a list can be paged through. Later pages show the figures of the first page's instant.
const maxCursorAge = 24 * time.Hour

// question distinguishes questions, so that a cursor belongs to its order and its filter (rules.md §9).
func (u *usageAsked) question() uint64 {
	h := fnv.New64a()
	asked := *u
	zones := []string{}
	for _, zone := range []*time.Location{u.TimeZone, zoneOf(u)} {
		if zone != nil {
			zones = append(zones, zone.String())
		}
	}
	asked.TimeZone = nil
	if u.Range != nil {
		in := *u.Range
		in.TimeZone = nil
		asked.Range = &in
	}
	if u.Compare != nil && u.Compare.Range != nil {
		other := *u.Compare.Range
		if other.TimeZone != nil {
			zones = append(zones, "compared", other.TimeZone.String())
		}
		other.TimeZone = nil
		compare := *u.Compare
		compare.Range = &other
		asked.Compare = &compare
	}
	if err := json.NewEncoder(h).Encode([]any{asked, zones}); err != nil {
		panic("graph: a question does not encode: " + err.Error()) // cannot happen with texts, numbers and times
	}
	return h.Sum64()
}

func zoneOf(u *usageAsked) *time.Location {
	if u.Range == nil {
		return nil
	}
	return u.Range.TimeZone
}

// encode returns the cursor in the form of the contract.
func (c usageCursor) encode() string {
	text, err := json.Marshal(c)
	if err != nil {
		panic("graph: a cursor does not encode: " + err.Error()) // cannot happen with texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// cursors reads the cursors of a page. If both are given, they must belong to the same list.
func (u *usageAsked) cursors(ctx context.Context, now time.Time, after, before *string) (p usageCursors, err error) {
	p.asOf = now
	if after, before, err = cursors(ctx, after, before); err != nil {
		return p, err
	}
	for _, c := range []struct {
		given *string
		into  *[]string
	}{{after, &p.after}, {before, &p.before}} {
		if c.given == nil {
			continue
		}
		cursor, ok := readUsageCursor(*c.given)
		asOf := time.UnixMicro(cursor.AsOf).UTC()
		if !ok || cursor.Question != u.question() || asOf.After(now) || asOf.Before(now.Add(-maxCursorAge)) {
			return p, fault(ctx, badPage, "The cursor is not one of this list, or older than a day.")
		}
		if (p.after != nil || p.before != nil) && p.list != cursor.List {
			return p, fault(ctx, badPage, "The cursors are not of one list.")
		}
		p.asOf, p.list, *c.into = asOf, cursor.List, cursor.Key
	}
	return p, nil
}

func readUsageCursor(encoded string) (cursor usageCursor, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || len(text) > maxCursor || json.Unmarshal(text, &cursor) != nil || strings.Contains(strings.Join(cursor.Key, ""), "\x00") {
		return cursor, false
	}
	return cursor, cursor.Key != nil && (cursor.List == "" || len(cursor.Key) == 1)
}
