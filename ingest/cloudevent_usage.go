package ingest

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// assemble makes the usage event from what was read.
func (d *decoder) assemble(a *attributes, it *item) {
	e := &it.event
	e.Source, e.ID = a.source, a.id
	switch {
	case a.specVersion != "1.0":
		it.refuse(Malformed, `specversion must be "1.0"`)
	case !isJSONType(a.contentType):
		it.refuse(Malformed, "datacontenttype must be application/json")
	}
	d.ofAccount(a, it)
	if a.kind == TypeVoid {
		a.voids(it)
		return
	}
	if a.data.source != "" || a.data.id != "" || a.data.time != "" {
		it.refuse(Malformed, "data has source, id and time in events of type "+TypeVoid+" alone")
	}
	e.Time = readTime(a.time, it)
	e.Attribution = a.attribution(it)
	d.usage(a, it)
	deployment := either(a.data.deployment, a.ownDeployment, DeploymentID, it)
	if e.DeploymentID, e.ReservationID = 0, 0; deployment != "" {
		e.DeploymentID, e.DeploymentExternal = d.target(DeploymentID, deployment)
	}
	if a.data.reservation != "" {
		e.ReservationID = d.reference(ReservationID, a.data.reservation)
	}
}

// voids reads which event is to be voided. Its source is that of this event unless data names another one.
func (a *attributes) voids(it *item) {
	d := a.data
	if d.runs+d.inputTokens+d.outputTokens+d.cacheRead+d.cacheWrite+d.reasoning+d.deployment+d.reservation+d.user+d.apiKey != "" || d.tags != nil {
		it.refuse(Malformed, "data of "+TypeVoid+" has id, time and source of the event to take back, and nothing else")
	}
	it.void = &tsdb.EventID{Source: strings.Clone(cmp.Or(d.source, a.source)), ID: strings.Clone(d.id), Time: readTime(d.time, it)}
}

// ofAccount reads whose event it is. An own id is looked up later, together with those of the other events.
func (d *decoder) ofAccount(a *attributes, it *item) {
	text := either(a.account, a.ownAccount, AccountID, it)
	if text == "" {
		it.refuse(tsdb.UnknownAccount, "the extension attribute account, which names the account, is missing")
		return
	}
	if kind, id, own := tsdb.ParseExternal(text); own && kind == tsdb.ExternalAccount {
		it.account = strings.Clone(id)
		return
	}
	if it.event.AccountID = d.account(text); it.event.AccountID == 0 {
		it.refuse(tsdb.UnknownAccount, "there is no such account")
	}
}

// either returns whichever of two texts is given: an id, or an own id from the attribute for own ids.
func either(text, own string, kind IDKind, it *item) string {
	switch {
	case own == "":
		return text
	case text != "":
		it.refuse(Malformed, "an event names a thing by its id or by its own id, not by both")
	}
	return "external:" + strings.ToLower(string(kind)) + ":" + own
}

// usage reads what was used, according to the event's type.
func (d *decoder) usage(a *attributes, it *item) {
	e := &it.event
	e.Runs, e.InputTokens, e.OutputTokens = readQuantity(a.data.runs, it), readQuantity(a.data.inputTokens, it), readQuantity(a.data.outputTokens, it)
	e.CacheReadTokens, e.CacheWriteTokens, e.ReasoningTokens = readQuantity(a.data.cacheRead, it), readQuantity(a.data.cacheWrite, it), readQuantity(a.data.reasoning, it)
	switch a.kind {
	case TypeToolRun:
		e.Kind = tsdb.ToolRun
		e.ResourceID, e.ResourceExternal = d.target(ToolID, either(a.subject, a.ownTool, ToolID, it))
		if a.data.runs == "" {
			e.Runs = 1
		}
	case TypeInference:
		e.Kind = tsdb.Inference
		e.ResourceID, e.ResourceExternal = d.target(ModelID, either(a.subject, a.ownModel, ModelID, it))
		if a.data.inputTokens == "" && a.data.outputTokens == "" {
			it.refuse(Malformed, "data of "+TypeInference+" has inputTokens, outputTokens, or both")
		}
	default:
		it.refuse(UnknownType, "type is "+TypeToolRun+", "+TypeInference+" or "+TypeVoid)
	}
}

// account returns the key of an account that the caller may report for, otherwise 0: an account out of reach is answered as if it did not
// exist.
func (d *decoder) account(opaque string) int64 {
	if key, known := d.accounts[opaque]; known {
		return key
	}
	key, ok := d.keyOf(AccountID, opaque)
	if !ok || !d.authorize(key) {
		key = 0
	}
	if len(d.accounts) < rememberedIDs {
		d.accounts[strings.Clone(opaque)] = key
	}
	return key
}

// target returns the key in an id; -1, which is unknown to the transaction, if the text is not an id. An own id has no key yet.
func (d *decoder) target(kind IDKind, opaque string) (key int64, own string) {
	t := target{kind, opaque}
	if key, known := d.targets[t]; known {
		return key, ""
	}
	if of, id, isOwn := tsdb.ParseExternal(opaque); isOwn && strings.EqualFold(string(of), string(kind)) {
		return 0, id
	}
	key = d.reference(kind, opaque)
	if len(d.targets) < rememberedIDs {
		t.opaque = strings.Clone(opaque)
		d.targets[t] = key
	}
	return key, ""
}

func (d *decoder) reference(kind IDKind, opaque string) int64 {
	if key, ok := d.keyOf(kind, opaque); ok {
		return key
	}
	return -1
}

// readTime reads RFC 3339. A missing time stays zero, because its refusal has its own code.
func readTime(text string, it *item) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := billing.ParseInstant(text)
	if err != nil {
		it.refuse(Malformed, "time is "+err.Error())
	}
	return t
}

// readQuantity reads a whole number exactly; "" is 0.
func readQuantity(text string, it *item) int64 {
	if text == "" {
		return 0
	}
	if strings.ContainsAny(text, ".eE") {
		it.refuse(Malformed, "quantities are whole numbers, written without a point or an exponent")
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil { // out of range: the syntax was checked
		it.refuse(tsdb.QuantityTooLarge, "a quantity is out of range")
	}
	return n
}

// isJSONType reports whether a datacontenttype is JSON, as the subtype or suffix of any type; a missing one means JSON (CloudEvents JSON
// format, section 3.1).
func isJSONType(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media == "" || strings.HasSuffix(media, "/json") || strings.HasSuffix(media, "+json")
}
