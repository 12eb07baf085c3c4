package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/ingest/files"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Voider voids the events that files name: each line is a JSON object with source, id and time of an event, and the account, which must be
// Account if that is set. Other members are ignored, so the events in a file of CloudEvents can be voided as they were sent. Running it
// again changes nothing.
type Voider struct {
	// Void voids events of an account, as tsdb.Store.VoidEvents does.
	Void func(ctx context.Context, account int64, ids []tsdb.EventID) ([]tsdb.VoidResult, error)
	// Account is the account of the events; 0: each line names it.
	Account int64
	// Find returns the account that a text names, by its id or own id; 0 if there is none.
	Find func(ctx context.Context, text string) (int64, error)
	// Bad is called for each line whose event was not voided; may be nil.
	Bad func(BadRow)

	known map[string]int64
}

// VoidedFile counts what became of a file's lines.
type VoidedFile struct {
	Rows, Voided, Already, Bad int
}

// voidLine is a line of a file.
type voidLine struct {
	number  int
	account int64
	id      tsdb.EventID
}

// Run voids the events in one file, which may be compressed by gzip, several lines in one transaction. If it returns an error, what the
// counts say is done.
func (v *Voider) Run(ctx context.Context, file io.Reader) (sum VoidedFile, err error) {
	in, _, err := files.Text(file, "")
	if err != nil {
		return sum, err
	}
	v.known = map[string]int64{}
	lines := &lineReader{in: in}
	var some []voidLine
	for {
		text, tooLong, readErr := lines.next()
		if text != "" || tooLong {
			sum.Rows++
			l, wrong, err := v.read(ctx, text, tooLong)
			switch {
			case err != nil:
				return sum, err
			case wrong != "":
				v.bad(&sum, BadRow{Line: lines.number, Code: Malformed, Reason: wrong})
			default:
				l.number = lines.number
				some = append(some, l)
			}
		}
		over := readErr != nil
		if n := len(some); n > 0 && (over || n == tsdb.MaxVoids || n > 1 && some[n-1].account != some[0].account) {
			if some, err = v.store(ctx, some, over, &sum); err != nil {
				return sum, err
			}
		}
		if errors.Is(readErr, io.EOF) {
			return sum, nil
		}
		if readErr != nil {
			return sum, fmt.Errorf("read line %d: %w", lines.number, readErr)
		}
	}
}

// read reads a line; wrong says what is wrong with it.
func (v *Voider) read(ctx context.Context, text string, tooLong bool) (l voidLine, wrong string, err error) {
	if tooLong {
		return l, "the line is longer than 64 KiB", nil
	}
	said, wrong := readVoidMembers(text)
	if wrong != "" {
		return l, wrong, nil
	}
	if l.account, wrong, err = v.accountOf(ctx, said.account, said.ownAccount); err != nil || wrong != "" {
		return l, wrong, err
	}
	l.id = tsdb.EventID{Source: said.source, ID: said.id}
	if said.time == "" {
		return l, "", nil
	}
	if l.id.Time, err = billing.ParseInstant(said.time); err != nil {
		return l, "time is " + err.Error(), nil
	}
	return l, "", nil
}

// voidMembers are the members of a line that say which event is meant.
type voidMembers struct {
	account, ownAccount, source, id, time string
	seen                                  uint32
}

// readVoidMembers reads a line's members by their exact names, each at most once: a member that is only spelled like one of them, such as
// another system's ID, must not choose another event. wrong says what is wrong with the line.
func readVoidMembers(text string) (said voidMembers, wrong string) {
	const noEvent = "the line is no JSON object with source, id and time"
	s := scanner{text: text}
	if !s.take('{') {
		return said, noEvent
	}
	for first := true; ; first = false {
		name, more, err := s.member(first)
		switch {
		case err != nil:
			return said, noEvent
		case !more && s.end() != nil:
			return said, noEvent
		case !more:
			return said, ""
		}
		if wrong, err = said.member(&s, name); err != nil {
			return said, noEvent
		} else if wrong != "" {
			return said, wrong
		}
	}
}

func (m *voidMembers) member(s *scanner, name string) (wrong string, err error) {
	into, bit := m.place(name)
	if into == nil {
		return "", s.skip(1)
	}
	var it item
	if !once(&m.seen, bit) {
		it.refuse(Malformed, name+" stands in the line twice")
	}
	err = readText(s, &it, name+" is not a text", 1, into)
	return it.fault.Message, err
}

// place returns where the member called name goes, and its bit in seen; nil if it is ignored.
func (m *voidMembers) place(name string) (into *string, bit uint32) {
	switch name {
	case "account":
		return &m.account, 0
	case "accountexternalid", "accountExternalId":
		return &m.ownAccount, 1
	case "source":
		return &m.source, 2
	case "id":
		return &m.id, 3
	case "time":
		return &m.time, 4
	}
	return nil, 0
}

// accountOf returns the account that a line names by its id or own id, or Account if it names none. It must not differ from Account,
// because both accounts may have an event with the same source, id and time.
func (v *Voider) accountOf(ctx context.Context, text, own string) (account int64, wrong string, err error) {
	switch {
	case text != "" && own != "":
		return 0, "a line names its account by its id or by its own id, not by both", nil
	case own != "":
		text = "external:account:" + own
	case text == "" && v.Account != 0:
		return v.Account, "", nil
	}
	account, err = v.account(ctx, text)
	switch {
	case err != nil:
		return 0, "", err
	case v.Account != 0 && account != v.Account:
		return 0, "the line names another account than the one whose events are to be taken back", nil
	case account == 0:
		return 0, "there is no such account", nil
	}
	return account, "", nil
}

func (v *Voider) account(ctx context.Context, text string) (int64, error) {
	if key, known := v.known[text]; known {
		return key, nil
	}
	key, err := v.Find(ctx, text)
	if err == nil && len(v.known) < rememberedIDs {
		v.known[strings.Clone(text)] = key
	}
	return key, err
}

// store voids the lines of the first line's account, and if the file is over those of the others too. It returns the lines that are left.
func (v *Voider) store(ctx context.Context, some []voidLine, over bool, sum *VoidedFile) ([]voidLine, error) {
	for len(some) > 0 {
		n := 1
		for n < len(some) && some[n].account == some[0].account {
			n++
		}
		if err := v.storeOf(ctx, some[:n], sum); err != nil {
			return nil, err
		}
		if some = some[n:]; !over {
			break
		}
	}
	return append([]voidLine(nil), some...), nil
}

func (v *Voider) storeOf(ctx context.Context, some []voidLine, sum *VoidedFile) error {
	ids := make([]tsdb.EventID, len(some))
	for i := range some {
		ids[i] = some[i].id
	}
	results, err := v.Void(ctx, some[0].account, ids)
	var refused *tsdb.Error
	if errors.As(err, &refused) {
		for _, l := range some {
			v.bad(sum, BadRow{Line: l.number, Code: tsdb.UnknownAccount, Reason: "there is no such account"})
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("take %d events back: %w", len(some), err)
	}
	for i, r := range results {
		switch r.Status {
		case tsdb.EventVoided:
			sum.Voided++
		case tsdb.EventAlreadyVoided:
			sum.Already++
		default:
			v.bad(sum, BadRow{Line: some[i].number, Code: r.Code, Reason: r.Message})
		}
	}
	return nil
}

func (v *Voider) bad(sum *VoidedFile, row BadRow) {
	sum.Bad++
	if v.Bad != nil {
		v.Bad(row)
	}
}
