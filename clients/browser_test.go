//go:build clients

package clients_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// page is what a browser runs: the first time its server is away, and events are kept in its storage; the second time they are sent first.
const page = `<!doctype html><script type="module">
import { Client, own, Sender, Access, WebSpool } from '/client/index.js';
try {
	const client = new Client({ url: %q, token: %q });
	const sender = new Sender(client, { source: 'page', maxWait: 50, spool: new WebSpool(localStorage), onRefused: (event, { code }) => report(code + event) });
	const first = location.pathname === '/first';
	for (let n = 0; n < 20; n++)
		await sender.send({ account: own('account', 'acme'), model: own('model', 'gpt-5'), inputTokens: 100, outputTokens: 7, id: location.pathname + n });
	await (first ? sender.save() : sender.flush());
	if (!first) {
		const { account } = await client.run(Access, { accountId: own('account', 'acme'), action: 'INFERENCE' });
		await sender.close();
		if (!account.access.allowed || localStorage.length > 0) throw new Error(JSON.stringify(account) + localStorage.length);
	}
	await report('done');
	if (first) location.href = '/second'; // once the server is there again
} catch (error) {
	await report(String(error));
}
function report(text) { return fetch('/said' + location.pathname, { method: 'POST', body: text }); }
</script>`

// The client for TypeScript in a real browser, in a page of another origin than the server's.
func TestTypeScriptClientInABrowser(t *testing.T) {
	p := newPlatform(t)
	p.register()
	_, read := p.books()
	said := make(chan string, 10)
	pages := http.NewServeMux()
	pages.Handle("/client/", http.StripPrefix("/client/", http.FileServer(http.Dir("typescript/dist/src"))))
	pages.HandleFunc("POST /said/", func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		if said <- r.URL.Path + " " + string(text); r.URL.Path == "/said/first" { // until then the server is away
			if err := p.start(); err != nil {
				t.Error(err)
			}
		}
	})
	pages.HandleFunc("/favicon.ico", http.NotFound)
	pages.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, page, "http://"+p.address, p.token)
	})
	site := httptest.NewUnstartedServer(pages)
	site.Listener = p.site
	site.Start()
	t.Cleanup(site.Close)
	p.kill()
	profile, err := os.MkdirTemp("", "chromium") // its processes write there until they have ended, and not all of them are ours to wait for
	if err != nil {
		t.Fatal(err)
	}
	browser := exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+profile, "--remote-debugging-port=0", site.URL+"/first")
	browser.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := browser.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-browser.Process.Pid, syscall.SIGKILL)
		_ = browser.Wait()
		_ = os.RemoveAll(profile)
	})
	for _, want := range []string{"/said/first done", "/said/second done"} {
		select {
		case got := <-said:
			if got != want {
				t.Fatal(got)
			}
		case <-time.After(2 * time.Minute):
			t.Fatal("the page says nothing")
		}
	}
	if got := read(); got != (sums{Events: 40, Input: 4000, Output: 280}) {
		t.Errorf("%+v", got)
	}
}
