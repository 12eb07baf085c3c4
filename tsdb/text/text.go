// Package text decides which names and other texts written by people are accepted: what others are shown must be
// readable and hide nothing.
//
// Check is for texts that only their owner reads, such as a reference. CheckShown and CheckName are for texts that
// others are shown, where a text may be an attack: a role that looks like ADMIN, a name that turns the direction of the
// sentence around it, one that looks empty. Characters are counted as code points, so that a limit is the same in every
// script and in the browser.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Fault says why a text does not have least to most characters without control characters, as the end of a sentence
// about it; "" means that it does.
func Fault(s string, least, most int) string {
	n := 0
	for _, r := range s {
		switch n++; {
		case n > most:
			return "is longer"
		// Also if U+FFFD itself was written: nobody means it, and it hides that something was lost on the way.
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

// Plain reports whether a text is valid UTF-8 of at most most characters, none of them a control character.
func Plain(s string, most int) bool { return Fault(s, 0, most) == "" }

// Check refuses a text unless it has least to most characters, none of them a control character. what names the text in
// the refusal, such as "a reference".
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

// CheckShown is like Check, for a text that others are shown: unless it is empty, it may not look empty, hide
// characters, or turn the direction of the text around it.
func CheckShown(field, what, s string, least, most int) error {
	if err := Check(field, what, s, least, most); err != nil {
		return err
	}
	switch {
	case s != "" && !Seen(s):
		return pg.Refuse(pg.Invalid, field, "%s can be read: this one shows nothing", what)
	case Hidden(s):
		return pg.Refuse(pg.Invalid, field, "%s can be read: this one holds a character that is invisible or turns the direction of text", what)
	}
	return nil
}

// Cut returns at most n bytes of a text, in whole characters.
func Cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	// Go back to where a character begins: its further bytes begin with the bits 10.
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n]
}

// CheckName refuses a name unless it has 1 to 200 characters that people can read.
func CheckName(field, name string) error { return CheckNameOf(field, name, 200) }

// CheckNameOf is the check for all names, whatever they name. They are shown to others, so none may look empty, hide
// characters, or turn the direction of the text around it.
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

// Hidden reports whether a text has characters that a reader cannot see: controls, format characters, fillers, line
// separators and variation selectors. Joiners and selectors, which some scripts and pictures need, are accepted where
// they join or vary something.
func Hidden(text string) bool {
	before := rune(' ')
	for at := 0; at < len(text); {
		// Only the runes before and after each rune are looked at, so that a text of any length is read once and never
		// copied.
		r, size := utf8.DecodeRuneInString(text[at:])
		at += size
		after, _ := utf8.DecodeRuneInString(text[at:])
		switch {
		case (r == '\u200c' || r == '\u200d') && joins(before) && joins(after):
		case unicode.Is(unicode.Variation_Selector, r):
			if !varies(before, r, after) {
				return true
			}
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point), filler(r):
			return true
		}
		before = r
	}
	return false
}

// filler reports whether a rune counts as a letter, mark or symbol but is blank: the fillers of Hangul and Khmer, the
// blank of Braille, the grapheme joiner.
func filler(r rune) bool {
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || r == '\u2800'
}

// joins reports whether a rune may stand beside a joiner: a picture, a variation selector, or a rune of a script that
// uses joiners.
func joins(r rune) bool {
	return r != utf8.RuneError && unicode.In(r, unicode.So, unicode.Sk, unicode.Arabic, unicode.Syriac, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati,
		unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar) || r == '\ufe0f'
}

// varies reports whether a variation selector between two runes may change how the first one looks: a picture, a key cap
// (1, selector, U+20E3), an ideograph, a sign of mathematics, or a letter of the scripts that have variants. After any
// other rune it changes nothing and only makes equal names differ.
func varies(before, selector, after rune) bool {
	switch {
	case selector >= '\u180b' && selector <= '\u180f':
		return unicode.Is(unicode.Mongolian, before)
	case selector == '\ufe0e' || selector == '\ufe0f':
		return after == '\u20e3' || before > unicode.MaxLatin1 && (unicode.IsSymbol(before) || unicode.IsPunct(before)) || before == '©' || before == '®' || before == 'ℹ'
	}
	return unicode.In(before, unicode.Han, unicode.Sm, unicode.Myanmar, unicode.Phags_Pa, unicode.Manichaean)
}

// lookAlikes are the letters of other scripts, and small capitals, that look like those of the built-in roles.
var lookAlikes = strings.NewReplacer("А", "A", "Α", "A", "В", "B", "Β", "B", "Е", "E", "Ε", "E", "І", "I", "Ι", "I", "М", "M", "Μ", "M", "Ν", "N", "О", "O", "Ο", "O",
	"Р", "P", "Ρ", "P", "Ѕ", "S", "Т", "T", "Τ", "T", "Υ", "Y", "У", "Y", "0", "O", "5", "S", "8", "B", "1", "I", "L", "I", "ʟ", "I",
	"Ꭺ", "A", "Ᏼ", "B", "Ꭰ", "D", "Ꭼ", "E", "Ꮮ", "I", "Ꮇ", "M", "Ꮲ", "P", "Ꭱ", "R", "Ꮪ", "S", "Ꭲ", "T", "Ꮖ", "I",
	"ꓮ", "A", "ꓐ", "B", "ꓓ", "D", "ꓰ", "E", "ꓝ", "F", "ꓲ", "I", "ꓡ", "I", "ꓟ", "M", "ꓠ", "N", "ꓳ", "O", "ꓑ", "P", "ꓣ", "R", "ꓢ", "S", "ꓔ", "T", "ꓴ", "U", "ꓬ", "Y",
	"Ⲁ", "A", "Ⲃ", "B", "Ⲉ", "E", "Ⲓ", "I", "Ⲙ", "M", "Ⲛ", "N", "Ⲟ", "O", "Ⲣ", "P", "Ⲧ", "T", "Ⲩ", "Y", "Տ", "S", "Օ", "O", "Ս", "U", "Լ", "I",
	"ᴀ", "A", "ʙ", "B", "ᴅ", "D", "ᴇ", "E", "ꜰ", "F", "Ɪ", "I", "ᴍ", "M", "ɴ", "N", "ᴏ", "O", "ᴘ", "P", "Ʀ", "R", "ꜱ", "S", "ᴛ", "T", "ᴜ", "U", "ʏ", "Y") // it is made once and never changed

// unaccented returns the letter under an accent, for the letters in names of built-in roles. A combining mark is not a
// letter, so Skeleton drops it anyhow.
func unaccented(r rune) rune {
	for letter, accented := range map[rune]string{'A': "ÀÁÂÃÄÅĀĂĄǍȀȂȦẠẢ", 'B': "ḂḄḆƁ", 'D': "ĎĐÐḊḌƊ", 'E': "ÈÉÊËĒĔĖĘĚȄȆȨẸẺẼ", 'F': "ḞƑ", 'I': "ÌÍÎÏĨĪĬĮİǏȈȊỈỊ", 'L': "ĹĻĽĿŁḶ",
		'M': "ḾṀṂ", 'N': "ÑŃŅŇŊǸṄṆ", 'O': "ÒÓÔÕÖØŌŎŐǑȌȎȮỌỎ", 'P': "ṔṖƤ", 'R': "ŔŖŘȐȒṘṚ", 'S': "ŚŜŞŠȘṠṢ", 'T': "ŢŤŦȚṪṬ", 'U': "ÙÚÛÜŨŪŬŮŰŲǓȔȖỤỦ", 'Y': "ÝŸŶȲẎỲỴỶỸ"} {
		if strings.ContainsRune(accented, r) {
			return letter
		}
	}
	return r
}

// Skeleton returns what a name looks like at a glance: its letters and digits as capitals, without what stands between
// them. Letters of another width or style (bold, script, in circles) are the letter that they are a form of.
func Skeleton(name string) string {
	plain := strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, norm.NFKD.String(name))
	// Capitals first, since lookAlikes and unaccented know only capitals.
	return lookAlikes.Replace(strings.Map(unaccented, plain))
}
