package tsdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// MailFacts is what a mail is about, as it was at the commit that caused it: stored as email.data and rendered by the
// room that sends. Which fields are set depends on the kind.
type MailFacts struct {
	AccountID   int64          `json:"accountId"`
	AccountName string         `json:"accountName"`
	Meter       billing.Meter  `json:"meter"`
	Remaining   billing.Amount `json:"remaining"`
	Used        billing.Amount `json:"used"`
	Allocation  billing.Amount `json:"allocation"`
	Step        billing.Step   `json:"step,omitempty"`
	Limit       billing.Amount `json:"limit,omitempty"`   // LOW_LIMIT, NEGATIVE_LIMIT: the negative limit, where hosting stops
	StopsAt     time.Time      `json:"stopsAt,omitzero"`  // LOW_LIMIT: when at the present rate
	Running     []MailResource `json:"running,omitempty"` // LOW_LIMIT: what will stop; STOPPED: what was stopped
	Resource    string         `json:"resource,omitempty"`
	Endpoint    string         `json:"endpoint,omitempty"`
	Reason      string         `json:"reason,omitempty"`
	GrantNo     int32          `json:"grantNo,omitempty"`
	GrantKind   string         `json:"grantKind,omitempty"`
	Amount      billing.Amount `json:"amount,omitempty"` // GRANT_EXPIRING, GRANT_EXPIRED: what is or was left
	Days        int            `json:"days,omitempty"`   // GRANT_EXPIRING: 14 or 3
	At          time.Time      `json:"at,omitzero"`
}

// MailResource is something that runs, or ran, in a mail's list.
type MailResource struct {
	DeploymentID int64            `json:"deploymentId"`
	Name         string           `json:"name"`
	Category     billing.Category `json:"category"`
	Reason       string           `json:"reason,omitempty"`
}

// mailRow is a mail to write, one row a recipient.
type mailRow struct {
	kind, key string
	facts     MailFacts
}

// facts are the facts that every mail has.
func (c *change) facts(m billing.MeterState, step billing.Step) MailFacts {
	f := MailFacts{AccountID: c.ID, AccountName: c.Name, Meter: m.Meter, Remaining: m.Balance(), Used: m.Used, Allocation: m.Allocation, Step: step}
	if step == billing.StepLow || step == billing.StepNegative {
		f.Limit = c.Thresholds.Negative
	}
	if step == billing.StepLow {
		f.StopsAt = c.Outlook().StopAt.Time()
		for _, s := range c.Running {
			f.Running = append(f.Running, MailResource{DeploymentID: s.DeploymentID, Category: s.Category})
		}
	}
	return f
}

func (c *change) addMail(kind, key string, facts MailFacts) {
	c.mails = append(c.mails, mailRow{kind, key, facts})
}

const insertMail = `-- name: write mail, one row a recipient: master admins, admins and extra billing contacts
INSERT INTO email (account_id, key, recipient, kind, data, message_id, state, created_at)
SELECT $1, $2, r.email, $3, $4, '<' || md5($1::text || '/' || $2 || '/' || r.email) || '@usagegraph>', $5, $6
FROM (SELECT lower(email) AS email FROM member WHERE account_id = $1 AND role IN ('MASTER_ADMIN', 'ADMIN')
      UNION SELECT lower(email) FROM billing_contact WHERE account_id = $1) r
ON CONFLICT (account_id, key, recipient) DO NOTHING RETURNING email_id`

// writeMails writes the mails of a transaction and hands them to the queue. The unique key makes each once.
func (s *Store) writeMails(ctx context.Context, tx pgx.Tx, changes []*change) error {
	var queued []int64
	for _, c := range changes {
		for _, m := range c.mails {
			ids, err := s.writeMail(ctx, tx, c, m)
			if err != nil {
				return err
			}
			if c.Mails {
				queued = append(queued, ids...)
			}
		}
	}
	if len(queued) == 0 || s.mailer == nil {
		return nil
	}
	if err := s.mailer.QueueMails(ctx, tx, queued); err != nil {
		return fmt.Errorf("queue mails: %w", err)
	}
	return nil
}

func (s *Store) writeMail(ctx context.Context, tx pgx.Tx, c *change, m mailRow) ([]int64, error) {
	if err := nameResources(ctx, tx, m.facts.Running); err != nil {
		return nil, err
	}
	data, err := json.Marshal(m.facts)
	if err != nil {
		return nil, fmt.Errorf("encode mail: %w", err)
	}
	state := "STORED"
	if c.Mails && s.mailer != nil {
		state = "QUEUED"
	}
	rows, err := tx.Query(ctx, insertMail, c.ID, m.key, m.kind, data, state, s.Now())
	if err != nil {
		return nil, fmt.Errorf("write mail: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("write mail: %w", err)
	}
	return ids, nil
}

// nameResources fills in the names of a mail's list.
func nameResources(ctx context.Context, tx pgx.Tx, list []MailResource) error {
	if len(list) == 0 {
		return nil
	}
	ids := make([]int64, len(list))
	for i, r := range list {
		ids[i] = r.DeploymentID
	}
	rows, err := tx.Query(ctx, `-- name: name what runs
SELECT d.deployment_id, CASE WHEN d.category = 'MODELS' THEN r.name || ' / ' || d.name ELSE r.name END
FROM deployment d JOIN resource r USING (resource_id) WHERE d.deployment_id = ANY($1::bigint[])`, ids)
	if err != nil {
		return fmt.Errorf("name resources: %w", err)
	}
	var id int64
	var name string
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error {
		for i := range list {
			if list[i].DeploymentID == id {
				list[i].Name = name
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("name resources: %w", err)
	}
	return nil
}
