// Package text says which names and other texts of people are taken: what is shown to others can be read, and hides nothing.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Plain reports whether a text has at most most characters, none of them a control character, and is valid UTF-8.
func Plain(s string, most int) bool {
	n := 0
	for _, r := range s {
		if n++; n > most || r < 0x20 || r == 0x7f || r == utf8.RuneError {
			return false
		}
	}
	return true
}

// Cut is at most n bytes of a text, whole characters.
func Cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n]
}

// CheckName demands a name of 1 to 200 characters that people can read.
func CheckName(field, name string) error { return CheckNameOf(field, name, 200) }

// CheckNameOf is the one reader of names, whatever they name: they are shown to others, so none may look empty, hide characters,
// or turn the direction of the text around it.
func CheckNameOf(field, name string, most int) error {
	if !Plain(name, most) || !Seen(name) || Hidden(name) {
		return pg.Refuse(pg.Invalid, field, "a name has 1 to %d characters, one of them visible at least, and none that is a control character, invisible, or turns the direction of text", most)
	}
	return nil
}

// Seen reports whether a text shows anything.
func Seen(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.Is(unicode.M, r) && !unicode.Is(unicode.Cf, r)
	})
}

// Hidden reports whether a text holds what a reader cannot see: controls, format characters, fillers and line separators. The joiners
// that scripts and pictures of several parts need are taken where they join something.
func Hidden(text string) bool {
	before := rune(' ')
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		at += size
		after, _ := utf8.DecodeRuneInString(text[at:])
		switch {
		case (r == '\u200c' || r == '\u200d') && joins(before) && joins(after):
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point), filler(r):
			return true
		}
		before = r
	}
	return false
}

// filler reports whether a rune counts as a letter, mark or symbol and is empty: those of Hangul and Khmer, Braille's, the grapheme joiner.
func filler(r rune) bool {
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || r == '\u2800'
}

// joins reports whether a rune may stand beside a joiner: a picture, what varies one, or a rune of the scripts that use joiners.
func joins(r rune) bool {
	return r != utf8.RuneError && unicode.In(r, unicode.So, unicode.Sk, unicode.Arabic, unicode.Syriac, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati,
		unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar) || r == '\ufe0f'
}

// lookAlikes are the letters of other scripts that look like those of the built-in roles.
var lookAlikes = strings.NewReplacer("А", "A", "Α", "A", "В", "B", "Β", "B", "Е", "E", "Ε", "E", "І", "I", "Ι", "I", "М", "M", "Μ", "M", "Ν", "N", "О", "O", "Ο", "O",
	"Р", "P", "Ρ", "P", "Ѕ", "S", "Т", "T", "Τ", "T", "Υ", "Y", "У", "Y", "0", "O", "1", "I") // it is made once and never changed

// Skeleton is what a name looks like at a glance: its letters and digits as capitals, without what stands between them.
func Skeleton(name string) string {
	plain := strings.Map(func(r rune) rune {
		if '！' <= r && r <= '～' { // full width
			r -= '！' - '!'
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, name)
	return lookAlikes.Replace(plain)
}
