package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb"
)

func ratesForms() []string {
	return []string{
		"rates list",
		"rates show [--version N] [--json]           a version as a file",
		"rates check FILE [--days 30]                is it sound, what does it change, and what would the use of so many days have cost",
		"rates publish FILE [--note …] [--key …]     YAML or JSON; the same file again changes nothing",
		"rates withdraw FILE|N                       a version that has not begun",
	}
}

// ratesOrder holds the arguments of `usagegraph rates`.
type ratesOrder struct {
	what, key, note string
	version, days   int
	json            bool
}

func (o *ratesOrder) flags(fs *flag.FlagSet) {
	countFlag(fs, &o.version, "version", 0, 1, math.MaxInt32, "`N`: the version to show; the one in force unless given")
	fs.BoolVar(&o.json, "json", false, "show JSON, not YAML")
	countFlag(fs, &o.days, "days", 0, 1, math.MaxInt32, "`N`: how many of the last days the check prices once more; none unless given")
	fs.StringVar(&o.note, "note", "", "`TEXT`: a note for the version")
	fs.StringVar(&o.key, "key", "", "`KEY`: the idempotency key; made from the file's content unless given")
}

// rates shows, checks, publishes and withdraws versions of the rate card.
func (p program) rates(fs *flag.FlagSet) action {
	var o ratesOrder
	o.flags(fs)
	return func(ctx context.Context, c config, args []string) error {
		verb, more, ok := oneOf(args, "list", "show", "check", "publish", "withdraw")
		named := 1
		if verb == "list" || verb == "show" {
			named = 0
		}
		if !ok || len(more) != named {
			return misused(ratesForms())
		}
		o.what = strings.Join(more, "")
		store, closeStore, err := p.openStore(ctx, c)
		if err != nil {
			return err
		}
		defer closeStore()
		return map[string]func(context.Context, *tsdb.Store, ratesOrder) error{
			"list": p.listRates, "show": p.showRates, "check": p.checkRates, "publish": p.publishRates, "withdraw": p.withdrawRates,
		}[verb](ctx, store, o)
	}
}

// maxRateFile bounds a file of rates.
const maxRateFile = 4 << 20

// readRates reads a file and the key under which to publish it: derived from its content, unless one is given.
func readRates(o ratesOrder) (n tsdb.NewRateCard, err error) {
	file, err := os.Open(o.what)
	if err != nil {
		return n, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxRateFile+1))
	if err != nil {
		return n, err
	}
	if len(text) > maxRateFile { // a part of a card may be a sound card
		return n, fmt.Errorf("%s: longer than %d MiB", o.what, maxRateFile>>20)
	}
	document, err := yamlToJSON([]byte(withoutMark(string(text))))
	if err == nil {
		n, err = graph.ReadRateFile(document)
	}
	if err != nil {
		return n, fmt.Errorf("%s: %w", o.what, err)
	}
	sum := sha256.Sum256(document)
	if n.IdempotencyKey = o.key; o.key == "" {
		n.IdempotencyKey = "file-" + hex.EncodeToString(sum[:16])
	}
	if o.note != "" {
		n.Note = o.note
	}
	return n, nil
}

func (p program) listRates(ctx context.Context, store *tsdb.Store, _ ratesOrder) error {
	versions, err := store.RateVersions(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tIN FORCE FROM\tPUBLISHED BY\tNOTE")
	for _, v := range versions {
		from := v.EffectiveFrom.Format(time.RFC3339)
		if v.WithdrawnAt != nil {
			from = "withdrawn"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", v.Version, from, v.PublishedBy, v.Note)
	}
	return w.Flush()
}

func (p program) showRates(ctx context.Context, store *tsdb.Store, o ratesOrder) error {
	cards, err := store.RateCards(ctx)
	if err != nil {
		return err
	}
	card := *cards.At(store.Now())
	if o.version > 0 {
		v, err := store.RateVersion(ctx, o.version)
		if err != nil {
			return err
		}
		card = v.RateCard
	}
	document, err := graph.RateFile(&card)
	if err != nil {
		return err
	}
	if o.json {
		_, err = fmt.Fprintln(p.out, string(document))
		return err
	}
	return p.printRates(&card, document)
}

// printRates writes a card as YAML, with one line for each entry.
func (p program) printRates(card *billing.RateCard, document []byte) error {
	lists := map[string]json.RawMessage{}
	if err := json.Unmarshal(document, &lists); err != nil {
		return err
	}
	fmt.Fprintf(p.out, `# The prices of version %d, as it was published. Amounts are credits, exact, with at most 6 decimals.
# A file that is published becomes the next version, whatever it was made from; effectiveFrom must then lie in the future, after that of all others.
effectiveFrom: %s
`, card.Version, card.EffectiveFrom.Format(time.RFC3339))
	for _, name := range []string{"models", "scripts", "guardrails", "scanners"} {
		fmt.Fprintf(p.out, "%s:\n", name)
		printLines(p.out, "  ", lists[name])
	}
	fmt.Fprintf(p.out, "inference: %s\nfineTuning:\n", flow(lists["inference"]))
	parts := map[string]json.RawMessage{}
	if err := json.Unmarshal(lists["fineTuning"], &parts); err != nil {
		return err
	}
	for _, name := range []string{"sizes", "methods", "hardware"} {
		fmt.Fprintf(p.out, "  %s:\n", name)
		printLines(p.out, "    ", parts[name])
	}
	return nil
}

func printLines(w io.Writer, indent string, list json.RawMessage) {
	var lines []json.RawMessage
	if json.Unmarshal(list, &lines) != nil || len(lines) == 0 {
		fmt.Fprintf(w, "%s[]\n", indent)
		return
	}
	for _, line := range lines {
		fmt.Fprintf(w, "%s- %s\n", indent, flow(line))
	}
}

// flow formats an object as YAML in one line, with blanks after commas and colons and without nulls.
func flow(object json.RawMessage) string {
	decoder := json.NewDecoder(strings.NewReader(string(object)))
	decoder.UseNumber()
	var b strings.Builder
	key, depth := true, 0
	for {
		token, err := decoder.Token()
		if err != nil {
			return strings.NewReplacer("{, ", "{", "[, ", "[").Replace(b.String())
		}
		switch t := token.(type) {
		case json.Delim:
			if t == '[' {
				depth++
			}
			if t == ']' {
				depth--
			}
			b.WriteString(t.String())
			key = t == '{' || t == ']'
		default:
			text, _ := json.Marshal(t)
			switch {
			case depth > 0:
				b.WriteString(", " + string(text))
			case key:
				b.WriteString(", " + fmt.Sprint(t) + ": ")
				key = false
			default:
				b.Write(text)
				key = true
			}
		}
	}
}

func (p program) checkRates(ctx context.Context, store *tsdb.Store, o ratesOrder) error {
	n, err := readRates(o)
	if err != nil {
		return err
	}
	card, err := store.CheckRateCard(ctx, n.Card)
	if err != nil {
		return err
	}
	cards, err := store.RateCards(ctx)
	if err != nil {
		return err
	}
	last := &cards[len(cards)-1]
	fmt.Fprintf(p.out, "sound; it would be version %d, in force from %s, after version %d\n", card.Version, card.EffectiveFrom.Format(time.RFC3339), last.Version)
	p.printChanges(last.Changes(&card))
	if o.days == 0 {
		return nil
	}
	return p.previewRates(ctx, store, card, o.days)
}

func (p program) printChanges(changes []billing.RateChange) {
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	for _, c := range changes {
		fmt.Fprintf(w, "  %s %s\t%s\t%s → %s\n", c.List, c.Name, c.Field, orDash(c.Before), orDash(c.After))
	}
	_ = w.Flush()
	if len(changes) == 0 {
		fmt.Fprintln(p.out, "  it changes nothing")
	}
}

func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

func (p program) previewRates(ctx context.Context, store *tsdb.Store, card billing.RateCard, days int) error {
	to := store.Now()
	preview, err := store.PreviewRateCard(ctx, tsdb.RatePreview{Card: card, Range: billing.Since(to.AddDate(0, 0, -days), to)})
	if err != nil {
		return err
	}
	m := billing.ModelCredits
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "the last %d days\tcost\twould have cost\tdifference\t\n", days)
	for _, c := range []billing.Category{billing.Models, billing.Guardrails, billing.Scripts} {
		cost := preview.Categories[c]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", c, m.Format(cost.Was), m.Format(cost.Would), m.Format(cost.Difference()))
	}
	for _, a := range preview.Accounts {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", a.Name, m.Format(a.Was), m.Format(a.Would), m.Format(a.Difference()))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%d events priced once more; %d accounts would have paid more or less\n", preview.Events, preview.Changed)
	if len(preview.Unknown) > 0 {
		fmt.Fprintf(p.out, "in use and not on the card, counted as it was: %s\n", strings.Join(preview.Unknown, ", "))
	}
	return nil
}

func (p program) publishRates(ctx context.Context, store *tsdb.Store, o ratesOrder) error {
	n, err := readRates(o)
	if err != nil {
		return err
	}
	v, err := store.PublishRateCard(ctx, n, tsdb.Actor{Name: "usagegraph rates"})
	if err != nil {
		return err
	}
	if v.WithdrawnAt != nil {
		return fmt.Errorf("this file was published as version %d, which was withdrawn; say --key with another key to publish it once more", v.Version)
	}
	fmt.Fprintf(p.out, "version %d is in force from %s\n", v.Version, v.EffectiveFrom.Format(time.RFC3339))
	return nil
}

func (p program) withdrawRates(ctx context.Context, store *tsdb.Store, o ratesOrder) error {
	version, err := wholeNumber(o.what)
	if err != nil {
		if version, err = versionOf(ctx, store, o); err != nil {
			return err
		}
	}
	v, err := store.WithdrawRateCard(ctx, version, tsdb.Actor{Name: "usagegraph rates"})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "version %d is withdrawn\n", v.Version)
	return nil
}

// versionOf returns the version that a file contains: the one that starts at the same time and has the same content.
func versionOf(ctx context.Context, store *tsdb.Store, o ratesOrder) (int, error) {
	n, err := readRates(o)
	if err != nil {
		return 0, err
	}
	versions, err := store.RateVersions(ctx)
	if err != nil {
		return 0, err
	}
	for _, v := range versions {
		if v.EffectiveFrom.Equal(n.Card.EffectiveFrom.Truncate(time.Second)) && len(v.Changes(&n.Card)) == 0 {
			return v.Version, nil
		}
	}
	return 0, errors.New("no version starts when this file says and has its prices")
}
