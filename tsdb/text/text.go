// Package text says which names and other texts of people are taken: what is shown to others can be read, and hides nothing.
//
// Check is for texts that only their owner reads, such as a reference; CheckShown and CheckName for what others are shown, where a text may
// be an attack: a role that looks like ADMIN, a name that turns the direction of the sentence around it, one that looks empty. Characters are
// counted as code points, so that a limit is the same in every script and in the browser.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Fault says why a text is not one of least to most characters without control characters, as the end of a sentence about it; "" where it is.
func Fault(s string, least, most int) string {
	n := 0
	for _, r := range s {
		switch n++; {
		case n > most:
			return "is longer"
		// Also where it is written as itself: nobody means it, and it hides that something was lost on the way.
		case r == utf8.RuneError:
			return "holds U+FFFD, which stands for what was no UTF-8"
		case unicode.IsControl(r):
			return fmt.Sprintf("holds the control character U+%04X", r)
		}
	}
	switch {
	case n < least && n == 0:
		return "is empty"
	case n < least:
		return "is shorter"
	}
	return ""
}

// Plain reports whether a text has at most most characters, none of them a control character, and is valid UTF-8.
func Plain(s string, most int) bool { return Fault(s, 0, most) == "" }

// Check demands least to most characters of a text, none of them a control character. What names it in the refusal, such as "a reference".
func Check(field, what, s string, least, most int) error {
	fault := Fault(s, least, most)
	switch {
	case fault == "":
		return nil
	case least == 0:
		return pg.Refuse(pg.Invalid, field, "%s has at most %d characters, none of them a control character: this one %s", what, most, fault)
	}
	return pg.Refuse(pg.Invalid, field, "%s has %d to %d characters, none of them a control character: this one %s", what, least, most, fault)
}

// CheckShown is Check for what others are shown: it may not look empty, hide characters, or turn the direction of the text around it.
func CheckShown(field, what, s string, least, most int) error {
	if err := Check(field, what, s, least, most); err != nil {
		return err
	}
	switch {
	case least > 0 && !Seen(s):
		return pg.Refuse(pg.Invalid, field, "%s can be read: this one shows nothing", what)
	case Hidden(s):
		return pg.Refuse(pg.Invalid, field, "%s can be read: this one holds a character that is invisible or turns the direction of text", what)
	}
	return nil
}

// Cut is at most n bytes of a text, whole characters.
func Cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	// Back to where a character begins: bytes that go on with one begin with 10.
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
	fault := Fault(name, 1, most)
	switch {
	case fault != "":
	case !Seen(name):
		fault = "shows nothing"
	case Hidden(name):
		fault = "holds one that is invisible or turns the direction of text"
	default:
		return nil
	}
	return pg.Refuse(pg.Invalid, field, "a name has 1 to %d characters that people can see: this one %s", most, fault)
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
		// One before and one after each rune are all that is looked at, so that a text of any length is read once and copied never.
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

// unaccented is the letter under an accent, of those that stand in names of built-in roles. A mark of its own is no letter and falls out anyhow.
func unaccented(r rune) rune {
	for letter, accented := range map[rune]string{'A': "ÀÁÂÃÄÅĀĂĄǍȀȂȦẠẢ", 'B': "ḂḄḆƁ", 'D': "ĎĐÐḊḌƊ", 'E': "ÈÉÊËĒĔĖĘĚȄȆȨẸẺẼ", 'F': "ḞƑ", 'I': "ÌÍÎÏĨĪĬĮİǏȈȊỈỊ", 'L': "ĹĻĽĿŁḶ",
		'M': "ḾṀṂ", 'N': "ÑŃŅŇŊǸṄṆ", 'O': "ÒÓÔÕÖØŌŎŐǑȌȎȮỌỎ", 'P': "ṔṖƤ", 'R': "ŔŖŘȐȒṘṚ", 'S': "ŚŜŞŠȘṠṢ", 'T': "ŢŤŦȚṪṬ", 'U': "ÙÚÛÜŨŪŬŮŰŲǓȔȖỤỦ", 'Y': "ÝŸŶȲẎỲỴỶỸ"} {
		if strings.ContainsRune(accented, r) {
			return letter
		}
	}
	return r
}

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
	// Capitals first: lookAlikes and unaccented know capitals alone.
	return lookAlikes.Replace(strings.Map(unaccented, plain))
}
