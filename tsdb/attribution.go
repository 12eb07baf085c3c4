package tsdb

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Attribution says who and what an event was for. It is part of the event's content: the same event with another
// attribution is a conflict, since a chart of last month must not change without a visible correction.
type Attribution struct {
	User   string // the platform's id of the user; "": not said
	APIKey string // a name of the key, never the key itself; "": not said
	Tags   Tags   // nil: none
}

// Bounds of an event's attribution.
const (
	MaxUserLen   = 256 // characters of user and apiKey
	MaxEventTags = 10
	MaxTagKeys   = 100 // keys of tags that an account's charts tell apart
)

// BadAttribution is the code of an event whose user, API key or tags are out of bounds.
const BadAttribution UsageCode = "BAD_ATTRIBUTION"

// IsZero reports whether the attribution says nothing.
func (a *Attribution) IsZero() bool { return a.User == "" && a.APIKey == "" && len(a.Tags) == 0 }

// equals reports whether two attributions say the same.
func (a *Attribution) equals(b *Attribution) bool {
	return a.User == b.User && a.APIKey == b.APIKey && maps.Equal(a.Tags, b.Tags)
}

// fault says why the attribution is refused, or "" if it is sound.
func (a *Attribution) fault() string {
	for _, part := range []struct{ name, value string }{{"user", a.User}, {"apiKey", a.APIKey}} {
		if fault := text.Fault(part.value, 0, MaxUserLen); fault != "" {
			return part.name + " has at most 256 characters, none of them a control character: this one " + fault
		}
	}
	if len(a.Tags) > MaxEventTags {
		return "an event has at most 10 tags"
	}
	// In order, so that of several faults the same one is reported each time.
	for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
		if key == "" {
			return "a key of a tag is empty, or given twice"
		}
		if fault := text.Fault(key, 1, maxTagKey); fault != "" {
			return "a tag's key has 1 to 64 characters, none of them a control character: one " + fault
		}
		if fault := text.Fault(a.Tags[key], 0, maxTagValue); fault != "" {
			return "a tag's value has at most 256 characters, none of them a control character: that of " + key + " " + fault
		}
	}
	return ""
}

// document returns the tags as their column holds them, or "" if there are none.
func (t Tags) document() string {
	if len(t) == 0 {
		return ""
	}
	// Keys come out sorted, so that equal tags give the same text.
	text, err := json.Marshal(t)
	if err != nil {
		panic("tsdb: tags do not encode: " + err.Error()) // texts always encode
	}
	return string(text)
}

// Keys of the dictionary. The key of a tag is tagPrefix and the tag's own key.
const (
	userKey   = "user"
	apiKeyKey = "apiKey"
	tagPrefix = "tag:"
	anyTag    = "tags" // tags whose keys are not told apart
	anything  = "*"    // everything in a combination that is not told apart
)

// pair is an entry of the dictionary.
type pair struct{ key, value string }

// pairs returns what an attribution says, in the order of its keys.
func (a *Attribution) pairs() []pair {
	out := make([]pair, 0, 2+len(a.Tags))
	if a.User != "" {
		out = append(out, pair{userKey, a.User})
	}
	if a.APIKey != "" {
		out = append(out, pair{apiKeyKey, a.APIKey})
	}
	for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
		out = append(out, pair{tagPrefix + key, a.Tags[key]})
	}
	return out
}

// charted is the part of an attribution that charts tell apart, and the keys whose values they do not.
type charted struct {
	Attribution
	beyond []string
}

// Digest names the attribution in ids that are made from an event's content; it is "" if the attribution says nothing.
func (a *Attribution) Digest() string {
	if a.IsZero() {
		return ""
	}
	c := (&charted{Attribution: *a}).content()
	return hex.EncodeToString(c[:])
}

// content is the digest by which a combination is found. It has 128 bits, because two combinations of an account with
// the same digest would be charted as one.
type content [16]byte

func (c *charted) content() content {
	h := sha256.New()
	// Each text has its length before it, so that no two lists of texts give the same bytes.
	write := func(text string) {
		var size [4]byte
		binary.BigEndian.PutUint32(size[:], uint32(len(text)))
		h.Write(size[:])
		h.Write([]byte(text))
	}
	for _, p := range c.pairs() {
		write(p.key)
		write(p.value)
	}
	// Each of these keys is written as three texts, the last one empty. No pair has the first text as its key, so these
	// keys are not taken for pairs.
	for _, key := range c.beyond {
		write("beyond")
		write(key)
		write("")
	}
	return content(h.Sum(nil)[:16])
}
