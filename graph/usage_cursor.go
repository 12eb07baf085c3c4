package graph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"strings"
	"time"
)

// usagePlace is the place of a group: the instant of the first page, the question to which the place belongs, and the row's key in its
// order.
type usagePlace struct {
	AsOf     int64    `json:"t"` // microseconds
	Question uint64   `json:"q,string"`
	Key      []string `json:"k"`           // in a kept list, the row's number
	List     string   `json:"l,omitempty"` // the kept list that contains the row
}

// usagePlaces are the places between which a page lies, and the instant that its question is answered for.
type usagePlaces struct {
	after, before []string
	list          string // the kept list that contains them; "": none
	asOf          time.Time
}

// maxPlaceAge is how long a list can be paged through. Later pages show the figures of the first page's instant.
const maxPlaceAge = 24 * time.Hour

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

// cursor returns the place in the contract's form.
func (p usagePlace) cursor() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic("graph: a place does not encode: " + err.Error()) // cannot happen with texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// places reads the cursors of a page. If both are given, they must belong to the same list.
func (u *usageAsked) places(ctx context.Context, now time.Time, after, before *string) (p usagePlaces, err error) {
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
		place, ok := readPlace(*c.given)
		asOf := time.UnixMicro(place.AsOf).UTC()
		if !ok || place.Question != u.question() || asOf.After(now) || asOf.Before(now.Add(-maxPlaceAge)) {
			return p, fault(ctx, badPage, "The cursor is not one of this list, or older than a day.")
		}
		if (p.after != nil || p.before != nil) && p.list != place.List {
			return p, fault(ctx, badPage, "The cursors are not of one list.")
		}
		p.asOf, p.list, *c.into = asOf, place.List, place.Key
	}
	return p, nil
}

func readPlace(cursor string) (place usagePlace, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(text) > maxCursor || json.Unmarshal(text, &place) != nil || strings.Contains(strings.Join(place.Key, ""), "\x00") {
		return place, false
	}
	return place, place.Key != nil && (place.List == "" || len(place.Key) == 1)
}
