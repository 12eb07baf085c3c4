package otlp

import (
	"slices"
	"strings"

	common "go.opentelemetry.io/proto/otlp/common/v1"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Our own attributes, which are more precise than the conventions. Each names an object by our id, or by external:KIND:ID.
const (
	accountID    = "usagegraph.account"
	modelID      = "usagegraph.model"
	toolID       = "usagegraph.tool"
	deploymentID = "usagegraph.deployment"
	userName     = "usagegraph.user"
	apiKeyName   = "usagegraph.api_key"
	tagPrefix    = "usagegraph.tag." // followed by the tag's key
)

// The same, with the platform's own ids.
const (
	ownAccount    = "usagegraph.account.external_id"
	ownDeployment = "usagegraph.deployment.external_id"
)

// Mapping says which attributes hold the platform's own ids. Of each list, the first attribute that a span, its scope or its resource has
// is used. Our own attributes take precedence.
type Mapping struct {
	Account []string // default: none beside usagegraph.account.external_id
	Model   []string // default: gen_ai.request.model, gen_ai.response.model
	Tool    []string // default: gen_ai.tool.name
	User    []string // default: user.id, enduser.id
	APIKey  []string // default: none beside usagegraph.api_key
	Tags    []string // attributes that become tags under their own names; default: none
}

// WithDefaults fills in empty fields.
func (m Mapping) WithDefaults() Mapping {
	if len(m.Model) == 0 {
		m.Model = []string{"gen_ai.request.model", "gen_ai.response.model"}
	}
	if len(m.Tool) == 0 {
		m.Tool = []string{"gen_ai.tool.name"}
	}
	if len(m.User) == 0 {
		m.User = []string{"user.id", "enduser.id"}
	}
	return m
}

// Ref names an object: by ID, which may be external:KIND:ID, or by the platform's own id. If both are "", it names nothing.
type Ref struct{ ID, Own string }

// String returns the name as it came.
func (r Ref) String() string { return r.ID + r.Own }

// IsZero reports whether nothing is named.
func (r Ref) IsZero() bool { return r == Ref{} }

// keep returns the attributes of a resource or scope that are looked for, each once however many there are, because every span below looks
// through them.
func (m *Mapping) keep(all []*common.KeyValue) (kept []*common.KeyValue) {
	met := func(key string) bool {
		return slices.ContainsFunc(kept, func(k *common.KeyValue) bool { return k.GetKey() == key })
	}
	tags := 0
	for _, pair := range all {
		key := pair.GetKey()
		if !m.isWanted(key) || met(key) {
			continue
		}
		if strings.HasPrefix(key, tagPrefix) { // there may be any number of tags; one too many is enough for an event to be refused
			if tags++; tags > tsdb.MaxEventTags+1 {
				continue
			}
		}
		kept = append(kept, pair)
	}
	return kept
}

func (m *Mapping) isWanted(key string) bool {
	switch key {
	case accountID, modelID, toolID, deploymentID, ownAccount, ownDeployment, tokenType, userName, apiKeyName:
		return true
	}
	if strings.HasPrefix(key, tagPrefix) || slices.Contains(m.User, key) || slices.Contains(m.APIKey, key) || slices.Contains(m.Tags, key) {
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

// attribution returns who and what an event was for. If a tag occurs at several levels, the nearest counts.
func (m *Mapping) attribution(a *attributes) (of tsdb.Attribution) {
	if of.User = a.text(userName); of.User == "" {
		of.User = a.firstText(m.User)
	}
	if of.APIKey = a.text(apiKeyName); of.APIKey == "" {
		of.APIKey = a.firstText(m.APIKey)
	}
	for _, level := range a {
		for _, pair := range level {
			key, ours := strings.CutPrefix(pair.GetKey(), tagPrefix)
			if !ours && !slices.Contains(m.Tags, key) {
				continue
			}
			_, nearer := of.Tags[key]
			value, isText := pair.GetValue().GetValue().(*common.AnyValue_StringValue)
			if nearer || !isText || len(of.Tags) > tsdb.MaxEventTags {
				continue
			}
			if of.Tags == nil {
				of.Tags = tsdb.Tags{}
			}
			of.Tags[key] = value.StringValue
		}
	}
	return of
}

func deployment(a *attributes) Ref {
	if id := a.text(deploymentID); id != "" {
		return Ref{ID: id}
	}
	return Ref{Own: a.text(ownDeployment)}
}
