package mail

import (
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// Kind says what an e-mail is about. It determines the templates and the type of the data (rules.md §8).
type Kind string

// The kinds of e-mail, each with the type of its data.
const (
	KindStep             Kind = "STEP"              // StepData: 50, 70, 80 or 90 percent of a meter are used
	KindLowLimit         Kind = "LOW_LIMIT"         // LowLimitData: credits are below the low-credit limit while something runs
	KindZero             Kind = "ZERO"              // ZeroData: nothing of a meter is left
	KindNegativeLimit    Kind = "NEGATIVE_LIMIT"    // NegativeLimitData: the balance has reached the negative limit
	KindStopped          Kind = "STOPPED"           // StoppedData: everything that was stopped at the negative limit
	KindScriptDeployed   Kind = "SCRIPT_DEPLOYED"   // ScriptDeployedData: a custom script runs, with its endpoint
	KindScriptUndeployed Kind = "SCRIPT_UNDEPLOYED" // ScriptUndeployedData: a custom script no longer runs
	KindScriptFailed     Kind = "SCRIPT_FAILED"     // ScriptFailedData: the deployment of a custom script failed
	KindGrantExpiring    Kind = "GRANT_EXPIRING"    // GrantExpiringData: a grant with something left expires in 14 or 3 days
	KindGrantExpired     Kind = "GRANT_EXPIRED"     // GrantExpiredData: a grant has expired with something left
	KindTokenExpiring    Kind = "TOKEN_EXPIRING"    // TokenExpiringData: an API token ends in 14 or 3 days
)

// Kinds lists every kind once.
func Kinds() []Kind {
	return []Kind{
		KindStep, KindLowLimit, KindZero, KindNegativeLimit, KindStopped,
		KindScriptDeployed, KindScriptUndeployed, KindScriptFailed, KindGrantExpiring, KindGrantExpired,
		KindTokenExpiring,
	}
}

// Account is the part of the data that every e-mail has: the account, and where to get help.
type Account struct {
	AccountID         string `json:"accountId"`         // required; the id that Support asks for
	AccountExternalID string `json:"accountExternalId"` // the platform's own id of the account; empty: none
	AccountName       string `json:"accountName"`       // empty: the id is shown instead
	SupportContact    string `json:"supportContact"`    // required; an e-mail address, or an http, https or mailto URL; anything else is shown as text
	ConsoleURL        string `json:"consoleUrl"`        // http or https; empty: no link to the console
	TimeZone          string `json:"timeZone"`          // IANA name of the zone for all times; empty or unknown: UTC
}

// Balance is a meter's state when the e-mail's cause occurred. Every e-mail has one. Amounts are decimal texts in the meter's display unit,
// as written by billing.Meter.Format.
type Balance struct {
	Meter       billing.Meter `json:"meter"`       // required
	Remaining   string        `json:"remaining"`   // required; negative in debt
	Allocation  string        `json:"allocation"`  // required
	UsedPercent string        `json:"usedPercent"` // required; at most 2 decimals, without the sign; above 100 in debt
}

// BalanceOf formats a meter's amounts, given in its smallest unit. usedPercent is the decimal text of rules.md §1.
func BalanceOf(m billing.Meter, remaining, allocation billing.Amount, usedPercent string) Balance {
	return Balance{Meter: m, Remaining: m.Format(remaining), Allocation: m.Format(allocation), UsedPercent: usedPercent}
}

// Deployment is something that runs, or ran until it was stopped.
type Deployment struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`             // MODEL, GUARDRAIL or SCRIPT; anything else is shown unchanged
	Reason string `json:"reason,omitempty"` // why it was stopped; empty while it runs
}

// Outlook says what will happen to the running deployments if no credits are added.
type Outlook struct {
	Stops       []Deployment `json:"stops"`               // what will stop; empty: nothing runs
	StopsAt     string       `json:"stopsAt"`             // required if something stops: the balance in credits, e.g. "-25"
	StopsWhen   *time.Time   `json:"stopsWhen,omitempty"` // at the present rate; nil: not foreseeable
	RatePerHour string       `json:"ratePerHour"`         // credits per hour that hosting costs now; empty: unknown
}

// StepData is the data of KindStep.
type StepData struct {
	Account
	Balance
	Percent int `json:"percent"` // the threshold reached, 1 to 100
}

// LowLimitData is the data of KindLowLimit. The e-mail is for accounts that run something, so Stops is required.
type LowLimitData struct {
	Account
	Balance
	Outlook
	Limit string `json:"limit"` // required; the low-credit limit in credits
}

// ZeroData is the data of KindZero, for either meter. For tool runs, the outlook stays empty.
type ZeroData struct {
	Account
	Balance
	Outlook
}

// NegativeLimitData is the data of KindNegativeLimit.
type NegativeLimitData struct {
	Account
	Balance
	Limit string    `json:"limit"` // required; the negative limit in credits, e.g. "-25"
	At    time.Time `json:"at"`    // required; when the balance reached it
}

// StoppedData is the data of KindStopped.
type StoppedData struct {
	Account
	Balance
	Limit   string       `json:"limit"`   // required; the negative limit in credits
	At      time.Time    `json:"at"`      // required; the second of the stop
	Stopped []Deployment `json:"stopped"` // required; everything that the stop ended; all of it is listed
}

// ScriptDeployedData is the data of KindScriptDeployed.
type ScriptDeployedData struct {
	Account
	Balance
	ScriptName  string    `json:"scriptName"`  // required
	Endpoint    string    `json:"endpoint"`    // where the script's API answers; empty: the console will show it later
	RatePerHour string    `json:"ratePerHour"` // credits per hour for all replicas; empty: not shown
	At          time.Time `json:"at"`          // required
}

// ScriptUndeployedData is the data of KindScriptUndeployed.
type ScriptUndeployedData struct {
	Account
	Balance
	ScriptName string    `json:"scriptName"` // required
	Reason     string    `json:"reason"`     // empty: not shown
	At         time.Time `json:"at"`         // required
}

// ScriptFailedData is the data of KindScriptFailed.
type ScriptFailedData struct {
	Account
	Balance
	ScriptName string    `json:"scriptName"` // required
	Reason     string    `json:"reason"`     // empty: not shown
	At         time.Time `json:"at"`         // required
}

// GrantExpiringData is the data of KindGrantExpiring.
type GrantExpiringData struct {
	Account
	Balance
	GrantKind string    `json:"grantKind"` // required; FREE, TOP_UP, PLAN, ADJUSTMENT, …
	Amount    string    `json:"amount"`    // required; what is left of the grant, in the meter's display unit
	Days      int       `json:"days"`      // required; 14 or 3 by default, fewer if the notice is late or the grant is short
	Hours     int       `json:"hours"`     // hours left, if less than a day; 0: days are shown
	ExpiresAt time.Time `json:"expiresAt"` // required
}

// GrantExpiredData is the data of KindGrantExpired.
type GrantExpiredData struct {
	Account
	Balance
	GrantKind string    `json:"grantKind"` // required
	Amount    string    `json:"amount"`    // required; what was lost
	ExpiredAt time.Time `json:"expiredAt"` // required
}

// TokenExpiringData is the data of KindTokenExpiring.
type TokenExpiringData struct {
	Account
	Balance
	TokenName  string     `json:"tokenName"`  // required
	Prefix     string     `json:"prefix"`     // required; the first characters of the secret
	Days       int        `json:"days"`       // required; days left, rounded up
	ExpiresAt  time.Time  `json:"expiresAt"`  // required
	LastUsedAt *time.Time `json:"lastUsedAt"` // to the minute; nil: never
}
