package mail_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/mail"
)

// Times are shown in the account's zone, which is named. The two hours that have the same figures at the end of summer time are
// distinguishable.
func TestTimesInTheAccountsZone(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for _, c := range []struct{ zone, at, want string }{
		{"", "2026-03-14T12:00:00Z", "14 March 2026, 12:00 UTC"},
		{"UTC", "2026-03-14T12:00:00+02:00", "14 March 2026, 10:00 UTC"},
		{"Mars/Olympus", "2026-03-14T12:00:00Z", "14 March 2026, 12:00 UTC"},
		{"Local", "2026-03-14T12:00:00Z", "14 March 2026, 12:00 UTC"},
		{"Europe/Berlin", "2026-03-14T23:30:00Z", "15 March 2026, 00:30 Europe/Berlin (UTC+01:00)"},
		{"Europe/Berlin", "2026-10-25T00:30:00Z", "25 October 2026, 02:30 Europe/Berlin (UTC+02:00)"},
		{"Europe/Berlin", "2026-10-25T01:30:00Z", "25 October 2026, 02:30 Europe/Berlin (UTC+01:00)"},
		{"Asia/Kathmandu", "2026-03-14T12:00:00Z", "14 March 2026, 17:45 Asia/Kathmandu (UTC+05:45)"},
		{"America/St_Johns", "2026-01-01T00:00:00Z", "31 December 2025, 20:30 America/St_Johns (UTC-03:30)"},
		{"Pacific/Kiritimati", "2026-12-31T10:00:00Z", "1 January 2027, 00:00 Pacific/Kiritimati (UTC+14:00)"},
		{"Etc/UTC", "2026-03-14T12:00:00Z", "14 March 2026, 12:00 Etc/UTC (UTC+00:00)"},
	} {
		if got := (mail.Account{TimeZone: c.zone}).When(at(c.at)); got != c.want {
			t.Errorf("%s in %q: %q, want %q", c.at, c.zone, got, c.want)
		}
	}
}

func TestReplyAddresses(t *testing.T) {
	t.Parallel()
	for contact, want := range map[string]string{
		"support@example.org":                           "support@example.org",
		"Support <support@example.org>":                 "support@example.org",
		"mailto:support@example.org":                    "support@example.org",
		"mailto:support@example.org?subject=Credits":    "support@example.org",
		"mailto:help%2Bdesk@example.org":                "help+desk@example.org",
		"https://help.example.org/new?to=a@example.org": "",
		"the help desk, extension 42":                   "",
		"":                                              "",
		"support@example.org\r\nBcc: x@example.org":     "",
		"mailto:a@example.org%0D%0ABcc:x@example.org":   "",
		"a@example.org, b@example.org":                  "",
	} {
		if got := mail.ReplyAddress(contact); got != want {
			t.Errorf("%q: %q, want %q", contact, got, want)
		}
	}
}

// The command that calls a script is safe to paste: the endpoint cannot break out of its quotes.
func TestCallOfAScript(t *testing.T) {
	t.Parallel()
	const rest = ` -H "Authorization: Bearer $API_KEY" -H 'Content-Type: application/json' -d '{}'`
	for endpoint, want := range map[string]string{
		"https://run.example.org/s/nightly?a=1&b=2": "curl -X POST 'https://run.example.org/s/nightly?a=1&b=2'" + rest,
		"https://run.example.org/it's;rm -rf":       "curl -X POST 'https://run.example.org/it%27s;rm%20-rf'" + rest,
		"https://run.example.org/$(id)`id`":         "curl -X POST 'https://run.example.org/$%28id%29%60id%60'" + rest,
		"javascript:alert(1)":                       "",
		"run.example.org/s":                         "",
		"":                                          "",
	} {
		if got := (mail.ScriptDeployedData{Endpoint: endpoint}).Call(); got != want {
			t.Errorf("%q: %s\nwant %s", endpoint, got, want)
		}
	}
}
