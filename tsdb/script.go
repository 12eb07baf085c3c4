package tsdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/text"
)

// The languages of custom scripts, and the version that each runs in (rules.md §9).
const (
	JavaScript = "JAVASCRIPT"
	Python     = "PYTHON"
)

// languageVersion returns the version that scripts of a language run in; "" for an unknown language. It is that of the
// platform's runtime: a script is listed with the one that it was made for.
func languageVersion(language string) string {
	switch language {
	case JavaScript:
		return "20.19.0"
	case Python:
		return "3.10.15"
	}
	return ""
}

// NewScript describes a custom script to make.
// Its code is the platform's business and never comes here.
type NewScript struct {
	AccountID      int64
	Name           string
	Language       string // JavaScript or Python
	IdempotencyKey string // "": every call makes another
	Own
}

// CreateScript makes a custom script, as a draft. It passes no gate, because drafts cost nothing.
func (s *Store) CreateScript(ctx context.Context, n NewScript) (Resource, error) {
	if err := validateScript(n); err != nil {
		return Resource{}, err
	}
	var m made
	err := s.changeAccount(ctx, n.AccountID, changeOptions{}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		return c.once(ctx, tx, n.IdempotencyKey, "createScript", n, &m, func() (err error) {
			m.Resource, err = c.createScript(ctx, tx, n)
			return err
		})
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, m.Resource)
}

// createScript makes the row of a draft.
func (c *change) createScript(ctx context.Context, tx pgx.Tx, n NewScript) (id int64, err error) {
	r := Resource{Kind: KindScript, Name: n.Name, Status: Draft, Language: n.Language, LanguageVersion: languageVersion(n.Language),
		ExternalID: n.ExternalID, Tags: n.Tags}
	err = c.insertResource(ctx, tx, &r)
	return r.ID, err
}

// validateScript refuses what can be refused without the account.
func validateScript(n NewScript) error {
	if languageVersion(n.Language) == "" {
		return refuse(Invalid, "language", "the language must be JAVASCRIPT or PYTHON")
	}
	if err := text.CheckName("name", n.Name); err != nil {
		return err
	}
	if err := n.Own.check(); err != nil {
		return err
	}
	return checkKey(n.IdempotencyKey, false)
}

// ScriptDeployment describes how a script is deployed. With Until it reports, in one call, hosting that is over
// (rules.md §6), which is charged and passes no gate.
type ScriptDeployment struct {
	AccountID int64
	ScriptID  int64
	Hardware  string // profile of the rate card
	Replicas  int64
	At        time.Time // when it is asked for; zero: now
	Until     time.Time // when it ended; zero: it waits for its report
}

// DeployScript asks for the deployment of a script, which is DEPLOYING until ReportDeployment. It passes the gate
// DEPLOY_SCRIPT.
func (s *Store) DeployScript(ctx context.Context, n ScriptDeployment) (Resource, error) {
	if err := checkReplicas(n.Replicas); err != nil {
		return Resource{}, err
	}
	err := s.changeHosting(ctx, n.AccountID, func(ctx context.Context, h *hostingTx) error {
		r, x, err := h.onlyDeploymentOf(ctx, KindScript, n.ScriptID, "scriptId")
		if err != nil {
			return err
		}
		// A script that runs must be redeployed, which ends it first; deploying it again as if it were new would charge
		// it twice.
		if r.Status == Deployed || r.Status == Deploying || r.Status == Deleted {
			return refuse(WrongState, "scriptId", "a script that is %s cannot be deployed", r.Status)
		}
		// A script always waits for its report (rules.md §6), but hosting that is over has nothing to wait for.
		p := placement{n.Hardware, n.Replicas, n.Until.IsZero(), n.At, n.Until}
		// A script has one deployment, which is deployed again, so that its history stays in one row.
		if x != nil {
			return h.deployAgain(ctx, x, p)
		}
		_, err = h.deployNew(ctx, r, Deployment{Name: r.Name}, p)
		return err
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, n.ScriptID)
}

// RedeployScript asks for the deployment of a script again, at the rate in force: what runs ends, and the script is
// DEPLOYING until ReportDeployment. It passes the gate DEPLOY_SCRIPT. Nothing is charged while the script is DEPLOYING
// (rules.md §6: only what is DEPLOYED is).
func (s *Store) RedeployScript(ctx context.Context, n Redeployment) (Resource, error) {
	// Whatever the caller says: see DeployScript.
	n.Pending = n.Until.IsZero()
	err := s.changeHosting(ctx, n.AccountID, func(ctx context.Context, h *hostingTx) error {
		x, err := h.find(ctx, Deployable{KindScript, n.ID}, "scriptId")
		if err != nil {
			return err
		}
		if x.resource.Status == Deploying || x.resource.Status == Deleted {
			return refuse(WrongState, "scriptId", "a script that is %s cannot be deployed again", x.resource.Status)
		}
		return h.deployAgain(ctx, x, n.placement())
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, n.ID)
}

// UndeployScript ends a script's deployment at an instant (zero: now); the script becomes READY_TO_DEPLOY. It passes no
// gate, because stopping what costs is always allowed.
func (s *Store) UndeployScript(ctx context.Context, account, script int64, at time.Time) (Resource, error) {
	return s.undeployOnly(ctx, account, KindScript, script, "scriptId", at)
}

// DeleteScript deletes a script that is neither deployed nor being deployed (page). It stays listed.
func (s *Store) DeleteScript(ctx context.Context, account, script int64) (Resource, error) {
	err := s.changeHosting(ctx, account, func(ctx context.Context, h *hostingTx) error {
		r, x, err := h.onlyDeploymentOf(ctx, KindScript, script, "scriptId")
		switch {
		case err != nil || r.Status == Deleted:
			return err
		// rules.md §9: a deployed script cannot be deleted.
		case r.Status == Deployed || r.Status == Deploying:
			return refuse(WrongState, "scriptId", "a script that is deployed or being deployed cannot be deleted: undeploy it first")
		case x != nil:
			// Its segments stay, because charts and panels show them.
			x.deployment.Status, x.deployment.UpdatedAt = DeploymentDeleted, h.Now.Time()
			if err := h.put(ctx, x); err != nil {
				return err
			}
		}
		return h.deleteResource(ctx, h.tx, &r)
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, script)
}
