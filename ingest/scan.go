package ingest

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep a document may be nested; ours are nested twice.
const maxDepth = 64

// syntaxError says where and why a text is not JSON.
type syntaxError struct {
	at     int // byte, from 0
	reason string
}

func (e *syntaxError) Error() string { return e.reason + " at byte " + strconv.Itoa(e.at+1) }

// scanner reads one JSON text from front to back without building a tree. Values are returned as parts of the text, so that a typical
// document costs no allocation. It accepts exactly what encoding/json accepts, up to maxDepth.
type scanner struct {
	text string
	at   int
}

// withoutMark returns a text without the byte order mark that some editors put at its beginning; RFC 8259 permits ignoring it.
func withoutMark(text string) string { return strings.TrimPrefix(text, "\ufeff") }

func (s *scanner) fail(reason string) error { return &syntaxError{s.at, reason} }

// peek skips white space and returns the next byte; 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// take skips one byte if it comes next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c || s.at == len(s.text) {
		return false
	}
	s.at++
	return true
}

// end checks that only white space follows.
func (s *scanner) end() error {
	if s.peek(); s.at < len(s.text) {
		return s.fail("something follows the document")
	}
	return nil
}

// member moves to the value of the next member of an object whose brace is open. more is false after its closing brace.
func (s *scanner) member(first bool) (name string, more bool, err error) {
	if s.take('}') {
		return "", false, nil
	}
	if !first && !s.take(',') {
		return "", false, s.fail("a comma or the end of the object is missing")
	}
	if s.peek() != '"' {
		return "", false, s.fail("the name of a member is missing")
	}
	if name, err = s.string(); err != nil {
		return "", false, err
	}
	if !s.take(':') {
		return "", false, s.fail("a colon is missing")
	}
	return name, true, nil
}

// element moves to the next element of an array whose bracket is open. more is false after its closing bracket.
func (s *scanner) element(first bool) (more bool, err error) {
	if first {
		return !s.take(']'), nil
	}
	switch {
	case s.take(']'):
		return false, nil
	case s.take(','):
		return true, nil
	}
	return false, s.fail("a comma or the end of the array is missing")
}

// string reads the string that begins here.
func (s *scanner) string() (string, error) {
	if !s.take('"') {
		return "", s.fail("a string is missing")
	}
	start := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[start : s.at-1], nil
		case c == '\\':
			return s.escaped(start)
		case c < 0x20:
			return "", s.fail("a control character stands in a string")
		}
		s.at++
	}
	return "", s.fail("a string does not end")
}

// escaped continues a string at its first backslash.
func (s *scanner) escaped(start int) (string, error) {
	var b strings.Builder
	b.WriteString(s.text[start:s.at])
	for s.at < len(s.text) {
		c := s.text[s.at]
		switch {
		case c == '"':
			s.at++
			return b.String(), nil
		case c < 0x20:
			return "", s.fail("a control character stands in a string")
		case c == '\\':
			if err := s.escape(&b); err != nil {
				return "", err
			}
		default:
			b.WriteByte(c)
			s.at++
		}
	}
	return "", s.fail("a string does not end")
}

// escape reads one escape sequence.
func (s *scanner) escape(b *strings.Builder) error {
	if s.at+1 >= len(s.text) {
		return s.fail("a string does not end")
	}
	const names, values = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	c := s.text[s.at+1]
	if i := strings.IndexByte(names, c); i >= 0 {
		b.WriteByte(values[i])
		s.at += 2
		return nil
	}
	if c != 'u' {
		return s.fail("an escape sequence is unknown")
	}
	r, ok := s.hex()
	if !ok {
		return s.fail("an escape sequence is unknown")
	}
	s.at += 6
	if utf16.IsSurrogate(r) {
		r = s.surrogate(r)
	}
	b.WriteRune(r)
	return nil
}

// surrogate completes a pair; a lone half becomes U+FFFD, as in encoding/json.
func (s *scanner) surrogate(high rune) rune {
	low, ok := s.hex()
	if !ok {
		return utf8.RuneError
	}
	r := utf16.DecodeRune(high, low)
	if r != utf8.RuneError {
		s.at += 6
	}
	return r
}

// hex reads \uXXXX here without skipping it.
func (s *scanner) hex() (rune, bool) {
	if s.at+6 > len(s.text) || s.text[s.at] != '\\' || s.text[s.at+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s.text[s.at+2 : s.at+6]) {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// number reads the number that begins here, as it is written.
func (s *scanner) number() (string, error) {
	s.peek()
	start := s.at
	s.one("-")
	if !s.one("0") && s.digits() == 0 {
		return "", s.fail("a number is missing")
	}
	if s.one(".") && s.digits() == 0 {
		return "", s.fail("a number has no digit after its point")
	}
	if s.one("eE") {
		s.one("+-")
		if s.digits() == 0 {
			return "", s.fail("a number has no exponent")
		}
	}
	return s.text[start:s.at], nil
}

// one skips one byte if it belongs to a set.
func (s *scanner) one(set string) bool {
	if s.at < len(s.text) && strings.IndexByte(set, s.text[s.at]) >= 0 {
		s.at++
		return true
	}
	return false
}

// digits skips digits and counts them.
func (s *scanner) digits() int {
	start := s.at
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at - start
}

// word skips true, false or null.
func (s *scanner) word(w string) error {
	if !strings.HasPrefix(s.text[s.at:], w) {
		return s.fail("a value is missing")
	}
	s.at += len(w)
	return nil
}

// skip skips a value of any type.
func (s *scanner) skip(depth int) error {
	switch s.peek() {
	case '"':
		_, err := s.string()
		return err
	case '{':
		return s.skipObject(depth + 1)
	case '[':
		return s.skipArray(depth + 1)
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		_, err := s.number()
		return err
	}
	return s.fail("a value is missing")
}

func (s *scanner) skipObject(depth int) error {
	if depth > maxDepth {
		return s.fail("the document nests too deep")
	}
	s.at++
	for first := true; ; first = false {
		_, more, err := s.member(first)
		if err != nil || !more {
			return err
		}
		if err := s.skip(depth); err != nil {
			return err
		}
	}
}

func (s *scanner) skipArray(depth int) error {
	if depth > maxDepth {
		return s.fail("the document nests too deep")
	}
	s.at++
	for first := true; ; first = false {
		more, err := s.element(first)
		if err != nil || !more {
			return err
		}
		if err := s.skip(depth); err != nil {
			return err
		}
	}
}

// isNull skips null if it comes next.
func (s *scanner) isNull() (bool, error) {
	if s.peek() != 'n' {
		return false, nil
	}
	return true, s.word("null")
}
