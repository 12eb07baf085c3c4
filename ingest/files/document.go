package files

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// document yields the objects of one or several JSON documents, one after the other: the elements of an array, or of the arrays in members
// with given names, such as the results within each element of data. An object's members take precedence over those of the objects around
// it.
type document struct {
	in     *json.Decoder
	bound  *bounded
	within []string // names of the members that contain the records, from outside in
	plain  bool     // objects at the top level are records
	held   bool     // the object at the top level, which is a page, did contain records
	open   bool     // an array at the top level is open
	below  []string // names of the members that contain the records within its elements
	pages  pages    // what a page said about following pages
	number int
	left   []*record // of the element read last
}

func openDocument(text *bufio.Reader, within []string) *document {
	d := &document{bound: &bounded{in: text}, within: within}
	first, _ := text.Peek(512)
	d.plain = firstByte(first) == '{' && len(within) == 0
	d.in = json.NewDecoder(d.bound)
	d.in.UseNumber()
	return d
}

// firstByte returns the first byte that is not a blank; 0 if there is none.
func firstByte(text []byte) byte {
	for _, c := range text {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}

func (d *document) next() (*record, error) {
	for len(d.left) == 0 {
		d.bound.next()
		if err := d.advance(); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, ErrLong) {
				return nil, err
			}
			return nil, fmt.Errorf("after record %d: %w", d.number, err)
		}
	}
	r := d.left[0]
	d.left = d.left[1:]
	d.number++
	r.place = d.number
	return r, nil
}

// advance reads the next element of the open array, or opens one.
func (d *document) advance() error {
	switch {
	case d.plain, d.open && d.in.More():
		var element json.RawMessage
		if err := d.in.Decode(&element); err != nil {
			if d.open {
				err = unended(err)
			}
			return err
		}
		return d.add(element, nil, d.below)
	case d.open:
		d.open = false
		_, err := d.in.Token() // the bracket
		return unended(err)
	}
	return d.enter()
}

// enter goes into the next value at the top level: an array, or an object that contains the array in a member. Other members of that object
// describe the page and not a record.
func (d *document) enter() error {
	token, err := d.in.Token()
	if err != nil {
		return err
	}
	switch name, isName := token.(string); {
	case token == json.Delim('['):
		d.open, d.below = true, d.within
	case token == json.Delim('{') && len(d.within) > 0:
		d.held, d.pages = false, pages{} // the last page of a file decides
	case token == json.Delim('}'):
		if !d.held {
			return fmt.Errorf("the document has no member %s", d.within[0])
		}
	case isName:
		return d.member(name)
	default:
		return errors.New("an object or an array is missing")
	}
	return nil
}

// member goes into or skips a member of the object at the top level.
func (d *document) member(name string) error {
	if name == d.within[0] {
		token, err := d.in.Token()
		if err != nil || token != json.Delim('[') {
			return errors.Join(fmt.Errorf("%s is not an array", name), unended(err))
		}
		d.open, d.held, d.below = true, true, d.within[1:]
		return nil
	}
	var passed json.RawMessage
	err := d.in.Decode(&passed)
	if err == nil {
		d.pages.note(name, passed)
	}
	return unended(err)
}

// pages is what a page says about following pages: that there are more, which is next, or its own number and the number of all pages.
type pages struct {
	more      bool
	this, all int64
}

// note reads a member of a page, under the names that various makers use. What describes the list may be in an object of its own.
func (p *pages) note(name string, value json.RawMessage) {
	switch fold(name) {
	case "hasmore", "next", "nextpage", "nextcursor", "nextpagetoken":
		said := string(value)
		p.more = p.more || said != "null" && said != "false" && said != `""`
	case "page", "currentpage":
		p.this, _ = strconv.ParseInt(string(value), 10, 64)
	case "totalpages":
		p.all, _ = strconv.ParseInt(string(value), 10, 64)
	case "meta", "pagination", "links":
		var members map[string]json.RawMessage
		if json.Unmarshal(value, &members) == nil {
			for of, inner := range members {
				p.note(of, inner)
			}
		}
	}
}

// follow reports whether other pages follow.
func (p *pages) follow() bool { return p.more || p.this > 0 && p.this < p.all }

// unended returns the error for a document that breaks off.
func unended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// add adds the records in an element: the element itself, or the records in one of its members.
func (d *document) add(element json.RawMessage, around *record, within []string) error {
	for i, name := range within {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(element, &members); err != nil {
			return fmt.Errorf("an object is missing: %w", err)
		}
		if held := members[name]; len(held) > 0 && held[0] == '[' {
			return d.addHeld(members, name, within[i+1:])
		}
	}
	r, err := object(element)
	if err != nil {
		return err
	}
	if around != nil {
		for i, name := range around.names {
			if !r.has(fold(name)) {
				r.set(name, around.values[i])
			}
		}
	}
	d.left = append(d.left, r)
	return nil
}

// addHeld adds the records in a member of an object.
func (d *document) addHeld(members map[string]json.RawMessage, name string, within []string) error {
	var elements []json.RawMessage
	if err := json.Unmarshal(members[name], &elements); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	outer := &record{at: map[string]int{}}
	for of, value := range members {
		if of != name {
			if err := outer.addValue(of, value, 0); err != nil {
				return err
			}
		}
	}
	for i := range elements {
		if err := d.add(elements[i], outer, within); err != nil {
			return err
		}
	}
	return nil
}
