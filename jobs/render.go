package jobs

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Render renders an e-mail as it is sent and shown. Its facts were fixed when its cause occurred; the contact of Support and the link to
// the console are the present ones. It fails with mail.ErrKind or mail.ErrData, after which no retry helps.
func Render(e tsdb.Email, s tsdb.Settings) (mail.Rendered, error) {
	data, err := dataOf(mail.Kind(e.Kind), e.Facts, s)
	if err != nil {
		return mail.Rendered{}, err
	}
	document, err := json.Marshal(data)
	if err != nil {
		return mail.Rendered{}, fmt.Errorf("encode mail: %w", err)
	}
	return mail.Render(mail.Kind(e.Kind), document)
}

// dataOf returns the typed data for an e-mail's kind.
func dataOf(kind mail.Kind, f tsdb.MailFacts, s tsdb.Settings) (any, error) {
	a := mail.Account{AccountID: accountID(f.AccountID), AccountExternalID: f.AccountExternalID, AccountName: f.AccountName, SupportContact: s.SupportContact, ConsoleURL: s.ConsoleURL, TimeZone: f.TimeZone}
	b := mail.BalanceOf(f.Meter, f.Remaining, f.Allocation, billing.UsedPercent(f.Used, f.Allocation).String())
	switch kind {
	case mail.KindStep:
		return mail.StepData{Account: a, Balance: b, Percent: int(f.Threshold.Percent())}, nil
	case mail.KindLowLimit:
		return mail.LowLimitData{Account: a, Balance: b, Outlook: outlook(f), Limit: credits(f.LowLimit)}, nil
	case mail.KindZero:
		return mail.ZeroData{Account: a, Balance: b, Outlook: outlook(f)}, nil
	case mail.KindNegativeLimit:
		return mail.NegativeLimitData{Account: a, Balance: b, Limit: credits(f.Limit), At: f.At}, nil
	case mail.KindStopped:
		return mail.StoppedData{Account: a, Balance: b, Limit: credits(f.Limit), At: f.At, Stopped: deployments(f.Running)}, nil
	case mail.KindScriptDeployed:
		return mail.ScriptDeployedData{Account: a, Balance: b, ScriptName: f.Resource, Endpoint: f.Endpoint, RatePerHour: rate(f.RatePerHour), At: f.At}, nil
	case mail.KindScriptUndeployed:
		return mail.ScriptUndeployedData{Account: a, Balance: b, ScriptName: f.Resource, Reason: f.Reason, At: f.At}, nil
	case mail.KindScriptFailed:
		return mail.ScriptFailedData{Account: a, Balance: b, ScriptName: f.Resource, Reason: f.Reason, At: f.At}, nil
	case mail.KindGrantExpiring:
		return mail.GrantExpiringData{Account: a, Balance: b, GrantKind: f.GrantKind, Amount: f.Meter.Format(f.Amount), Days: f.Days, Hours: f.Hours, ExpiresAt: f.At}, nil
	case mail.KindGrantExpired:
		return mail.GrantExpiredData{Account: a, Balance: b, GrantKind: f.GrantKind, Amount: f.Meter.Format(f.Amount), ExpiredAt: f.At}, nil
	case mail.KindTokenExpiring:
		return mail.TokenExpiringData{Account: a, Balance: b, TokenName: f.Token, Prefix: f.TokenPrefix, Days: f.Days, ExpiresAt: f.At, LastUsedAt: orNil(f.LastUsedAt)}, nil
	}
	return nil, fmt.Errorf("%w: %q", mail.ErrKind, string(kind))
}

// outlook returns what will stop; it is empty if nothing runs.
func outlook(f tsdb.MailFacts) mail.Outlook {
	if len(f.Running) == 0 {
		return mail.Outlook{}
	}
	return mail.Outlook{Stops: deployments(f.Running), StopsAt: credits(f.Limit), StopsWhen: orNil(f.StopsAt), RatePerHour: rate(f.RatePerHour)}
}

func deployments(list []tsdb.MailResource) []mail.Deployment {
	out := make([]mail.Deployment, len(list))
	for i, r := range list {
		out[i] = mail.Deployment{Name: r.Name, Kind: kindOf(r.Category), Reason: r.Reason}
	}
	return out
}

// kindOf returns the kind of thing that a category hosts, in the words of e-mails.
func kindOf(c billing.Category) string {
	switch c {
	case billing.Models:
		return "MODEL"
	case billing.Guardrails:
		return "GUARDRAIL"
	case billing.Scripts:
		return "SCRIPT"
	}
	return string(c)
}

func credits(a billing.Amount) string { return billing.ModelCredits.Format(a) }

// rate formats a rate; "" for 0, so that it is not shown.
func rate(a billing.Amount) string {
	if a == 0 {
		return ""
	}
	return credits(a)
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// accountID returns the opaque id by which the API and Support know an account: unpadded base64url of "Account:key", the same as in package
// graph.
func accountID(key int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte("Account:" + strconv.FormatInt(key, 10)))
}
