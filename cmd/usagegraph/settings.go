package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/tsdb"
)

// setting is one setting, given by flag --name, by the environment, or in the file, in this order of precedence.
type setting struct {
	name    string
	env     string
	usage   string
	secret  bool // never printed
	boolean bool // a flag without a value means true
	set     func(*config, string) error
	get     func(*config) string
}

// settingGroup are settings about one thing.
type settingGroup struct {
	title string
	list  []setting
}

// settingGroups lists all settings; the comments of server.Config say more. Defaults are in the InForce method of the Config that a setting
// belongs to.
func settingGroups() []settingGroup {
	return []settingGroup{
		{"Server", serverSettings()},
		{"Database and jobs", databaseSettings()},
		{"Accounts", accountSettings()},
		{"Telemetry", telemetrySettings()},
		{"Prometheus", prometheusSettings()},
		{"Mail", mailSettings()},
		{"Signing in", signInSettings()},
	}
}

// settings lists all settings.
func settings() []setting {
	var list []setting
	for _, group := range settingGroups() {
		list = append(list, group.list...)
	}
	return list
}

// defaults returns the values of settings that are not set. Settings that only count together with another one are shown as if that one
// were set.
func defaults() config {
	c := config{oidcClient: "-", smtp: mail.Config{Host: "-"}}
	c.OIDC.Issuer, c.RemoteWrite.Runs = "-", []string{"-"}
	c = c.inForce()
	c.oidcClient, c.smtp.Host, c.OIDC.Issuer, c.RemoteWrite.Runs = "", "", "", nil
	return c
}

// explained describes a setting, with its default.
func (s setting) explained(standard *config) string {
	value := s.get(standard)
	if d, err := time.ParseDuration(value); err == nil {
		value = shortDuration(d)
	}
	if value == "" || value == "false" || s.secret {
		return s.usage
	}
	return s.usage + " (default " + value + ")"
}

// serverSettings are about the HTTP server and who may use it.
func serverSettings() []setting {
	return []setting{
		text("listen", "", "address of the HTTP server", func(c *config) *string { return &c.Listen }),
		text("metrics-listen", "", "address of a listener of its own for /metrics and profiles; without it /metrics is on listen, and there are no profiles", func(c *config) *string { return &c.MetricsListen }),
		span("drain-timeout", "bound of the shutdown", func(c *config) *time.Duration { return &c.DrainTimeout }),
		list("origins", "browser origins let in, separated by commas", func(c *config) *[]string { return &c.Origins }),
		toggle("trust-proxy", "take callers' addresses from the last entry of X-Forwarded-For", func(c *config) *bool { return &c.TrustProxy }),
		number("bucket-size", "points of cost that a caller's bucket holds", func(c *config) *int64 { return &c.BucketSize }),
		number("bucket-rate", "points that it regains a second", func(c *config) *int64 { return &c.BucketRate }),
		text("documents", "", "folder of trusted documents, *.graphql", func(c *config) *string { return &c.documents }),
		toggle("development", "let in the tokens of usagegraph dev", func(c *config) *bool { return &c.Development }),
		toggle("development-anywhere", "let them in beyond loopback too", func(c *config) *bool { return &c.DevelopmentAnywhere }),
		toggle("no-demo", "usagegraph dev makes an empty account instead of the demo", func(c *config) *bool { return &c.noDemo }),
		toggle("debug", "log every request and every job too", func(c *config) *bool { return &c.debug }),
	}
}

// databaseSettings are about the database and scheduled jobs.
func databaseSettings() []setting {
	return []setting{
		secret(text("database-url", "DATABASE_URL", "PostgreSQL URL of the database (required)", func(c *config) *string { return &c.DatabaseURL })),
		secret(text("listen-database-url", "", "URL past a pooler that deals out transactions, for LISTEN and migrations; without it database-url", func(c *config) *string { return &c.ListenURL })),
		number("pool-size", "connections for the books", func(c *config) *int { return &c.PoolSize }),
		span("statement-timeout", "bound of one statement", func(c *config) *time.Duration { return &c.StatementTimeout }),
		number("chart-pool-size", "connections for charts", func(c *config) *int { return &c.ChartPoolSize }),
		span("chart-timeout", "bound of one chart's statement", func(c *config) *time.Duration { return &c.ChartTimeout }),
		secret(text("explore-database-url", "", "URL of a role that only reads, for ad-hoc questions; without it database-url", func(c *config) *string { return &c.ExploreURL })),
		number("explore-pool-size", "connections for ad-hoc questions and exports, of which one stays free", func(c *config) *int { return &c.ExplorePoolSize }),
		span("explore-timeout", "bound of one statement of theirs", func(c *config) *time.Duration { return &c.ExploreTimeout }),
		toggle("no-migrate", "leave migrations to usagegraph migrate", func(c *config) *bool { return &c.noMigrate }),
		toggle("no-jobs", "leave metering, expiry, mails and retention to other processes", func(c *config) *bool { return &c.noJobs }),
		span("event-retention", "how long events are kept", func(c *config) *time.Duration { return &c.Settings.EventRetention }),
		number("quarter-months", "months that quarter-hours are kept", func(c *config) *int { return &c.Settings.QuarterMonths }),
		span("refusal-retention", "how long refused events are remembered", func(c *config) *time.Duration { return &c.Settings.RefusalRetention }),
		toggle("compression", "compress old chunks; needs TimescaleDB's Community edition", func(c *config) *bool { return &c.Settings.Compress }),
	}
}

// accountSettings are about what accounts have and may do.
func accountSettings() []setting {
	return []setting{
		text("free-credits", "", "credits of a new account", func(c *config) *string { return &c.Settings.FreeCredits }),
		freeRuns(),
		span("free-term", "life of the free grants", func(c *config) *time.Duration { return &c.Settings.FreeTerm }),
		span("reservation-timeout", "life of a reservation", func(c *config) *time.Duration { return &c.Settings.ReservationTimeout }),
		number("attribution-values", "distinct users, API keys and values of each tag that an account's charts tell apart; later ones are one, other", func(c *config) *int { return &c.Settings.AttributionValues }),
		number("attributions", "combinations of them that an account's charts tell apart", func(c *config) *int { return &c.Settings.Attributions }),
		number("max-provisioned", "tools and models that events may make of an account, where it allows that", func(c *config) *int { return &c.Settings.MaxProvisioned }),
	}
}

// telemetrySettings are about usage that comes by OpenTelemetry.
func telemetrySettings() []setting {
	return []setting{
		list("otlp-account", "attributes of telemetry that hold accounts' own ids, the first that is there counts, after usagegraph.account and usagegraph.account.external_id",
			func(c *config) *[]string { return &c.Mapping.Account }),
		list("otlp-model", "those that hold models' own ids", func(c *config) *[]string { return &c.Mapping.Model }),
		list("otlp-tool", "those that hold tools' own ids", func(c *config) *[]string { return &c.Mapping.Tool }),
		list("otlp-user", "those that hold the user, after usagegraph.user", func(c *config) *[]string { return &c.Mapping.User }),
		list("otlp-api-key", "those that hold the API key's name, after usagegraph.api_key", func(c *config) *[]string { return &c.Mapping.APIKey }),
		list("otlp-tags", "those that become tags of the event, beside usagegraph.tag.KEY", func(c *config) *[]string { return &c.Mapping.Tags }),
		toggle("otlp-metrics", "take gen_ai.client.token.usage at /v1/metrics too; spans of the same use then count twice", func(c *config) *bool { return &c.TelemetryMetrics }),
	}
}

// prometheusSettings are about usage that comes by remote write.
func prometheusSettings() []setting {
	return []setting{
		list("remote-write-tokens", "counters of tokens that Prometheus may write to /api/v1/write, as name, name:input or name:output; without them and runs it is closed", func(c *config) *[]string { return &c.RemoteWrite.Tokens }),
		list("remote-write-runs", "counters of runs of tools", func(c *config) *[]string { return &c.RemoteWrite.Runs }),
		list("remote-write-account", "labels that hold accounts' own ids, the first that is there counts", func(c *config) *[]string { return &c.RemoteWrite.Account }),
		list("remote-write-model", "those that hold models' own ids", func(c *config) *[]string { return &c.RemoteWrite.Model }),
		list("remote-write-tool", "those that hold tools' own ids", func(c *config) *[]string { return &c.RemoteWrite.Tool }),
		list("remote-write-type", "those that say input or output", func(c *config) *[]string { return &c.RemoteWrite.Type }),
		list("remote-write-user", "those that hold the user", func(c *config) *[]string { return &c.RemoteWrite.User }),
		list("remote-write-api-key", "those that hold the name of the API key", func(c *config) *[]string { return &c.RemoteWrite.APIKey }),
		list("remote-write-tags", "those that become tags under their own names, beside usagegraph_tag_KEY", func(c *config) *[]string { return &c.RemoteWrite.Tags }),
		list("remote-write-replica", "those that tell a pair of Prometheuses apart", func(c *config) *[]string { return &c.RemoteWrite.Replica }),
	}
}

// mailSettings are about e-mails and their links.
func mailSettings() []setting {
	return []setting{
		text("support-contact", "SUPPORT_CONTACT", "how to reach Support: an address or URL", func(c *config) *string { return &c.Settings.SupportContact }),
		text("console-url", "CONSOLE_URL", "where mails and banners lead", func(c *config) *string { return &c.Settings.ConsoleURL }),
		span("mail-pause", "the least time between two mails about one step of one meter", func(c *config) *time.Duration { return &c.Settings.MailPause }),
		text("smtp-host", "SMTP_HOST", "mail relay; none: mails are stored, not sent", func(c *config) *string { return &c.smtp.Host }),
		number("smtp-port", "its port, by smtp-tls unless it is set", func(c *config) *int { return &c.smtp.Port }),
		text("smtp-username", "SMTP_USERNAME", "name to sign in with", func(c *config) *string { return &c.smtp.Username }),
		secret(text("smtp-password", "SMTP_PASSWORD", "password to sign in with", func(c *config) *string { return &c.smtp.Password })),
		text("smtp-from", "SMTP_FROM", "sender of mails", func(c *config) *string { return &c.smtp.From }),
		text("smtp-tls", "SMTP_TLS", "starttls, implicit or none", func(c *config) *mail.TLSMode { return &c.smtp.TLS }),
		text("smtp-hello", "", "name to greet the relay with; without it the machine's, if that has a domain, else its address", func(c *config) *string { return &c.smtp.HelloName }),
	}
}

// signInSettings are about the issuer that people sign in with.
func signInSettings() []setting {
	return []setting{
		text("oidc-issuer", "OIDC_ISSUER", "URL of the issuer that people sign in with", func(c *config) *string { return &c.OIDC.Issuer }),
		text("oidc-audience", "OIDC_AUDIENCE", "audience that its tokens must name", func(c *config) *string { return &c.OIDC.Audience }),
		text("oidc-client", "OIDC_CLIENT", "the console's client id at the issuer", func(c *config) *string { return &c.oidcClient }),
		text("oidc-scope", "", "what the console asks the issuer for", func(c *config) *string { return &c.oidcScope }),
		text("oidc-tokens", "", "tokens taken: any, access (RFC 9068 alone) or id", func(c *config) *auth.TokenKind { return &c.OIDC.Tokens }),
		text("oidc-user-claim", "", "claim that holds a person's id", func(c *config) *string { return &c.OIDC.UserClaim }),
		leeway(),
		text("oidc-role-claim", "", "claim that holds what oidc-roles maps, such as groups or realm_access.roles; without it members are made by hand", func(c *config) *string { return &c.OIDC.Claims.Roles }),
		roles(),
		claimedAccount(),
		text("oidc-account-claim", "", "claim that holds the own ids of a person's accounts", func(c *config) *string { return &c.OIDC.Claims.Accounts }),
		text("oidc-email-claim", "", "claim that holds a person's e-mail address", func(c *config) *string { return &c.OIDC.Claims.Email }),
		text("oidc-name-claim", "", "claim that holds a person's name", func(c *config) *string { return &c.OIDC.Claims.Name }),
		list("oidc-algorithms", "signatures taken", func(c *config) *[]string { return &c.OIDC.Algorithms }),
		toggle("any-document", "people who sign in by the issuer may send documents that are not registered", func(c *config) *bool { return &c.AnyDocument }),
	}
}

// envOf returns the environment variable for a setting that has no special one.
func envOf(name string) string {
	name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	if strings.HasPrefix(name, "SMTP_") || strings.HasPrefix(name, "OIDC_") {
		return name
	}
	return "USAGEGRAPH_" + name
}

func text[T ~string](name, env, usage string, field func(*config) *T) setting {
	if env == "" {
		env = envOf(name)
	}
	return setting{name: name, env: env, usage: usage,
		set: func(c *config, v string) error { *field(c) = T(v); return nil },
		get: func(c *config) string { return string(*field(c)) }}
}

func secret(s setting) setting {
	s.secret = true
	return s
}

// number makes a setting that is above 0: zero would be taken for the default, and nothing here can be negative.
func number[T int | int64](name, usage string, field func(*config) *T) setting {
	return setting{name: name, env: envOf(name), usage: usage,
		set: func(c *config, v string) error {
			n, err := wholeNumber(v)
			if err != nil || n <= 0 {
				return errors.New("no whole number above 0")
			}
			*field(c) = T(n)
			return nil
		},
		get: func(c *config) string { return fmt.Sprint(*field(c)) }}
}

// freeRuns may be 0, which tsdb.Settings represents by a negative number to distinguish it from "not set".
func freeRuns() setting {
	s := number("free-runs", "tool runs of a new account", func(c *config) *int64 { return &c.Settings.FreeRuns })
	above, shown := s.set, s.get
	s.set = func(c *config, v string) error {
		if v == "0" {
			c.Settings.FreeRuns = -1
			return nil
		}
		return above(c, v)
	}
	s.get = func(c *config) string { return strings.Replace(shown(c), "-1", "0", 1) }
	return s
}

// leeway may be 0, which auth.OIDCConfig represents by a negative duration to distinguish it from "not set".
func leeway() setting {
	s := span("oidc-leeway", "how far the issuer's clock may be off", func(c *config) *time.Duration { return &c.OIDC.Leeway })
	above, shown := s.set, s.get
	s.set = func(c *config, v string) error {
		if v == "0" || v == "0s" {
			c.OIDC.Leeway = -1
			return nil
		}
		return above(c, v)
	}
	s.get = func(c *config) string { return strings.Replace(shown(c), "-1ns", "0s", 1) }
	return s
}

// roles keep the order in which they are tried.
func roles() setting {
	return setting{name: "oidc-roles", env: envOf("oidc-roles"), usage: "role of each value of the claim, the first that fits counts: value=ADMIN,other=MEMBER; or a JSON object",
		set: func(c *config, v string) (err error) {
			c.OIDC.Claims.Map, err = auth.ParseRoleMap(v)
			return err
		},
		get: func(c *config) string {
			parts := make([]string, len(c.OIDC.Claims.Map))
			for i, of := range c.OIDC.Claims.Map {
				parts[i] = of.Value + "=" + of.Role
			}
			return strings.Join(parts, ",")
		}}
}

// claimedAccount reads an account by its id, or by an own id of the form external:account:ID.
func claimedAccount() setting {
	return setting{name: "oidc-account", env: envOf("oidc-account"), usage: "account that claims make members of: its id, or external:account:ID",
		set: func(c *config, v string) error {
			claims := &c.OIDC.Claims
			claims.Account, claims.AccountExternal = 0, ""
			if kind, id, own := tsdb.ParseExternal(v); own && kind == tsdb.ExternalAccount {
				claims.AccountExternal = id
				return nil
			}
			key, ok := graph.KeyOf(graph.KindAccount, v)
			claims.Account = key
			return fault(!ok, "neither the id of an account nor external:account:ID")
		},
		get: func(c *config) string {
			switch claims := c.OIDC.Claims; {
			case claims.AccountExternal != "":
				return "external:account:" + claims.AccountExternal
			case claims.Account != 0:
				return graph.EncodeID(graph.KindAccount, claims.Account)
			}
			return ""
		}}
}

// span makes a setting for a duration above 0; see number.
func span(name, usage string, field func(*config) *time.Duration) setting {
	return setting{name: name, env: envOf(name), usage: usage,
		set: func(c *config, v string) error {
			d, err := time.ParseDuration(v)
			if err != nil || d <= 0 {
				return errors.New("no duration above 0, such as 30s or 48h")
			}
			*field(c) = d
			return nil
		},
		get: func(c *config) string { return field(c).String() }}
}

func toggle(name, usage string, field func(*config) *bool) setting {
	return setting{name: name, env: envOf(name), usage: usage, boolean: true,
		set: func(c *config, v string) (err error) {
			*field(c), err = strconv.ParseBool(v)
			return fault(err != nil, "neither true nor false")
		},
		get: func(c *config) string { return strconv.FormatBool(*field(c)) }}
}

func list(name, usage string, field func(*config) *[]string) setting {
	return setting{name: name, env: envOf(name), usage: usage,
		set: func(c *config, v string) error {
			*field(c) = nil
			for part := range strings.SplitSeq(v, ",") {
				if part = strings.TrimSpace(part); part != "" {
					*field(c) = append(*field(c), part)
				}
			}
			return nil
		},
		get: func(c *config) string { return strings.Join(*field(c), ",") }}
}

// fault returns an error if is, without the value, which may be a misplaced secret.
func fault(is bool, text string) error {
	if is {
		return errors.New(text)
	}
	return nil
}
