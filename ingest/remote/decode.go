package remote

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Version is a version of the protocol.
type Version int

// The versions.
const (
	V1 Version = 1
	V2 Version = 2
)

// Label is a name and a value. Both are parts of the message.
type Label struct{ Name, Value string }

// Sample is the value of a series at a time. Since is when its counter was zero; 0: not given. Times are in milliseconds since 1970.
type Sample struct {
	Value     float64
	At, Since int64
}

// Tally counts the contents of a message.
type Tally struct{ Samples, Histograms, Exemplars int }

// Bounds of a message.
const (
	maxLabels  = 200
	maxSymbols = 200_000 // ten new ones for each sample of the largest message
)

var errMany = errors.New("a series has at most 200 labels")

// fields calls each for every field of a message: value is set for varints and fixed-size fields, text for those with a length. text is a
// part of the message.
func fields(message string, each func(number protowire.Number, kind protowire.Type, value uint64, text string) error) error {
	raw := []byte(message)
	at := 0
	for at < len(raw) {
		number, kind, n := protowire.ConsumeTag(raw[at:])
		if n < 0 {
			return protowire.ParseError(n)
		}
		at += n
		var value uint64
		var text string
		switch kind {
		case protowire.VarintType:
			value, n = protowire.ConsumeVarint(raw[at:])
		case protowire.Fixed64Type:
			value, n = protowire.ConsumeFixed64(raw[at:])
		case protowire.BytesType:
			var b []byte
			b, n = protowire.ConsumeBytes(raw[at:])
			if n >= 0 {
				text = message[at+n-len(b) : at+n]
			}
		default:
			n = protowire.ConsumeFieldValue(number, kind, raw[at:])
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		at += n
		if err := each(number, kind, value, text); err != nil {
			return err
		}
	}
	return nil
}

// Read reads a message and calls each for every wanted series. The first label named __name__ names the series. labels and samples are
// valid only during the call. Histograms, exemplars and metadata are counted and skipped.
func Read(message string, version Version, wants func(name string) bool, each func(labels []Label, samples []Sample) error) (Tally, error) {
	r := reader{wants: wants, each: each}
	var err error
	if version == V2 {
		err = r.second(message)
	} else {
		err = fields(message, func(number protowire.Number, kind protowire.Type, _ uint64, text string) error {
			if number == 1 && kind == protowire.BytesType {
				return r.series(text, V1)
			}
			return nil
		})
	}
	if err != nil {
		return r.tally, fmt.Errorf("read a message of version %d.0: %w", version, err)
	}
	return r.tally, nil
}

// reader holds the buffers for one series.
type reader struct {
	wants   func(string) bool
	each    func([]Label, []Sample) error
	symbols []string // of version 2.0: what labels refer to
	labels  []Label
	samples []Sample
	refs    []uint64
	tally   Tally
}

// second reads a message of version 2.0, whose symbols come before its series.
func (r *reader) second(message string) error {
	return fields(message, func(number protowire.Number, kind protowire.Type, _ uint64, text string) error {
		switch {
		case kind != protowire.BytesType:
		case number == 4:
			if len(r.symbols) >= maxSymbols {
				return errors.New("too many symbols")
			}
			r.symbols = append(r.symbols, text)
		case number == 5:
			return r.series(text, V2)
		}
		return nil
	})
}

// series reads one series. Labels and samples have the same field numbers in both versions; other fields do not.
func (r *reader) series(message string, version Version) error {
	r.labels, r.samples, r.refs = r.labels[:0], r.samples[:0], r.refs[:0]
	created := int64(0)
	err := fields(message, func(number protowire.Number, kind protowire.Type, value uint64, text string) error {
		switch {
		case number == 1 && kind == protowire.BytesType && version == V1:
			return r.label(text)
		case number == 1 && version == V2:
			return r.refer(kind, value, text)
		case number == 2 && kind == protowire.BytesType:
			return r.sample(text)
		case number == 3 && version == V1, number == 4 && version == V2:
			r.tally.Exemplars++
		case number == 4 && version == V1, number == 3 && version == V2:
			r.tally.Histograms++
		case number == 6 && version == V2:
			created = int64(value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.tally.Samples += len(r.samples)
	if err := r.resolve(); err != nil {
		return err
	}
	for i := range r.samples {
		if r.samples[i].Since == 0 {
			r.samples[i].Since = created
		}
	}
	for _, l := range r.labels {
		if l.Name == "__name__" && r.wants(l.Value) {
			return r.each(r.labels, r.samples)
		}
	}
	return nil
}

func (r *reader) label(message string) error {
	var l Label
	if len(r.labels) == maxLabels {
		return errMany
	}
	err := fields(message, func(number protowire.Number, _ protowire.Type, _ uint64, text string) error {
		switch number {
		case 1:
			l.Name = text
		case 2:
			l.Value = text
		}
		return nil
	})
	r.labels = append(r.labels, l)
	return err
}

// refer reads references to symbols, packed or single.
func (r *reader) refer(kind protowire.Type, value uint64, packed string) error {
	if kind == protowire.VarintType {
		r.refs = append(r.refs, value)
	}
	raw := []byte(packed)
	for len(raw) > 0 {
		v, n := protowire.ConsumeVarint(raw)
		if n < 0 {
			return protowire.ParseError(n)
		}
		if raw = raw[n:]; len(r.refs) == 2*maxLabels {
			return errMany
		}
		r.refs = append(r.refs, v)
	}
	return nil
}

// resolve resolves references into labels.
func (r *reader) resolve() error {
	if len(r.refs)%2 != 0 || len(r.refs) > 2*maxLabels {
		return errors.New("labels are pairs of symbols, at most 200")
	}
	for i := 0; i < len(r.refs); i += 2 {
		name, value := r.refs[i], r.refs[i+1]
		if name >= uint64(len(r.symbols)) || value >= uint64(len(r.symbols)) {
			return errors.New("a label refers to a symbol that is not there")
		}
		r.labels = append(r.labels, Label{r.symbols[name], r.symbols[value]})
	}
	return nil
}

func (r *reader) sample(message string) error {
	var s Sample
	err := fields(message, func(number protowire.Number, _ protowire.Type, value uint64, _ string) error {
		switch number {
		case 1:
			s.Value = math.Float64frombits(value)
		case 2:
			s.At = int64(value)
		case 3:
			s.Since = int64(value)
		}
		return nil
	})
	r.samples = append(r.samples, s)
	return err
}

// staleBits is the value that marks the end of a series.
const staleBits = 0x7ff0000000000002

// IsStale reports whether a sample marks the end of its series.
func (s Sample) IsStale() bool { return math.Float64bits(s.Value) == staleBits }
