package files

import (
	"fmt"
	"maps"
	"slices"

	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Profile is a ready-made mapping for one kind of export, with how its files are written.
type Profile struct {
	by     map[string]string // by target; see expression
	where  []string          // rows that are usage
	within []string          // members of JSON documents that contain the rows
	opened []string          // columns that may contain JSON objects as texts
	passed []string          // columns that mention tokens but are parts or sums of those that are read
	key    []string          // columns whose values make the id if the export has none; if such a row comes again with other sums, it is a conflict
	unit   string            // of times that are numbers
	zone   string            // of times without a zone
	subset bool              // a table may lack any of the columns
}

// profiles are the known exports, as their makers document them. Only meters know whose usage it is.
var profiles = map[string]Profile{
	// Our own names, for files that are not in the importer's own line formats.
	"usagegraph": {by: map[string]string{timeTarget: "time", accountTarget: "account", sourceTarget: "source", idTarget: "id", modelTarget: "model",
		toolTarget: "tool", deploymentTarget: "deployment", runsTarget: "runs", inputTarget: "inputTokens", outputTarget: "outputTokens",
		cacheReadTarget: "cacheReadTokens", cacheWriteTarget: "cacheWriteTokens", reasoningTarget: "reasoningTokens",
		userTarget: "user", apiKeyTarget: "apiKey", anyTag: "tag.*|tags.*"}, subset: true},
	// The usage API's pages of buckets, and the dashboard's CSV. Input includes cached tokens.
	"openai": {by: map[string]string{timeTarget: "start_time", modelTarget: "model", inputTarget: "input_tokens", outputTarget: "output_tokens",
		cacheReadTarget: "input_cached_tokens", cacheWriteTarget: "input_cache_write_tokens"},
		within: []string{"data", "results"}, unit: "unix", zone: "UTC",
		passed: []string{"input_*_tokens", "output_*_tokens"},
		key:    []string{"start_time", "end_time", "project_id", "user_id", "api_key_id", "model", "batch", "service_tier"}},
	// The admin API's usage report, and the console's CSV. Input excludes cached tokens.
	"anthropic": {by: map[string]string{timeTarget: "usage_date_utc|starting_at", modelTarget: "model_version|model",
		inputTarget:      "usage_input_tokens_no_cache+usage_input_tokens_cache_*|uncached_input_tokens+cache_creation.*_input_tokens+cache_read_input_tokens",
		outputTarget:     "usage_output_tokens|output_tokens",
		cacheReadTarget:  "usage_input_tokens_cache_read|cache_read_input_tokens",
		cacheWriteTarget: "usage_input_tokens_cache_write_*|cache_creation.*_input_tokens"},
		within: []string{"data", "results"}, zone: "UTC",
		key: []string{"usage_date_utc", "starting_at", "ending_at", "model_version", "model", "api_key", "api_key_id", "workspace", "workspace_id", "usage_type",
			"service_tier", "context_window", "inference_geo", "speed"}},
	// The table of spend logs, and the proxy's answers about it.
	"litellm": {by: map[string]string{timeTarget: "endTime", idTarget: "request_id", modelTarget: "model_group|model",
		inputTarget: "prompt_tokens", outputTarget: "completion_tokens",
		cacheReadTarget:  "metadata.usage_object.cache_read_input_tokens|metadata.usage_object.prompt_tokens_details.cached_tokens",
		cacheWriteTarget: "metadata.usage_object.cache_creation_input_tokens"},
		within: []string{"data"}, opened: []string{"metadata"}, zone: "UTC", passed: []string{"total_tokens", "metadata.*", "response.*", "messages.*", "proxy_server_request.*"}},
	// Observations, as exported by the UI or to blob storage. Classes are additional to input and output, not parts of them.
	"langfuse": {by: map[string]string{timeTarget: "end_time|start_time", idTarget: "id", modelTarget: "provided_model_name|model",
		inputTarget: "usage_details.*input*", outputTarget: "usage_details.*output*",
		cacheReadTarget:  "usage_details.input_cached_tokens+usage_details.*cache_read*",
		cacheWriteTarget: "usage_details.*cache_creation*", reasoningTarget: "usage_details.output_reasoning*"},
		where: []string{"type=GENERATION/EMBEDDING"}, within: []string{"data"}, opened: []string{"usage_details"}, zone: "UTC",
		passed: []string{"usage.*", "prompt_tokens", "completion_tokens", "total_tokens", "*_usage", "time_to_first_token", "tokens_per_second", "metadata.*", "model_parameters.*", "input.*", "output.*"}},
	// Events, as sent or as listed by the API. The subject is the customer.
	"openmeter": {by: map[string]string{timeTarget: "time|event.time", accountTarget: "subject|event.subject", sourceTarget: "source|event.source", idTarget: "id|event.id",
		modelTarget:  "data.model|event.data.model",
		inputTarget:  "data.tokens[data.type=input]|event.data.tokens[event.data.type=input]|data.input_tokens|event.data.input_tokens",
		outputTarget: "data.tokens[data.type=output]|event.data.tokens[event.data.type=output]|data.output_tokens|event.data.output_tokens",
		toolTarget:   "data.tool|event.data.tool", runsTarget: "data.runs|event.data.runs|1"},
		within: []string{"items"}, opened: []string{"data"}},
	// Events, as sent or as listed by the API.
	"lago": {by: map[string]string{timeTarget: "timestamp|event.timestamp", accountTarget: "external_subscription_id|external_customer_id|event.external_subscription_id",
		idTarget: "transaction_id|event.transaction_id", modelTarget: "properties.model|event.properties.model",
		inputTarget:  "properties.input_tokens|event.properties.input_tokens|properties.tokens[properties.type=input]|event.properties.tokens[event.properties.type=input]",
		outputTarget: "properties.output_tokens|event.properties.output_tokens|properties.tokens[properties.type=output]|event.properties.tokens[event.properties.type=output]",
		toolTarget:   "properties.tool|event.properties.tool", runsTarget: "properties.runs|event.properties.runs|1"},
		within: []string{"events"}, opened: []string{"properties"}, unit: "unix", zone: "UTC"},
	// Cost and usage by the FinOps specification. Providers name their meters differently, so --map is needed for others.
	"focus": {by: map[string]string{timeTarget: "ChargePeriodStart", unitTarget: "ConsumedUnit",
		inputTarget: "ConsumedQuantity[SkuMeter=Input Tokens]", outputTarget: "ConsumedQuantity[SkuMeter=Output Tokens]", runsTarget: "ConsumedQuantity"},
		where: []string{"ChargeCategory=Usage"}, zone: "UTC",
		key: []string{"BillingAccountId", "SubAccountId", "ResourceId", "SkuId", "SkuPriceId", "SkuMeter", "ChargePeriodStart", "ChargePeriodEnd", "ChargeClass",
			"ChargeDescription", "PricingCategory", "RegionId", "AvailabilityZone", "ServiceName", "ConsumedUnit", "Tags"}},
	// The public traces of inference.
	"azure": {by: map[string]string{timeTarget: "TIMESTAMP", inputTarget: "ContextTokens", outputTarget: "GeneratedTokens"}, zone: "UTC"},
}

// Profiles returns the names of all profiles.
func Profiles() []string { return slices.Sorted(maps.Keys(profiles)) }

// newClock returns how times are read: as the user says, or else as the profile says.
func newClock(p Profile, o Options) (c clock, err error) {
	c.unit = p.unit
	if o.Time != "" {
		if _, known := units[o.Time]; !known {
			return c, fmt.Errorf("--time: unix, unix-ms, unix-us or unix-ns")
		}
		c.unit = o.Time
	}
	zone := p.zone
	if o.Zone != "" {
		zone = o.Zone
	}
	if zone != "" {
		var known bool
		if c.zone, known = text.Zone(zone); !known {
			return c, fmt.Errorf("--zone: %q is not a name such as UTC or Europe/Berlin", zone)
		}
	}
	return c, nil
}
