package server

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// usageList is a page of the usage of one account or of all accounts.
type usageList struct {
	TotalCount int
	Totals     struct{ Runs int64 }
	PageInfo   struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       string
	}
	Edges []struct {
		Cursor string
		Node   struct {
			ResourceName string
			Runs         int64
			Cumulative   struct{ Runs int64 }
		}
	}
}

type usagePage struct {
	Data struct {
		Account struct{ Usage usageList }
		Usage   usageList
	}
	Errors []struct{ Message string }
}

func (p *usagePage) list() *usageList {
	if p.Data.Usage.Edges != nil {
		return &p.Data.Usage
	}
	return &p.Data.Account.Usage
}

// Pages in the order of a measure skip nothing and show nothing twice while usage is written that changes the order, forwards and
// backwards, for the account itself and for callers who ask about every account.
func TestPagesByAMeasureStandStillWhileUsageIsWritten(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 1<<30, 1<<30 })
	account := r.account("paged")
	platform, master, analyst := r.token(auth.Platform, 0, nil), r.token(auth.MasterAdmin, account, nil), r.token(auth.Analyst, 0, nil)
	const tools = 60
	ids, n := make([]string, tools), 0
	for i := range ids {
		ids[i] = firstID(r, r.ask(platform, fmt.Sprintf(`mutation{registerTool(input:{accountId:%q,name:"t%d",ownerName:"o",status:DEPLOYED}){tool{id} userErrors{message}}}`, accountID(account), i), nil))
	}
	write := func(count int) {
		events := make([]string, count)
		for i := range events {
			n++
			events[i] = fmt.Sprintf(`{source:"s",id:"%d",time:%q,toolId:%q,runs:%d}`, n, time.Now().Add(-time.Minute).UTC().Format(time.RFC3339Nano), ids[rand.IntN(tools)], 1+rand.IntN(50))
		}
		a := r.ask(platform, fmt.Sprintf(`mutation{recordUsage(input:{accountId:%q,events:[%s]}){results{status}}}`, accountID(account), strings.Join(events, ",")), nil)
		if strings.Count(string(a.body), "STORED") != count {
			t.Errorf("%s", a.body)
		}
	}
	for range 5 {
		write(100)
	}
	stop, written := make(chan struct{}), sync.WaitGroup{}
	written.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				write(20)
			}
		}
	})
	for i, way := range []string{"first:7", "last:7", "first:7", "last:7"} {
		token, of := master, "{account{%s}}"
		if i > 1 {
			token, of = analyst, "{%s}"
		}
		seen, sum, cursor, pages := map[string]bool{}, int64(0), "", 0
		var first usagePage
		for {
			query := fmt.Sprintf(of, fmt.Sprintf(`usage(groupBy:RESOURCE,orderBy:{measure:RUNS},%s%s){totalCount totals{runs} pageInfo{hasNextPage hasPreviousPage startCursor endCursor} edges{cursor node{resourceName runs cumulative{runs}}}}`, way, cursor))
			var page usagePage
			if a := r.ask(token, query, nil); json.Unmarshal(a.body, &page) != nil || len(page.Errors) > 0 {
				t.Fatalf("%s", a.body)
			}
			usage := page.list()
			if pages++; pages == 1 {
				first = page
			}
			if usage.TotalCount != tools || usage.Totals != first.list().Totals {
				t.Errorf("%s: totals %+v of %d groups, at first %+v", way, usage.Totals, usage.TotalCount, first.list().Totals)
			}
			for _, e := range usage.Edges {
				if seen[e.Node.ResourceName] {
					t.Errorf("%s: %s came twice", way, e.Node.ResourceName)
				}
				seen[e.Node.ResourceName] = true
				sum += e.Node.Runs
			}
			if way == "first:7" && usage.PageInfo.HasNextPage {
				cursor = `,after:"` + usage.PageInfo.EndCursor + `"`
			} else if way == "last:7" && usage.PageInfo.HasPreviousPage {
				cursor = `,before:"` + usage.PageInfo.StartCursor + `"`
			} else {
				break
			}
		}
		if len(seen) != tools || sum != first.list().Totals.Runs || pages != 9 {
			t.Errorf("%s: %d of %d groups on %d pages, %d of %d runs", way, len(seen), tools, pages, sum, first.list().Totals.Runs)
		}
	}
	close(stop)
	written.Wait()
}

// A kept list can be read only with its account, its question and its figures.
func TestAKeptListIsOfItsQuestionAlone(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, other := used(r, "acme", 7), used(r, "other", 5)
	inferred(r, account, 400_000, 50_000)
	inferred(r, other, 400_000, 50_000)
	master, stranger := r.token(auth.MasterAdmin, account, nil), r.token(auth.MasterAdmin, other, nil)
	const list = `{account{usage(groupBy:RESOURCE,orderBy:{measure:CREDITS},first:1%s){pageInfo{endCursor} edges{node{%s}}}}}`
	a := r.ask(master, fmt.Sprintf(list, "", "credits"), nil)
	var page usagePage
	if json.Unmarshal(a.body, &page) != nil || page.Data.Account.Usage.PageInfo.EndCursor == "" {
		t.Fatalf("%s", a.body)
	}
	after := `,after:"` + page.Data.Account.Usage.PageInfo.EndCursor + `"`
	for _, c := range []struct{ name, token, query, code string }{
		{"the same", master, fmt.Sprintf(list, after, "credits"), ""},
		{"fewer figures", master, fmt.Sprintf(list, after, "resourceName"), ""},
		{"other figures", master, fmt.Sprintf(list, after, "hostingSeconds"), "BAD_PAGE"},
		{"another's account", stranger, fmt.Sprintf(list, after, "credits"), "BAD_PAGE"},
		{"another order", master, strings.Replace(fmt.Sprintf(list, after, "credits"), "CREDITS", "RUNS", 1), "BAD_PAGE"},
	} {
		if a := r.ask(c.token, c.query, nil); a.code() != c.code {
			t.Errorf("%s: %s", c.name, a.body)
		}
	}
}
