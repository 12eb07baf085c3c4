// Package texttest has texts that tests of names try everywhere where a name is taken.
package texttest

// GoodNames are names that are taken.
func GoodNames() []string {
	return []string{"Acme", "Müller & Söhne", "東京 AI", "نمونه\u200cای", "क्\u200dष", "👩\u200d💻 team", "a", "O'Neil-Smith (EU)", "ß", " padded ", "عربي", "שלום", "❤️", "1️⃣ first", "葛\U000e0100城", "ℹ️", "ᠮ\u180b", "∩\ufe00"}
}

// BadNames are texts that are no names: empty to the eye, with what cannot be seen, or turning the direction of text.
func BadNames() []string {
	return []string{"", " ", "\u00a0\u2003", "\t", "a\x00", "a\nb", "a\u007f", "a\u0085b", "a\u009fb", "\u202egnp.exe", "a\u202d", "a\u2066b", "a\u2069", "a\u200eb", "a\u200fb",
		"a\u200bb", "\u200b", "a\u200db", "\u200d", "a\u200cb", "a\u2060b", "\ufeffa", "a\u00adb", "a\u2028b", "a\u2029b", "\u3164", "a\u115fb", "\u2800", "a\u061cb", "a\u180eb", "a\u034fb",
		"\u0301", "a\U000e0041b", "a\ufffeb", "\xff", "👩\u200d", "\u200d👩", "a\ufff9b", "Acme\ufe00", "a\ufe0f", "1\ufe0f", "Acme\U000e0100", "a\u180b", "\ufe0f", "東\ufe0f", "日\u180b"}
}
