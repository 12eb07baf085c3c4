package ingest

import (
	"strings"

	"github.com/usagegraph/usagegraph/tsdb"
)

// attribution returns who and what an event was for: user and API key from extension attributes or from its data, tags from its data.
func (a *attributes) attribution(it *item) tsdb.Attribution {
	one := func(attribute, member, name string) string {
		if attribute != "" && member != "" {
			it.refuse(Malformed, name+" is an extension attribute or a member of data, not both")
		}
		return strings.Clone(attribute + member)
	}
	return tsdb.Attribution{User: one(a.user, a.data.user, "user"), APIKey: one(a.apiKey, a.data.apiKey, "apiKey"), Tags: a.data.tags}
}

// carried reads a text that says who or what an event was for.
func (d *data) carried(s *scanner, it *item, bit uint32, into *string) error {
	if !once(&d.seen, bit) {
		it.refuse(Malformed, twice)
	}
	return readText(s, it, "user and apiKey are strings", 2, into)
}

// readTags reads tags: an object whose members are strings. It skips more tags than an event may have, because the event is refused.
func (d *data) readTags(s *scanner, it *item) error {
	if !once(&d.seen, 13) {
		it.refuse(Malformed, twice)
	}
	if null, err := s.isNull(); null {
		return err
	}
	if s.peek() != '{' {
		it.refuse(Malformed, "tags are an object whose members are strings")
		return s.skip(2)
	}
	s.at++
	d.tags = tsdb.Tags{}
	for first := true; ; first = false {
		name, more, err := s.member(first)
		if err != nil || !more {
			return err
		}
		name = strings.Clone(name)
		if s.peek() != '"' {
			it.refuse(Malformed, "tags are an object whose members are strings")
			if err := s.skip(3); err != nil {
				return err
			}
			continue
		}
		value, err := s.string()
		if err != nil {
			return err
		}
		if _, met := d.tags[name]; met {
			it.refuse(tsdb.BadAttribution, "a key of a tag is given twice")
		}
		if len(d.tags) <= tsdb.MaxEventTags {
			d.tags[name] = strings.Clone(value)
		}
	}
}
