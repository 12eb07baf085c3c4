package charts

// sameText is a text that many rows have in common: it is made only where it is none of those that came lately.
// An export of a million rows of a hundred resources makes a hundred texts.
type sameText struct {
	text   *string
	lately map[string]string
}

// fewTexts is how many are remembered.
const fewTexts = 1000

// ScanBytes takes the text of the next row.
// The bytes are the connection's, which writes over them: what is kept is a copy.
func (s *sameText) ScanBytes(b []byte) error {
	if *s.text == string(b) {
		return nil
	}
	known, ok := s.lately[string(b)]
	if !ok {
		if s.lately == nil || len(s.lately) == fewTexts {
			s.lately = map[string]string{}
		}
		known = string(b)
		s.lately[known] = known
	}
	*s.text = known
	return nil
}
