package tsdb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// MailFacts is what an e-mail is about, as it was at the commit that caused it. It is stored as email.data and rendered
// by the room that sends. Which fields are set depends on the kind. An e-mail is rendered when it is sent, which may be
// hours later, but tells what was true when it was written; only the recipient's address is looked up then. Amounts are
// in micro-credits or runs, by meter.
type MailFacts struct {
	AccountID         int64             `json:"accountId"`
	AccountExternalID string            `json:"accountExternalId,omitempty"` // the platform's own id of the account, when the mail was written
	AccountName       string            `json:"accountName"`
	TimeZone          string            `json:"timeZone,omitempty"` // in which its times are written
	Meter             billing.Meter     `json:"meter"`
	Remaining         billing.Amount    `json:"remaining"`
	Used              billing.Amount    `json:"used"`
	Allocation        billing.Amount    `json:"allocation"`
	Threshold         billing.Threshold `json:"step,omitempty"`
	LowLimit          billing.Amount    `json:"lowLimit,omitempty"`    // LOW_LIMIT: the limit that was passed
	Limit             billing.Amount    `json:"limit,omitempty"`       // LOW_LIMIT, ZERO, NEGATIVE_LIMIT, STOPPED: where hosting stops
	StopsAt           time.Time         `json:"stopsAt,omitzero"`      // LOW_LIMIT, ZERO: when at the present rate
	RatePerHour       billing.Amount    `json:"ratePerHour,omitempty"` // LOW_LIMIT, ZERO: of all hosting; SCRIPT_DEPLOYED: of the script
	Running           []MailResource    `json:"running,omitempty"`     // LOW_LIMIT, ZERO: what will stop; STOPPED: what was stopped
	Resource          string            `json:"resource,omitempty"`    // SCRIPT_DEPLOYED, SCRIPT_UNDEPLOYED, SCRIPT_FAILED: its name
	Endpoint          string            `json:"endpoint,omitempty"`    // SCRIPT_DEPLOYED: "" while none is known
	Reason            string            `json:"reason,omitempty"`
	GrantNo           int32             `json:"grantNo,omitempty"`
	GrantKind         string            `json:"grantKind,omitempty"`
	Amount            billing.Amount    `json:"amount,omitempty"` // GRANT_EXPIRING, GRANT_EXPIRED: what is or was left
	Days              int               `json:"days,omitempty"`   // GRANT_EXPIRING, TOKEN_EXPIRING: days left, rounded up; mostly 14 or 3
	Hours             int               `json:"hours,omitempty"`  // GRANT_EXPIRING: hours left, if less than a day is
	At                time.Time         `json:"at,omitzero"`      // when it happened; GRANT_EXPIRING, TOKEN_EXPIRING: when the grant or token ends
	Token             string            `json:"token,omitempty"`  // TOKEN_EXPIRING: its name
	TokenPrefix       string            `json:"tokenPrefix,omitempty"`
	LastUsedAt        time.Time         `json:"lastUsedAt,omitzero"` // TOKEN_EXPIRING: zero: never
}

// MailResource is something that runs, or ran, in an e-mail's list.
type MailResource struct {
	DeploymentID int64            `json:"deploymentId"`
	Name         string           `json:"name"`
	Category     billing.Category `json:"category"`
	Reason       string           `json:"reason,omitempty"`
}

// mailRow is an e-mail to write, one row per recipient. key makes it unique within the account, whatever is repeated;
// kind says which template renders it.
type mailRow struct {
	kind, key string
	threshold string // "meter/threshold" of an e-mail about a threshold, by which the pause is kept; "": none
	facts     MailFacts
}

// facts returns the facts that every e-mail has, and those about a limit of the credits. The state is that after the
// transaction, since that decides which thresholds are reached (rules.md §3).
func (c *change) facts(m billing.MeterState, threshold billing.Threshold) MailFacts {
	f := MailFacts{AccountID: c.ID, AccountName: c.Name, TimeZone: c.TimeZone, Meter: m.Meter, Remaining: m.Balance(), Used: m.Used, Allocation: m.Allocation, Threshold: threshold}
	switch {
	case m.Meter != billing.ModelCredits:
	case threshold == billing.ThresholdLow || threshold == billing.ThresholdZero:
		c.addOutlook(&f)
	case threshold == billing.ThresholdNegative:
		f.Limit, f.At = c.Limits.Negative, c.At.Time()
		// If hosting was stopped, that second is when the limit was reached; otherwise it is the posting's.
		if n := len(c.Journal.Stops); n > 0 {
			f.At = c.Journal.Stops[n-1].At.Time()
		}
	}
	return f
}

// addOutlook adds what will stop, at which balance, and when at the present rate (rules.md §8). Names of resources are
// filled in when the e-mail is written, so that transactions without e-mails do not read them.
func (c *change) addOutlook(f *MailFacts) {
	o := c.Outlook()
	f.LowLimit, f.Limit, f.StopsAt, f.RatePerHour = c.Limits.Low, c.Limits.Negative, o.StopAt.Time(), o.RatePerHour
	for _, s := range c.Running {
		f.Running = append(f.Running, MailResource{DeploymentID: s.DeploymentID, Category: s.Category})
	}
}

func (c *change) addMail(kind, key string, facts MailFacts) {
	c.mails = append(c.mails, mailRow{kind: kind, key: key, facts: facts})
}

// addThresholdMail adds an e-mail once per account, meter, threshold and arming. The arming in the key makes it once;
// the threshold beside it keeps the pause, which lasts whatever the arming (rules.md §8).
func (c *change) addThresholdMail(kind string, m billing.MeterState, threshold billing.Threshold) {
	of := string(m.Meter) + "/" + string(threshold)
	key := "step/" + of + "/" + strconv.FormatInt(m.Thresholds.Arming(threshold), 10)
	c.mails = append(c.mails, mailRow{kind, key, of, c.facts(m, threshold)})
}

// recipients are those who get an account's e-mails now, one row per address: master admins, admins and extra billing
// contacts. Each address gets one e-mail, ignoring case. A member goes before a contact of the same address, because
// members may mute kinds of e-mails. Whether it is still a recipient is asked again before the e-mail is sent.
const recipients = `(SELECT DISTINCT ON (p.email) p.email, p.user_id FROM (
    SELECT lower(email) AS email, user_id FROM member WHERE account_id = $1 AND role IN ('MASTER_ADMIN', 'ADMIN')
    UNION ALL SELECT lower(email), NULL FROM billing_contact WHERE account_id = $1) p
  WHERE p.email <> '' ORDER BY p.email, p.user_id NULLS LAST)`

// An e-mail about a threshold ($7) is held back while the pause ($8) since the last one about it lasts. One that was held
// back, skipped or given up begins no pause, nor does one of a later instant, by another process's clock. ON CONFLICT
// makes an e-mail once for each arming: a repeat writes and queues nothing.
const insertMail = `-- name: write mail, one row a recipient
INSERT INTO email (account_id, key, recipient, user_id, kind, data, message_id, state, step, created_at)
SELECT $1, $2, r.email, r.user_id, $3, $4::jsonb || (SELECT jsonb_strip_nulls(jsonb_build_object('accountExternalId', external_id)) FROM account WHERE account_id = $1), ` + messageID + `,
  CASE WHEN EXISTS (SELECT FROM email b WHERE b.account_id = $1 AND b.step = $7 AND b.created_at > $6::timestamptz - $8::interval
    AND b.created_at <= $6 AND b.state IN ('STORED', 'QUEUED', 'SENT')) THEN 'HELD_BACK' ELSE $5 END, $7, $6
FROM ` + recipients + ` r
ON CONFLICT (account_id, key, recipient) DO NOTHING RETURNING email_id, state`

// messageID names the e-mail to one recipient. It follows from the row, so an e-mail that is sent twice because of a
// crash has the same id, and mail programs show it once.
const messageID = `'<' || md5($1::text || '/' || $2 || '/' || r.email || '/' || $6::timestamptz::text) || '@' || $9 || '>'`

// writeMails writes the e-mails of a transaction, in one round trip, and hands them to the queue. The unique key makes
// each once. E-mails that wait for delivery are queued in the same transaction, so neither exists without the other.
func (s *Store) writeMails(ctx context.Context, tx pgx.Tx, changes []*change) error {
	if err := nameResources(ctx, tx, changes); err != nil {
		return err
	}
	var b pgx.Batch
	var queued []int64
	for _, c := range changes {
		for _, m := range c.mails {
			data, err := json.Marshal(m.facts)
			if err != nil {
				return fmt.Errorf("encode mail: %w", err)
			}
			// Without a mailer, or for an account whose e-mails are switched off, e-mails are only kept; nothing sends
			// them later (live.md).
			state := EmailStored
			if c.Mails && s.mailer != nil {
				state = EmailQueued
			}
			b.Queue(insertMail, c.ID, m.key, m.kind, data, string(state), s.Now(), pg.OrNull(m.threshold), s.settings.MailPause, s.settings.MailDomain).Query(collectQueued(&queued))
		}
	}
	if b.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("write mails: %w", err)
	}
	if len(queued) == 0 {
		return nil
	}
	if err := s.mailer.QueueMails(ctx, tx, queued); err != nil {
		return fmt.Errorf("queue mails: %w", err)
	}
	return nil
}

// collectQueued reads the ids and states of the e-mails written, and keeps those that wait for delivery, which e-mails
// that are held back or stored do not.
func collectQueued(into *[]int64) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var id int64
		var state EmailState
		_, err := pgx.ForEachRow(rows, []any{&id, &state}, func() error {
			if state == EmailQueued {
				*into = append(*into, id)
			}
			return nil
		})
		return err
	}
}

// nameResources fills in the names in the e-mails' lists, in one statement for all e-mails. A model's deployment is
// named with its model.
func nameResources(ctx context.Context, tx pgx.Tx, changes []*change) error {
	var ids []int64
	for _, c := range changes {
		for _, m := range c.mails {
			for _, r := range m.facts.Running {
				ids = append(ids, r.DeploymentID)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `-- name: name what runs
SELECT d.deployment_id, CASE WHEN d.category = 'MODELS' THEN r.name || ' / ' || d.name ELSE r.name END
FROM deployment d JOIN resource r USING (resource_id) WHERE d.deployment_id = ANY($1::bigint[])`, ids)
	if err != nil {
		return fmt.Errorf("name resources: %w", err)
	}
	names := map[int64]string{}
	var id int64
	var name string
	if _, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error { names[id] = name; return nil }); err != nil {
		return fmt.Errorf("name resources: %w", err)
	}
	for _, c := range changes {
		for _, m := range c.mails {
			for i := range m.facts.Running {
				m.facts.Running[i].Name = names[m.facts.Running[i].DeploymentID]
			}
		}
	}
	return nil
}

// mailThresholds writes the e-mails about the thresholds that a transaction reached on a meter: the highest percent
// threshold that was reached by use, and the gravest limit.
func (c *change) mailThresholds(m billing.Meter, state billing.MeterState, reached []billing.Threshold) {
	// A threshold that was reached by a loss (expiry, retirement, correction) is marked quietly; limits are mailed about
	// for whatever reason they were reached (live.md).
	loud := slices.DeleteFunc(slices.Clone(reached), func(s billing.Threshold) bool { return c.isQuiet(m, s) })
	if threshold, ok := billing.PercentMail(loud); ok {
		c.addThresholdMail("STEP", state, threshold)
	}
	threshold, ok := billing.LimitMail(reached)
	switch {
	case !ok && !c.beginsToHostBelowLow(m, state):
	case !ok:
		c.addThresholdMail("LOW_LIMIT", state, billing.ThresholdLow)
	case threshold == billing.ThresholdZero:
		c.addThresholdMail("ZERO", state, threshold)
	case threshold == billing.ThresholdNegative:
		c.addThresholdMail("NEGATIVE_LIMIT", state, threshold)
	case c.hostsGuardrailsOrScripts():
		c.addThresholdMail("LOW_LIMIT", state, threshold)
	}
}

// hostsGuardrailsOrScripts reports whether the low limit concerns anybody (rules.md §8). If only models run, e-mails
// about limits begin with zero.
func (c *change) hostsGuardrailsOrScripts() bool {
	return slices.ContainsFunc(c.Running, isGuardrailOrScript)
}

func isGuardrailOrScript(s billing.Segment) bool { return s.Category != billing.Models }

// beginsToHostBelowLow reports whether the low limit, reached before, concerns somebody only from now on, because what
// was pending runs.
func (c *change) beginsToHostBelowLow(m billing.Meter, state billing.MeterState) bool {
	return m == billing.ModelCredits && state.Thresholds.Reached(billing.ThresholdLow) && !state.Thresholds.Reached(billing.ThresholdZero) &&
		c.hostsGuardrailsOrScripts() && !slices.ContainsFunc(c.before.Running, isGuardrailOrScript)
}
