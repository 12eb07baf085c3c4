package otlp

import (
	"slices"

	common "go.opentelemetry.io/proto/otlp/common/v1"
)

// Attributes of our own, which say more than the conventions do. Each names a thing by our id, or by external:KIND:ID.
const (
	accountID    = "usagegraph.account"
	modelID      = "usagegraph.model"
	toolID       = "usagegraph.tool"
	deploymentID = "usagegraph.deployment"
)

// The same by the platform's own ids.
const (
	ownAccount    = "usagegraph.account.external_id"
	ownDeployment = "usagegraph.deployment.external_id"
)

// Mapping says which attributes hold the platform's own ids; of each list the first one that a span, its scope or its resource has
// counts. Attributes of ours go before them.
type Mapping struct {
	Account []string // default: none beside usagegraph.account.external_id
	Model   []string // default: gen_ai.request.model, gen_ai.response.model
	Tool    []string // default: gen_ai.tool.name
}

// WithDefaults fills what is not said.
func (m Mapping) WithDefaults() Mapping {
	if len(m.Model) == 0 {
		m.Model = []string{"gen_ai.request.model", "gen_ai.response.model"}
	}
	if len(m.Tool) == 0 {
		m.Tool = []string{"gen_ai.tool.name"}
	}
	return m
}

// Ref names a thing: by ID, which may be external:KIND:ID, or by the platform's own id; both "": not at all.
type Ref struct{ ID, Own string }

// String is the name as it came.
func (r Ref) String() string { return r.ID + r.Own }

// IsZero reports whether nothing is named.
func (r Ref) IsZero() bool { return r == Ref{} }

// keep is what of a resource's or scope's attributes is looked for: each of them once, however many there are, since every span below
// looks there.
func (m *Mapping) keep(all []*common.KeyValue) (kept []*common.KeyValue) {
	met := func(key string) bool {
		return slices.ContainsFunc(kept, func(k *common.KeyValue) bool { return k.GetKey() == key })
	}
	for _, pair := range all {
		if key := pair.GetKey(); m.isWanted(key) && !met(key) {
			kept = append(kept, pair)
		}
	}
	return kept
}

func (m *Mapping) isWanted(key string) bool {
	switch key {
	case accountID, modelID, toolID, deploymentID, ownAccount, ownDeployment, tokenType:
		return true
	}
	return slices.Contains(m.Account, key) || slices.Contains(m.Model, key) || slices.Contains(m.Tool, key)
}

func (m *Mapping) account(a *attributes) Ref {
	if id := a.text(accountID); id != "" {
		return Ref{ID: id}
	}
	if own := a.text(ownAccount); own != "" {
		return Ref{Own: own}
	}
	return Ref{Own: a.firstText(m.Account)}
}

func (m *Mapping) model(a *attributes) Ref {
	if id := a.text(modelID); id != "" {
		return Ref{ID: id}
	}
	return Ref{Own: a.firstText(m.Model)}
}

func (m *Mapping) tool(a *attributes) Ref {
	if id := a.text(toolID); id != "" {
		return Ref{ID: id}
	}
	return Ref{Own: a.firstText(m.Tool)}
}

func deployment(a *attributes) Ref {
	if id := a.text(deploymentID); id != "" {
		return Ref{ID: id}
	}
	return Ref{Own: a.text(ownDeployment)}
}
