package mail

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// ErrKind means that a kind has no templates.
var ErrKind = errors.New("unknown kind of mail")

// ErrData means that the data do not fit their kind: the JSON has the wrong form, or something required is missing. No retry helps.
var ErrData = errors.New("unfit mail data")

// content is the data of one kind.
type content interface{ check() error }

// decode reads and checks the data of a kind.
func decode(kind Kind, raw json.RawMessage) (content, error) {
	c, err := newContent(kind)
	if err != nil {
		return nil, err
	}
	cleaned, err := cleanJSON(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrData, kind, err)
	}
	if err := json.Unmarshal(cleaned, c); err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrData, kind, err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrData, kind, err)
	}
	return c, nil
}

func newContent(kind Kind) (content, error) {
	switch kind {
	case KindStep:
		return &StepData{}, nil
	case KindLowLimit:
		return &LowLimitData{}, nil
	case KindZero:
		return &ZeroData{}, nil
	case KindNegativeLimit:
		return &NegativeLimitData{}, nil
	case KindStopped:
		return &StoppedData{}, nil
	case KindScriptDeployed:
		return &ScriptDeployedData{}, nil
	case KindScriptUndeployed:
		return &ScriptUndeployedData{}, nil
	case KindScriptFailed:
		return &ScriptFailedData{}, nil
	case KindGrantExpiring:
		return &GrantExpiringData{}, nil
	case KindGrantExpired:
		return &GrantExpiredData{}, nil
	case KindTokenExpiring:
		return &TokenExpiringData{}, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrKind, string(kind))
}

func (d *StepData) check() error {
	return errors.Join(common(d.Account, d.Balance), wrongIf(d.Percent < 1 || d.Percent > 100, "percent"))
}

func (d *LowLimitData) check() error {
	return errors.Join(common(d.Account, d.Balance), d.Outlook.check(), credits("limit", d.Limit),
		wrongIf(len(d.Stops) == 0, "stops"))
}

func (d *ZeroData) check() error { return errors.Join(common(d.Account, d.Balance), d.Outlook.check()) }

func (d *NegativeLimitData) check() error {
	return errors.Join(common(d.Account, d.Balance), credits("limit", d.Limit), instant("at", d.At))
}

func (d *StoppedData) check() error {
	return errors.Join(common(d.Account, d.Balance), credits("limit", d.Limit), instant("at", d.At),
		wrongIf(len(d.Stopped) == 0, "stopped"), named(d.Stopped))
}

func (d *ScriptDeployedData) check() error {
	return errors.Join(common(d.Account, d.Balance), wrongIf(d.ScriptName == "", "scriptName"),
		optionalCredits("ratePerHour", d.RatePerHour), instant("at", d.At))
}

func (d *ScriptUndeployedData) check() error {
	return errors.Join(common(d.Account, d.Balance), wrongIf(d.ScriptName == "", "scriptName"), instant("at", d.At))
}

func (d *ScriptFailedData) check() error {
	return errors.Join(common(d.Account, d.Balance), wrongIf(d.ScriptName == "", "scriptName"), instant("at", d.At))
}

func (d *GrantExpiringData) check() error {
	return errors.Join(common(d.Account, d.Balance), wrongIf(d.GrantKind == "", "grantKind"),
		amount("amount", d.Meter, d.Amount), wrongIf(d.Days < 1 || d.Hours < 0, "days, hours"), instant("expiresAt", d.ExpiresAt))
}

func (d *GrantExpiredData) check() error {
	return errors.Join(common(d.Account, d.Balance), wrongIf(d.GrantKind == "", "grantKind"),
		amount("amount", d.Meter, d.Amount), instant("expiredAt", d.ExpiredAt))
}

func (d *TokenExpiringData) check() error {
	return errors.Join(common(d.Account, d.Balance), wrongIf(d.TokenName == "" || d.Prefix == "", "tokenName, prefix"),
		wrongIf(d.Days < 1, "days"), instant("expiresAt", d.ExpiresAt))
}

func (o Outlook) check() error {
	if len(o.Stops) == 0 {
		return optionalCredits("ratePerHour", o.RatePerHour)
	}
	return errors.Join(named(o.Stops), credits("stopsAt", o.StopsAt), optionalCredits("ratePerHour", o.RatePerHour))
}

// common checks what every e-mail must say: what is left, what was allotted, and how to reach Support (rules.md §8).
func common(a Account, b Balance) error {
	return errors.Join(
		wrongIf(a.AccountID == "", "accountId"),
		wrongIf(a.SupportContact == "", "supportContact"),
		wrongIf(!b.Meter.IsValid(), "meter"),
		amount("remaining", b.Meter, b.Remaining),
		amount("allocation", b.Meter, b.Allocation),
		wrongIf(!isPlainDecimal(b.UsedPercent), "usedPercent"),
	)
}

func named(list []Deployment) error {
	for i, d := range list {
		if d.Name == "" {
			return fmt.Errorf("deployment %d: name", i)
		}
	}
	return nil
}

func amount(field string, m billing.Meter, text string) error {
	_, err := m.Parse(text)
	return wrongIf(err != nil, field)
}

func credits(field, text string) error { return amount(field, billing.ModelCredits, text) }

func optionalCredits(field, text string) error {
	if text == "" {
		return nil
	}
	return credits(field, text)
}

func instant(field string, at time.Time) error { return wrongIf(at.IsZero(), field) }

func wrongIf(wrong bool, field string) error {
	if wrong {
		return errors.New("missing or wrong: " + field)
	}
	return nil
}
