package guard

import "strconv"

// Limits bound a document before anything looks at it closely. Zero fields take the default.
type Limits struct {
	Bytes      int // of the text; default 100 KB
	Tokens     int // comments count too; default 4,000
	Depth      int // of selections, including fragments; default 15
	Nesting    int // of brackets of all kinds; default 30
	Aliases    int // default 60
	Directives int // default 60
	RootFields int // of one operation, including fragments; default 20
	Fragments  int // definitions; default 60
	Operations int // definitions; default 20
	Name       int // bytes of a name; default 100
	Work       int // steps of the overlap check and of the plan; default 40,000
}

func (l Limits) withDefaults() Limits {
	for field, value := range map[*int]int{
		&l.Bytes: 100_000, &l.Tokens: 4_000, &l.Depth: 15, &l.Nesting: 30, &l.Aliases: 60, &l.Directives: 60,
		&l.RootFields: 20, &l.Fragments: 60, &l.Operations: 20, &l.Name: 100, &l.Work: 40_000,
	} {
		if *field <= 0 {
			*field = value
		}
	}
	return l
}

// Counts is what a document contains, as far as the scan went.
type Counts struct {
	Tokens, Depth, Nesting, Aliases, Directives, RootFields, Fragments, Operations, Name int
}

// excess names the limit that the counts exceed, and how much it is, or returns "".
func (l Limits) excess(c *Counts) string {
	switch {
	case c.Tokens > l.Tokens:
		return exceeded("tokens", l.Tokens)
	case c.Depth > l.Depth:
		return exceeded("levels of fields", l.Depth)
	case c.Nesting > l.Nesting:
		return exceeded("brackets within each other", l.Nesting)
	case c.Aliases > l.Aliases:
		return exceeded("aliases", l.Aliases)
	case c.Directives > l.Directives:
		return exceeded("directives", l.Directives)
	case c.RootFields > l.RootFields:
		return exceeded("root fields", l.RootFields)
	case c.Fragments > l.Fragments:
		return exceeded("fragments", l.Fragments)
	case c.Operations > l.Operations:
		return exceeded("operations", l.Operations)
	case c.Name > l.Name:
		return exceeded("characters in a name", l.Name)
	}
	return ""
}

func exceeded(what string, most int) string { return what + ", more than " + strconv.Itoa(most) }

// scanner makes one pass over a document without allocating. It need not understand all of GraphQL: the parser refuses the mistakes that it
// lets pass.
type scanner struct {
	src    string
	pos    int
	counts Counts

	braces, parens, nesting int
	roots                   int  // root selections of the current operation
	fragment                bool // within a fragment definition
	begins                  bool // the next token begins a definition
	prev                    tokenKind
}

type tokenKind byte

const (
	other tokenKind = iota
	spread
	on
	colon
	at
)

// Scan counts what is limited and stops at the first limit exceeded, which it names.
func Scan(src string, limits Limits) (counts Counts, excess string) {
	if len(src) > limits.Bytes {
		return Counts{}, "bytes"
	}
	s := scanner{src: src, begins: true}
	for s.next() {
		if over := limits.excess(&s.counts); over != "" {
			return s.counts, over
		}
	}
	return s.counts, limits.excess(&s.counts)
}

// next reads a token; false at the end.
func (s *scanner) next() bool {
	for s.pos < len(s.src) && ignored(s.src[s.pos]) {
		s.pos++
	}
	if s.pos >= len(s.src) {
		return false
	}
	s.counts.Tokens++
	switch c := s.src[s.pos]; {
	case c == '#':
		s.skipComment()
	case nameStart(c):
		s.name()
	case c == '"':
		s.skipString()
	case c == '-' || c >= '0' && c <= '9':
		s.skipNumber()
		s.prev = other
	default:
		s.punctuation(c)
	}
	return true
}

func ignored(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == ',' || c == 0xEF || c == 0xBB || c == 0xBF
}

func nameStart(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }

func (s *scanner) selecting() bool { return s.braces > 0 && s.parens == 0 }

func (s *scanner) name() {
	start := s.pos
	for s.pos < len(s.src) && (nameStart(s.src[s.pos]) || s.src[s.pos] >= '0' && s.src[s.pos] <= '9') {
		s.pos++
	}
	name := s.src[start:s.pos]
	s.counts.Name = max(s.counts.Name, len(name))
	if s.begins {
		s.begins = false
		s.definition(name == "fragment")
	}
	prev := s.prev
	s.prev = other
	if prev == spread && name == "on" {
		s.prev = on
		return
	}
	if s.selecting() && prev == other {
		s.root()
	}
}

// root counts a selection directly in an operation.
func (s *scanner) root() {
	if s.braces == 1 && !s.fragment {
		s.roots++
		s.counts.RootFields = max(s.counts.RootFields, s.roots)
	}
}

func (s *scanner) definition(fragment bool) {
	s.fragment, s.roots = fragment, 0
	if fragment {
		s.counts.Fragments++
	} else {
		s.counts.Operations++
	}
}

func (s *scanner) punctuation(c byte) {
	s.pos++
	s.prev = other
	switch c {
	case '{':
		s.open()
		if s.begins { // the short form of a query
			s.begins = false
			s.definition(false)
		}
		if s.parens == 0 {
			s.braces++
			s.counts.Depth = max(s.counts.Depth, s.braces)
		}
	case '(', '[':
		s.open()
		if c == '(' {
			s.parens++
		}
	case '}', ')', ']':
		s.close(c)
	case '@':
		s.prev = at
		s.counts.Directives++
	case ':':
		s.prev = colon
		if s.selecting() {
			s.counts.Aliases++
		}
	case '.':
		for s.pos < len(s.src) && s.src[s.pos] == '.' {
			s.pos++
		}
		s.prev = spread
		if s.selecting() {
			s.root()
		}
	}
}

func (s *scanner) open() {
	s.nesting++
	s.counts.Nesting = max(s.counts.Nesting, s.nesting)
}

func (s *scanner) close(c byte) {
	s.nesting = max(0, s.nesting-1)
	switch {
	case c == ')':
		s.parens = max(0, s.parens-1)
	case c == '}' && s.parens == 0:
		s.braces = max(0, s.braces-1)
		s.begins = s.begins || s.braces == 0
	}
}

func (s *scanner) skipComment() {
	for s.pos < len(s.src) && s.src[s.pos] != '\n' && s.src[s.pos] != '\r' {
		s.pos++
	}
}

func (s *scanner) skipNumber() {
	for s.pos++; s.pos < len(s.src); s.pos++ {
		if c := s.src[s.pos]; (c < '0' || c > '9') && c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-' {
			return
		}
	}
}

func (s *scanner) skipString() {
	s.prev = other
	if len(s.src)-s.pos >= 3 && s.src[s.pos:s.pos+3] == `"""` {
		s.skipBlock()
		return
	}
	for s.pos++; s.pos < len(s.src); s.pos++ {
		switch s.src[s.pos] {
		case '\\':
			s.pos++
		case '"', '\n', '\r':
			s.pos++
			return
		}
	}
}

func (s *scanner) skipBlock() {
	for s.pos += 3; s.pos < len(s.src); s.pos++ {
		rest := s.src[s.pos:]
		switch {
		case len(rest) >= 4 && rest[:4] == `\"""`:
			s.pos += 3
		case len(rest) >= 3 && rest[:3] == `"""`:
			s.pos += 3
			return
		}
	}
}
