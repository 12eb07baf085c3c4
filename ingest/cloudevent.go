package ingest

import (
	"encoding/base64"
	"strings"

	"github.com/usagegraph/usagegraph/tsdb"
)

// The types of CloudEvents that the endpoint accepts.
const (
	TypeToolRun   = "usagegraph.tool.run"
	TypeInference = "usagegraph.inference"
	TypeVoid      = "usagegraph.void" // voids an event
)

// The codes of refusals that only this endpoint has; all others are those of tsdb.
const (
	Malformed   tsdb.UsageCode = "MALFORMED"    // not a CloudEvents 1.0 event, or a value of the wrong type
	UnknownType tsdb.UsageCode = "UNKNOWN_TYPE" // an event type that the endpoint does not accept
)

// IDKind is the kind of thing that an opaque id names.
type IDKind string

// The kinds of id in events.
const (
	AccountID     IDKind = "Account"
	ToolID        IDKind = "Tool"
	ModelID       IDKind = "Model"
	DeploymentID  IDKind = "Deployment"
	ReservationID IDKind = "Reservation"
)

// KeyOf decodes an opaque id of a kind into its key; ok is false for any other text.
type KeyOf func(kind IDKind, opaque string) (key int64, ok bool)

// item is one incoming event: what was read of it, or why it is refused.
type item struct {
	event   tsdb.UsageEvent
	void    *tsdb.EventID    // the event to void; nil: it reports usage
	account string           // the account's own id, if the event names it by that, or ""
	fault   tsdb.UsageResult // Status "": none
}

// refuse records the first fault of the event.
func (it *item) refuse(code tsdb.UsageCode, message string) {
	if it.fault.Status == "" {
		it.fault = tsdb.UsageResult{Status: tsdb.UsageRefused, Code: code, Message: message}
	}
}

// attributes are an event's members as they came. Numbers stay strings until the event's type is known.
type attributes struct {
	specVersion, kind, source, id, time, subject, account, contentType string
	ownAccount, ownTool, ownModel, ownDeployment                       string // extension attributes with own ids
	user, apiKey                                                       string // extension attributes
	data                                                               data
	hasData, based                                                     bool   // whether there was data, and whether it was in data_base64
	seen                                                               uint32 // bit number: position in the switch of attribute
}

// data is the content of an event's data; "" means that a member is missing.
type data struct {
	runs, inputTokens, outputTokens, deployment, reservation string
	cacheRead, cacheWrite, reasoning                         string
	source, id, time                                         string // of the event to void
	user, apiKey                                             string
	tags                                                     tsdb.Tags
	seen                                                     uint32
}

// once records that a member occurred; it returns false if it had occurred before.
func once(seen *uint32, bit uint32) bool {
	met := *seen&(1<<bit) != 0
	*seen |= 1 << bit
	return !met
}

const (
	twice = "a member stands in the event twice"
	both  = "an event has data or data_base64, and that once"
)

// decoder turns CloudEvents into usage events. It remembers the keys of ids. It must be used by one goroutine only.
type decoder struct {
	keyOf     KeyOf
	authorize func(account int64) bool
	accounts  map[string]int64 // 0: unknown, or out of the caller's reach
	targets   map[target]int64
}

type target struct {
	kind   IDKind
	opaque string
}

// rememberedIDs bounds how many ids a decoder remembers.
const rememberedIDs = 4096

func newDecoder(keyOf KeyOf, authorize func(account int64) bool) *decoder {
	return &decoder{keyOf: keyOf, authorize: authorize, accounts: map[string]int64{}, targets: map[target]int64{}}
}

// event reads one event in structured mode. The error is a syntaxError, after which the text cannot be read further. Every other fault is
// recorded in the item.
func (d *decoder) event(s *scanner, it *item) error {
	if s.peek() != '{' {
		it.refuse(Malformed, "an event is an object")
		return s.skip(0)
	}
	s.at++
	var a attributes
	for first := true; ; first = false {
		name, more, err := s.member(first)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if err := a.attribute(s, name, it); err != nil {
			return err
		}
	}
	d.assemble(&a, it)
	return nil
}

// attribute reads one member. It skips extension attributes that are not ours.
func (a *attributes) attribute(s *scanner, name string, it *item) error {
	switch name {
	case "specversion":
		return a.text(s, it, 0, &a.specVersion)
	case "type":
		return a.text(s, it, 1, &a.kind)
	case "source":
		return a.text(s, it, 2, &a.source)
	case "id":
		return a.text(s, it, 3, &a.id)
	case "time":
		return a.text(s, it, 4, &a.time)
	case "subject":
		return a.text(s, it, 5, &a.subject)
	case "account":
		return a.text(s, it, 6, &a.account)
	case "datacontenttype":
		return a.text(s, it, 7, &a.contentType)
	case "data":
		if !once(&a.seen, 8) {
			it.refuse(Malformed, twice)
		}
		if a.based && s.peek() != 'n' {
			it.refuse(Malformed, both)
		}
		return a.readData(s, it)
	case "data_base64":
		return a.readBase64(s, it)
	case "accountexternalid":
		return a.text(s, it, 9, &a.ownAccount)
	case "toolexternalid":
		return a.text(s, it, 10, &a.ownTool)
	case "modelexternalid":
		return a.text(s, it, 11, &a.ownModel)
	case "deploymentexternalid":
		return a.text(s, it, 12, &a.ownDeployment)
	case "user":
		return a.text(s, it, 13, &a.user)
	case "apikey":
		return a.text(s, it, 14, &a.apiKey)
	}
	if belongsInData(name, s.peek()) {
		it.refuse(Malformed, name+" is a member of data, not one beside it")
	}
	return s.skip(1)
}

// attributeNames are the names of the attributes by their bits.
var attributeNames = [...]string{"specversion", "type", "source", "id", "time", "subject", "account", "datacontenttype", "data", "accountexternalid", "toolexternalid",
	"modelexternalid", "deploymentexternalid", "user", "apikey"}

// belongsInData reports whether a member beside the data is one of the data. It must not be taken for an extension of somebody else, because
// then a run would count once whatever its number, and a tag would be lost. Names of extensions have no capitals, and values that are neither
// objects nor arrays.
func belongsInData(name string, value byte) bool {
	if value == 'n' { // null counts as missing
		return false
	}
	switch name {
	case "runs":
		return value != '"'
	case "tags":
		return value == '{' || value == '['
	case "inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens", "reasoningTokens", "deploymentId", "reservationId", "apiKey":
		return true
	}
	return false
}

// text reads an attribute that is a string. null counts as missing.
func (a *attributes) text(s *scanner, it *item, bit uint32, into *string) error {
	if !once(&a.seen, bit) {
		it.refuse(Malformed, twice)
	}
	return readText(s, it, "attributes are strings, and "+attributeNames[bit]+" is not", 1, into)
}

func readText(s *scanner, it *item, complaint string, depth int, into *string) (err error) {
	switch s.peek() {
	case '"':
		*into, err = s.string()
		return err
	case 'n':
		return s.word("null")
	}
	it.refuse(Malformed, complaint)
	return s.skip(depth)
}

// readBase64 reads data that is the base64 encoding of a JSON text (CloudEvents JSON format, section 3.1).
func (a *attributes) readBase64(s *scanner, it *item) error {
	if null, err := s.isNull(); null {
		return err
	}
	if a.based || a.hasData {
		it.refuse(Malformed, both)
	}
	a.based = true
	var packed string
	if err := readText(s, it, "data_base64 is a string", 1, &packed); err != nil {
		return err
	}
	text, err := base64.StdEncoding.Strict().DecodeString(packed)
	if err != nil || strings.ContainsAny(packed, "\r\n") {
		it.refuse(Malformed, "data_base64 is not base64")
		return nil
	}
	if len(text) > 0 {
		a.readDocument(withoutMark(string(text)), "data_base64 is not the base64 of JSON: ", it)
	}
	return nil
}

// readDocument reads data that is a separate text. If it is not JSON, only this event is refused, with the complaint.
func (a *attributes) readDocument(text, complaint string, it *item) {
	in := scanner{text: text}
	err := a.readData(&in, it)
	if err == nil {
		err = in.end()
	}
	if err != nil {
		it.refuse(Malformed, complaint+err.Error())
	}
}

// readData reads the event's data.
func (a *attributes) readData(s *scanner, it *item) error {
	if null, err := s.isNull(); null {
		return err
	}
	if s.peek() != '{' {
		it.refuse(Malformed, "data is an object")
		return s.skip(1)
	}
	s.at++
	a.hasData = true
	for first := true; ; first = false {
		name, more, err := s.member(first)
		if err != nil || !more {
			return err
		}
		if err := a.data.member(s, name, it); err != nil {
			return err
		}
	}
}

// member reads one member of data. An unknown one is refused: a misspelt quantity must not be taken for a missing one.
func (d *data) member(s *scanner, name string, it *item) error {
	switch name {
	case "runs":
		return d.quantity(s, it, 0, &d.runs)
	case "inputTokens":
		return d.quantity(s, it, 1, &d.inputTokens)
	case "outputTokens":
		return d.quantity(s, it, 2, &d.outputTokens)
	case "deploymentId":
		return d.reference(s, it, 3, &d.deployment)
	case "reservationId":
		return d.reference(s, it, 4, &d.reservation)
	case "cacheReadTokens":
		return d.quantity(s, it, 5, &d.cacheRead)
	case "cacheWriteTokens":
		return d.quantity(s, it, 6, &d.cacheWrite)
	case "reasoningTokens":
		return d.quantity(s, it, 7, &d.reasoning)
	}
	switch name {
	case "source":
		return d.named(s, it, 8, &d.source)
	case "id":
		return d.named(s, it, 9, &d.id)
	case "time":
		return d.named(s, it, 10, &d.time)
	case "user":
		return d.carried(s, it, 11, &d.user)
	case "apiKey":
		return d.carried(s, it, 12, &d.apiKey)
	case "tags":
		return d.readTags(s, it)
	}
	it.refuse(Malformed, "data has runs and reservationId, or inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, "+
		"deploymentId and reservationId; user, apiKey and tags; of "+TypeVoid+" id, time and source; and nothing else")
	return s.skip(2)
}

// named reads a part of the identity of an event to void.
func (d *data) named(s *scanner, it *item, bit uint32, into *string) error {
	if !once(&d.seen, bit) {
		it.refuse(Malformed, twice)
	}
	return readText(s, it, "source, id and time of an event are strings", 2, into)
}

func (d *data) quantity(s *scanner, it *item, bit uint32, into *string) (err error) {
	if !once(&d.seen, bit) {
		it.refuse(Malformed, twice)
	}
	switch c := s.peek(); {
	case c == '-' || '0' <= c && c <= '9':
		*into, err = s.number()
		return err
	case c == 'n':
		return s.word("null")
	}
	it.refuse(Malformed, "quantities are whole numbers, not texts or anything else")
	return s.skip(2)
}

// reference reads an id in data. An empty one does not mean "none": it names nothing.
func (d *data) reference(s *scanner, it *item, bit uint32, into *string) error {
	if !once(&d.seen, bit) {
		it.refuse(Malformed, twice)
	}
	isText := s.peek() == '"'
	err := readText(s, it, "ids are strings", 2, into)
	if isText && *into == "" {
		*into = "?"
	}
	return err
}
