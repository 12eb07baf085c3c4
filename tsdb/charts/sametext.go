package charts

// sameText scans a text that many rows have in common: it allocates a string only for texts that have not come lately.
// An export of a million rows of a hundred resources makes a hundred strings.
type sameText struct {
	text   *string
	lately map[string]string
}

// fewTexts is how many texts are remembered.
const fewTexts = 1000

// ScanBytes takes the text of the next row. The bytes belong to the connection, which overwrites them, so what is kept
// is a copy.
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
