// Command afternoon is a small agent platform that brings its usage in: all that this takes, in this one file, which
// needs nothing but HTTP.
//
// It keeps its own ids, and its own books to compare with. It makes its customers, tools and models known by one loop,
// reports what they used, learns from a preview what a new price will cost, publishes it, takes a wrong hour back and
// sends the right one. At the end the two books are equal, also by user and team.
//
//	USAGEGRAPH_URL=http://localhost:8080 PLATFORM_TOKEN=… SUPPORT_TOKEN=… go run ./examples/afternoon
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

func main() {
	p := platform{url: os.Getenv("USAGEGRAPH_URL"), token: os.Getenv("PLATFORM_TOKEN"), support: os.Getenv("SUPPORT_TOKEN"),
		now: time.Now, waitUntil: func(at time.Time) { time.Sleep(time.Until(at)) }}
	change := time.Now().Add(7 * time.Minute).Truncate(time.Minute) // prices are published some minutes ahead
	if err := p.afternoon(context.Background(), change); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("The books are equal.")
}

// platform is us: a hundred customers, each with the same tools and models, all known by UUIDs of ours.
type platform struct {
	url, token, support string // where Usagegraph is; a token of role PLATFORM and one of role SUPPORT, which sets prices
	now                 func() time.Time
	waitUntil           func(time.Time)
	books               map[string]*used // by customer
	groups              map[group]*used
}

// each does something for every customer, for some of them at a time.
func each(do func(n int, customer string) error) error {
	room, errs := make(chan struct{}, 8), make([]error, len(customers))
	var all sync.WaitGroup
	for i, customer := range customers {
		room <- struct{}{}
		all.Go(func() {
			errs[i] = do(i, customer)
			<-room
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// external is how an id of ours stands where one of Usagegraph's could.
func external(kind, id string) string { return "external:" + kind + ":" + id }

func (p *platform) afternoon(ctx context.Context, change time.Time) error {
	p.books, p.groups = map[string]*used{}, map[group]*used{}
	for _, c := range customers {
		p.books[c] = &used{}
	}
	for range 2 { // as often as we like: a repeat changes nothing
		if err := p.sync(ctx); err != nil {
			return err
		}
	}

	// The hour before now, at the prices of today. A repeat counts once.
	before := p.now().UTC().Truncate(time.Minute).Add(-time.Hour)
	old, discounted := price{500_000, 500_000, 1_500_000}, price{500_000, 50_000, 1_500_000}
	if err := p.reportAll(ctx, before, old, 2); err != nil {
		return err
	}

	// Cached tokens shall cost a tenth. What would that hour have cost? Our own books know as well.
	if err := p.changePrices(ctx, change, before, old, discounted); err != nil {
		return err
	}
	p.waitUntil(change.Add(time.Hour))

	// The next hour is reported; by mistake the last customer's twice, under other ids.
	if err := p.reportAll(ctx, change, discounted, 1); err != nil {
		return err
	}
	unlucky := customers[len(customers)-1]
	if err := p.report(ctx, unlucky, renamed(traffic(change), "mistake-")); err != nil {
		return err
	}
	// So that hour is taken back, and sent again: an identity is never used twice, so the right events have new ids too.
	if err := p.takeBack(ctx, unlucky, change, change.Add(time.Hour)); err != nil {
		return err
	}
	if err := p.report(ctx, unlucky, renamed(traffic(change), "corrected-")); err != nil {
		return err
	}
	if err := p.compare(ctx); err != nil {
		return err
	}
	return p.compareGroups(ctx)
}

// sync makes everything known under our ids, or changes what is known already: a customer first, then what is theirs, 20 at a time.
func (p *platform) sync(ctx context.Context) error {
	return each(func(n int, customer string) error {
		if err := p.ask(ctx, p.token, `mutation($id: String!, $name: String!) {
  upsertAccount(input: {externalId: $id, name: $name}) { outcome userErrors { message } } }`,
			vars{"id": customer, "name": fmt.Sprint("Customer ", n+1)}, nil); err != nil {
			return err
		}
		var theirs []string
		for i, id := range tools {
			theirs = append(theirs, fmt.Sprintf(`t%d: upsertTool(input: {accountId: $account, externalId: %q, name: "Tool %[1]d", ownerName: "platform", status: DEPLOYED}) {
  outcome userErrors { message } }`, i+1, id))
		}
		for i, id := range models {
			theirs = append(theirs, fmt.Sprintf(`m%d: upsertModel(input: {accountId: $account, externalId: %q, name: "Model %[1]d"}) { outcome userErrors { message } }`, i+1, id))
		}
		for part := range slices.Chunk(theirs, 20) {
			if err := p.ask(ctx, p.token, "mutation($account: ID!) {\n"+strings.Join(part, "\n")+"}", vars{"account": external("account", customer)}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// report sends events of a customer. Each is answered after its commit; one that is known already is a DUPLICATE.
func (p *platform) report(ctx context.Context, customer string, events []event) error {
	var out struct {
		RecordUsage struct {
			Results []struct{ Status, Message string }
		}
	}
	err := p.ask(ctx, p.token, `mutation($account: ID!, $events: [UsageEventInput!]!) {
  recordUsage(input: {accountId: $account, events: $events}) { results { status message } userErrors { message } } }`,
		vars{"account": external("account", customer), "events": events}, &out)
	for i, r := range out.RecordUsage.Results {
		if r.Status != "STORED" && r.Status != "DUPLICATE" {
			return fmt.Errorf("event %s is %s: %s", events[i].ID, r.Status, r.Message)
		}
	}
	return err
}

// reportAll sends what all customers did in an hour, so many times, and counts it once.
func (p *platform) reportAll(ctx context.Context, hour time.Time, at price, times int) error {
	for _, customer := range customers {
		p.add(customer, traffic(hour), at)
	}
	return each(func(_ int, customer string) (err error) {
		for range times {
			err = errors.Join(err, p.report(ctx, customer, traffic(hour)))
		}
		return err
	})
}

// changePrices publishes the card of today with another price of cached tokens, if the preview says what our own books say.
func (p *platform) changePrices(ctx context.Context, from, hour time.Time, old, next price) error {
	var today struct{ RateCard map[string]any }
	err := p.ask(ctx, p.support, `{ rateCard {
  models { name gpu gpuCount ratePerHour } scripts { name vcpus memoryGb ratePerHour }
  guardrails { cpu ratePerCpuHour } scanners { scannerKey name cpuCount }
  inference { inputRate outputRate cacheReadRate cacheWriteRate reasoningRate }
  fineTuning { sizes { fromBillions toBillions toIncluded factor methods } methods { method factor } hardware { gpu factor } } } }`,
		nil, &today)
	if err != nil {
		return err
	}
	today.RateCard["inference"].(map[string]any)["cacheReadRate"] = "0.05"

	var seen struct {
		PreviewRateCard struct{ Total struct{ Was, Would string } }
	}
	if err := p.ask(ctx, p.support, `query($card: RateCardInput!, $from: DateTime!, $to: DateTime!) {
  previewRateCard(card: $card, range: {from: $from, to: $to}) { total { was would } } }`,
		vars{"card": today.RateCard, "from": hour, "to": hour.Add(time.Hour)}, &seen); err != nil {
		return err
	}
	var was, would used
	for range customers {
		was.add(traffic(hour), old)
		would.add(traffic(hour), next)
	}
	if total := seen.PreviewRateCard.Total; micro(total.Was) != was.credits || micro(total.Would) != would.credits {
		return fmt.Errorf("the preview says %s instead of %s, our books %d instead of %d",
			total.Would, total.Was, would.credits, was.credits)
	}
	return p.ask(ctx, p.support, `mutation($card: RateCardInput!, $from: DateTime!) {
  publishRateCard(input: {card: $card, effectiveFrom: $from, note: "Cached tokens cost a tenth", idempotencyKey: "cached"}) {
    userErrors { message } } }`,
		vars{"card": today.RateCard, "from": from}, nil)
}

// takeBack takes a customer's events of a range of time back: counted first, so that nothing goes that we did not mean.
func (p *platform) takeBack(ctx context.Context, customer string, from, to time.Time) error {
	filter := vars{"from": from, "to": to, "source": "agents"}
	var counted struct {
		Account struct{ VoidPreview struct{ Events int64 } }
	}
	if err := p.ask(ctx, p.token, `query($account: ID!, $filter: VoidFilterInput!) {
  account(id: $account) { voidPreview(filter: $filter) { events } } }`,
		vars{"account": external("account", customer), "filter": filter}, &counted); err != nil {
		return err
	}
	if n := int64(2 * len(traffic(from))); counted.Account.VoidPreview.Events != n {
		return fmt.Errorf("%d events of the hour, we sent %d", counted.Account.VoidPreview.Events, n)
	}
	return p.ask(ctx, p.token, `mutation($account: ID!, $filter: VoidFilterInput!, $count: Long!) {
  voidEvents(input: {accountId: $account, filter: $filter, expectedCount: $count, idempotencyKey: "wrong hour"}) {
    userErrors { message } } }`,
		vars{"account": external("account", customer), "filter": filter, "count": counted.Account.VoidPreview.Events}, nil)
}

// compare compares the books of every customer: the balance, and the events that count.
func (p *platform) compare(ctx context.Context) error {
	for _, customer := range customers {
		var theirs struct {
			Account struct {
				CreditStatus struct{ Credits, Runs struct{ Used string } }
				Events       struct {
					Edges []struct{ Node struct{ Charge, Kind string } }
				}
			}
		}
		if err := p.ask(ctx, p.support, `query($account: ID!) { account(id: $account) {
  creditStatus { credits { used } runs { used } }
  events(first: 100, filter: {status: STORED}) { edges { node { kind charge } } } } }`,
			vars{"account": external("account", customer)}, &theirs); err != nil {
			return err
		}
		var read used
		for _, e := range theirs.Account.Events.Edges {
			if e.Node.Kind == "TOOL_RUN" {
				read.runs += micro(e.Node.Charge) / 1_000_000
			} else {
				read.credits += micro(e.Node.Charge)
			}
		}
		status, ours := theirs.Account.CreditStatus, *p.books[customer]
		told := used{micro(status.Credits.Used), micro(status.Runs.Used) / 1_000_000}
		if told != ours || read != ours {
			return fmt.Errorf("customer %s: balance %v, events %v, our books %v", customer, told, read, ours)
		}
	}
	return nil
}

// compareGroups compares what each user used for each team.
func (p *platform) compareGroups(ctx context.Context) error {
	compared := 0
	for _, customer := range customers {
		type row struct {
			User    string
			Tags    []tag
			Credits string
			Runs    int64
		}
		var theirs struct {
			Account struct {
				Usage struct{ Edges []struct{ Node row } }
			}
		}
		if err := p.ask(ctx, p.support, `query($account: ID!) { account(id: $account) {
  usage(groupBy: [USER, TAG], tagKeys: ["team"], first: 100) { edges { node { user tags { key value } credits runs } } } } }`,
			vars{"account": external("account", customer)}, &theirs); err != nil {
			return err
		}
		for _, row := range theirs.Account.Usage.Edges {
			g := group{customer, row.Node.User, row.Node.Tags[0].Value}
			if told := (used{micro(row.Node.Credits), row.Node.Runs}); p.groups[g] == nil || told != *p.groups[g] {
				return fmt.Errorf("%+v: told %v, our books %v", g, told, p.groups[g])
			}
			compared++
		}
	}
	if compared != len(p.groups) {
		return fmt.Errorf("%d groups of usage, our books have %d", compared, len(p.groups))
	}
	return nil
}

// micro reads an exact decimal of at most 6 places in millionths: no float where money is.
func micro(decimal string) int64 {
	whole, part, _ := strings.Cut(decimal, ".")
	n, err := strconv.ParseInt(whole+(part + "000000")[:6], 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

type vars map[string]any

// ask sends one operation and reads its data into out. Errors of the operation and of the mutations in it are errors. Who asks too much at once is told
// so before anything is done, and asks again.
func (p *platform) ask(ctx context.Context, token, query string, variables vars, out any) error {
	for tries := 0; ; tries++ {
		if err := p.askOnce(ctx, token, query, variables, out); !errors.Is(err, errThrottled) || tries == 60 {
			return err
		}
		time.Sleep(time.Second)
	}
}

var errThrottled = errors.New("too much was asked at once")

func (p *platform) askOnce(ctx context.Context, token, query string, variables vars, out any) error {
	body, err := json.Marshal(vars{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return err
	}
	switch {
	case len(answer.Errors) > 0 && answer.Errors[0].Extensions.Code == "THROTTLED":
		return errThrottled
	case len(answer.Errors) > 0:
		return errors.New(answer.Errors[0].Message)
	}
	var fields map[string]struct{ UserErrors []struct{ Message string } }
	if strings.HasPrefix(query, "mutation") && json.Unmarshal(answer.Data, &fields) == nil {
		for name, field := range fields {
			if len(field.UserErrors) > 0 {
				return fmt.Errorf("%s: %s", name, field.UserErrors[0].Message)
			}
		}
	}
	if out != nil {
		err = json.Unmarshal(answer.Data, out)
	}
	return err
}
