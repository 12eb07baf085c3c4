package text

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text/texttest"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for _, name := range texttest.GoodNames() {
		if err := CheckName("name", name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range texttest.BadNames() {
		if err := CheckName("name", name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		most int
		want bool
	}{
		{"", 0, true}, {"a", 0, false}, {"äöü", 3, true}, {"äöü", 2, false}, {"👩‍💻", 3, true}, {"a b", 3, true},
		{"a\tb", 9, false}, {"a\x7f", 9, false}, {"\x1f", 9, false}, {" ", 1, true}, {"\xff", 9, false}, {"a\xc3", 9, false}, {"\ufffd", 9, false},
	} {
		if got := Plain(c.text, c.most); got != c.want {
			t.Errorf("%q of at most %d: %v", c.text, c.most, got)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"aä", 2, "a"}, {"aä", 3, "aä"}, {"東京", 5, "東"}, {"東", 2, ""}, {"👩", 3, ""},
	} {
		if got := Cut(c.text, c.n); got != c.want {
			t.Errorf("%q cut to %d: %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

// Cut returns a valid beginning of the text within its bytes, whatever the text.
func FuzzCut(f *testing.F) {
	f.Add("aä東👩", 4)
	f.Fuzz(func(t *testing.T, text string, n int) {
		if n < 0 || n > 1<<16 || !utf8.ValidString(text) {
			return
		}
		got := Cut(text, n)
		if len(got) > n || !strings.HasPrefix(text, got) || !utf8.ValidString(got) {
			t.Errorf("%q cut to %d: %q", text, n, got)
		}
		if len(text) <= n && got != text {
			t.Errorf("%q of %d bytes fits in %d", text, len(text), n)
		}
	})
}

func TestNamesHaveALength(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{0: false, 1: true, 60: true, 61: false} {
		if err := CheckNameOf("name", strings.Repeat("ü", n), 60); (err == nil) != ok {
			t.Errorf("%d characters: %v", n, err)
		}
	}
	var refused *pg.Error
	if err := CheckNameOf("title", "", 60); !errors.As(err, &refused) || refused.Code != pg.Invalid || refused.Field != "title" || !strings.Contains(refused.Message, "60") {
		t.Errorf("%+v", refused)
	}
	if CheckName("name", strings.Repeat("a", 200)) != nil || CheckName("name", strings.Repeat("a", 201)) == nil {
		t.Error("a name has up to 200 characters")
	}
}

// Every accepted name can be seen, and no name that hides something is accepted; joiners are accepted where they join.
func TestWhatCanBeSeen(t *testing.T) {
	t.Parallel()
	for _, name := range texttest.GoodNames() {
		if !Seen(name) || Hidden(name) {
			t.Errorf("%q: seen %v, hidden %v", name, Seen(name), Hidden(name))
		}
	}
	for text, hidden := range map[string]bool{
		"": false, "a": false, " ": false, "a\u200b": true, "\u200d": true, "👩\u200d💻": false, "a\u200db": true, "ک\u200cا": false, "\u2028": true, "\u2800": true, "\u3164": true, "\u00ad": true,
	} {
		if Hidden(text) != hidden {
			t.Errorf("%q hides something: %v", text, !hidden)
		}
	}
	for text, seen := range map[string]bool{"": false, " ": false, "\u3000": false, "\u0301": false, "\u200e": false, "a\u0301": true, ".": true, "👩": true} {
		if Seen(text) != seen {
			t.Errorf("%q is seen: %v", text, !seen)
		}
	}
}

func TestSkeleton(t *testing.T) {
	t.Parallel()
	for _, alike := range [][]string{
		{"ADMIN", "admin", " a-d_m.i n ", "ＡＤＭＩＮ", "АDMIN", "ADM1N", "𝐀𝐃𝐌𝐈𝐍", "𝒜𝒹𝓂𝒾𝓃", "ⒶⒹⓂⒾⓃ", "ᴀᴅᴍɪɴ", "ᵃᵈᵐⁱⁿ", "ADMⅠN", "Ádmín", "adm𝟏n", "ADMlN", "ꓮꓓꓟꓲꓠ", "ᎪᎠᎷIN", "ꭺꭰmin", "ⲀDMⲓN"},
		{"SUPPORT", "supp0rt", "ЅUPPORT", "Support!", "5upport", "ՏUPPORT"}, {"PLATFORM", "P1atform", "PIatform", "PꓡATFORM"}, {"MEMBER", "MEM8ER"},
		{"Ä", "ä"},
	} {
		for _, name := range alike[1:] {
			if Skeleton(name) != Skeleton(alike[0]) {
				t.Errorf("%q looks like %q, %q like %q", name, Skeleton(name), alike[0], Skeleton(alike[0]))
			}
		}
	}
	if Skeleton("Billing") == Skeleton("Bulling") {
		t.Error("names that do not look alike")
	}
}

// A refusal names the field and says what the text lacks or has too much of; texts that others are shown must also be
// readable.
func TestChecksSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text         string
		least, most  int
		plain, shown string // what the refusal says; "": it is taken
	}{
		{"order 1", 1, 20, "", ""}, {"", 0, 20, "", ""}, {" ", 0, 20, "", "this one shows nothing"},
		{"", 1, 20, "1 to 20 characters, none of them a control character: this one is empty", "is empty"},
		{"ab", 3, 20, "3 to 20 characters, none of them a control character: this one is shorter", "is shorter"},
		{"abcd", 0, 3, "at most 3 characters, none of them a control character: this one is longer", "is longer"},
		{"a\tb", 0, 20, "the control character U+0009", "U+0009"}, {"\xff", 0, 20, "U+FFFD", "U+FFFD"},
		{" \u00a0", 1, 20, "", "this one shows nothing"}, {"\u0301", 1, 20, "", "this one shows nothing"},
		{"a\u202eb", 0, 20, "", "invisible or turns the direction"}, {"a\u2800", 1, 20, "", "invisible or turns the direction"},
	} {
		for want, err := range map[string]error{c.plain: Check("note", "a note", c.text, c.least, c.most), "shown " + c.shown: CheckShown("note", "a note", c.text, c.least, c.most)} {
			want = strings.TrimPrefix(want, "shown ")
			var refused *pg.Error
			switch {
			case want == "" && err != nil:
				t.Errorf("%q: %v", c.text, err)
			case want != "" && (!errors.As(err, &refused) || refused.Field != "note" || refused.Code != pg.Invalid || !strings.Contains(refused.Message, want)):
				t.Errorf("%q: %v, want %q", c.text, err, want)
			}
		}
	}
}

// Every accepted name can be seen and hides nothing, and what a name looks like looks only like itself, so no chain of
// look-alikes leads to a built-in role. A name with something around it is refused or accepted by the same rule as any
// other.
func FuzzNames(f *testing.F) {
	for _, name := range append(texttest.GoodNames(), texttest.BadNames()...) {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if CheckName("name", name) == nil && (!Seen(name) || Hidden(name) || !utf8.ValidString(name) || utf8.RuneCountInString(name) > 200 || strings.ContainsRune(name, 0)) {
			t.Errorf("%q is taken", name)
		}
		if (CheckName("name", name) == nil) != (CheckShown("name", "a name", name, 1, 200) == nil) {
			t.Errorf("%q: one of the two readers takes it", name)
		}
		if look := Skeleton(name); Skeleton(look) != look || Skeleton(" "+name+"-") != look {
			t.Errorf("%q looks like %q, which looks like %q", name, look, Skeleton(look))
		}
	})
}

// A variation selector is accepted only behind a rune that it can vary.
func TestWhatASelectorVaries(t *testing.T) {
	t.Parallel()
	for text, hidden := range map[string]bool{
		"❤\ufe0f":         false,
		"☎\ufe0e":         false,
		"1\ufe0f\u20e3":   false,
		"©\ufe0f":         false,
		"‼\ufe0f":         false,
		"葛\U000e0100":     false,
		"∩\ufe00":         false,
		"ᠮ\u180b":         false,
		"a\ufe0f":         true,
		"1\ufe0f":         true,
		"!\ufe0f":         true,
		"a\U000e0100":     true,
		"Acme \ufe00Inc.": true,
		"葛\u180b":         true,
		"\ufe0f":          true,
	} {
		if Hidden(text) != hidden {
			t.Errorf("%q hides something: %v", text, !hidden)
		}
	}
}
