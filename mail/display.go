package mail

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// The exported methods below return what the templates print.

// maxName bounds the account's name within an e-mail, in runes; mail clients cut longer subjects anyway.
const maxName = 80

// Name returns the account's name as the e-mail shows it.
func (a Account) Name() string {
	if a.AccountName == "" {
		return shorten(a.AccountID, maxName)
	}
	return shorten(a.AccountName, maxName)
}

// SupportHref returns the link to Support, or "" if the contact is neither an address nor a link.
func (a Account) SupportHref() string {
	if href := webHref(a.SupportContact); href != "" {
		return href
	}
	address := ReplyAddress(a.SupportContact)
	if address == "" || strings.ContainsAny(address, " <>?&\"") {
		return ""
	}
	subject := url.QueryEscape("Credits for account " + a.AccountID)
	return "mailto:" + address + "?subject=" + strings.ReplaceAll(subject, "+", "%20")
}

// ReplyAddress returns the bare address in a contact: "support@example.org", "Support <support@example.org>" or a mailto URL, whose subject
// and other fields are left out. It returns "" for any other contact.
func ReplyAddress(contact string) string {
	parsed, err := parseAddress(withoutMailto(contact))
	if err != nil {
		return ""
	}
	return parsed.Address
}

// withoutMailto returns the address of a mailto URL, and any other text as it is.
func withoutMailto(contact string) string {
	address, isURL := strings.CutPrefix(contact, "mailto:")
	if !isURL {
		return contact
	}
	address, _, _ = strings.Cut(address, "?")
	if plain, err := url.PathUnescape(address); err == nil {
		return plain
	}
	return address
}

// SupportLabel returns the contact as it is shown to readers: of a mailto URL, the address.
func (a Account) SupportLabel() string {
	if ReplyAddress(a.SupportContact) == "" {
		return a.SupportContact
	}
	return withoutMailto(a.SupportContact)
}

// ConsoleHref returns the link to the console, or "" if it is not a web URL.
func (a Account) ConsoleHref() string { return webHref(a.ConsoleURL) }

// webHref returns text if it is an absolute http or https URL without credentials, or else "".
func webHref(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	return u.String()
}

// IsCredits reports whether the e-mail is about model credits rather than tool runs.
func (b Balance) IsCredits() bool { return b.Meter == billing.ModelCredits }

// MeterName returns the meter's name for use within a sentence.
func (b Balance) MeterName() string {
	if b.IsCredits() {
		return "model credits"
	}
	return "tool runs"
}

// Left returns what remains, with its unit.
func (b Balance) Left() string { return quantity(b.Meter, b.Remaining) }

// Allotted returns the allocation, with its unit.
func (b Balance) Allotted() string { return quantity(b.Meter, b.Allocation) }

// Quantity formats an amount of the e-mail's meter with its unit.
func (b Balance) Quantity(text string) string { return quantity(b.Meter, text) }

// Credits formats an amount of credits with its unit.
func (b Balance) Credits(text string) string { return quantity(billing.ModelCredits, text) }

// EndpointHref returns the link to the script's endpoint, or "" if it is not a web URL.
func (d ScriptDeployedData) EndpointHref() string { return webHref(d.Endpoint) }

// Call returns a command that calls the script, or "" if its endpoint is not a web URL. Within single quotes, a shell takes everything
// literally except a single quote.
func (d ScriptDeployedData) Call() string {
	href := strings.ReplaceAll(d.EndpointHref(), "'", "%27")
	if href == "" {
		return ""
	}
	return "curl -X POST '" + href + "' -H \"Authorization: Bearer $API_KEY\" -H 'Content-Type: application/json' -d '{}'"
}

// Label returns the deployment's kind for use within a list.
func (d Deployment) Label() string {
	switch d.Kind {
	case "MODEL":
		return "model"
	case "GUARDRAIL":
		return "guardrail"
	case "SCRIPT":
		return "custom script"
	}
	return strings.ToLower(strings.ReplaceAll(d.Kind, "_", " "))
}

// grantName returns a grant's kind for use within a sentence.
func grantName(kind string) string {
	if kind == "TOP_UP" {
		return "top-up"
	}
	return strings.ToLower(strings.ReplaceAll(kind, "_", " "))
}

// When formats an instant to the minute in the account's time zone and names the zone. For zones other than UTC it adds the offset, which
// distinguishes the two hours with the same figures at the end of summer time.
func (a Account) When(at time.Time) string {
	zone, err := time.LoadLocation(a.TimeZone)
	if err != nil || zone == time.UTC || zone == time.Local {
		return at.UTC().Format("2 January 2006, 15:04 UTC")
	}
	return at.In(zone).Format("2 January 2006, 15:04 ") + a.TimeZone + at.In(zone).Format(" (UTC-07:00)")
}

// Within returns how long the token is still valid, in days.
func (d TokenExpiringData) Within() string {
	if d.Days == 1 {
		return "1 day"
	}
	return strconv.Itoa(d.Days) + " days"
}

// Used says when the token was last used.
func (d TokenExpiringData) Used() string {
	if d.LastUsedAt == nil {
		return "never"
	}
	return d.When(*d.LastUsedAt)
}

// Within returns how long the grant can still be used, in days, or in hours if less than a day is left.
func (d GrantExpiringData) Within() string {
	n, unit := d.Days, "day"
	if d.Hours > 0 {
		n, unit = d.Hours, "hour"
	}
	if n != 1 {
		unit += "s"
	}
	return strconv.Itoa(n) + " " + unit
}

// quantity formats a decimal text with thousands separators and its unit, e.g. "10,000 runs", "1 credit".
func quantity(m billing.Meter, text string) string {
	unit := " credit"
	if m == billing.ToolRuns {
		unit = " run"
	}
	if text != "1" && text != "-1" {
		unit += "s"
	}
	return grouped(text) + unit
}

func grouped(text string) string {
	sign, digits, fraction := "", text, ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	if dot := strings.IndexByte(digits, '.'); dot >= 0 {
		digits, fraction = digits[:dot], digits[dot:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits + fraction
}

// isPlainDecimal reports whether text consists of digits, with at most one point among them.
func isPlainDecimal(text string) bool {
	whole, fraction, point := strings.Cut(text, ".")
	return isDigits(whole) && (!point || isDigits(fraction)) && len(text) <= 40
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
