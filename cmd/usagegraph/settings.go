package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/mail"
)

// setting is one thing that can be set: by flag --name, by environment, or in the file, in this order of precedence.
type setting struct {
	name    string
	env     string
	usage   string
	secret  bool // never printed
	boolean bool // a flag without a value means true
	set     func(*config, string) error
	get     func(*config) string
}

// settings lists all of them; the comments of server.Config say more.
func settings() []setting {
	return []setting{
		text("listen", "", "address of the HTTP server (default :8080)", func(c *config) *string { return &c.Listen }),
		text("metrics-listen", "", "address of a listener of its own for /metrics and profiles (default: /metrics on listen, no profiles)", func(c *config) *string { return &c.MetricsListen }),
		secret(text("database-url", "DATABASE_URL", "PostgreSQL URL of the database (required)", func(c *config) *string { return &c.DatabaseURL })),
		secret(text("listen-database-url", "", "URL past a pooler that deals out transactions, for LISTEN and migrations (default: database-url is none such)", func(c *config) *string { return &c.ListenURL })),
		number("pool-size", "connections for the books (default 16)", func(c *config) *int { return &c.PoolSize }),
		number("chart-pool-size", "connections for charts (default 8)", func(c *config) *int { return &c.ChartPoolSize }),
		secret(text("explore-database-url", "", "URL of a role that only reads, for ad-hoc questions (default database-url)", func(c *config) *string { return &c.ExploreURL })),
		number("explore-pool-size", "connections for ad-hoc questions and exports, of which one stays free (default 3)", func(c *config) *int { return &c.ExplorePoolSize }),
		span("explore-timeout", "bound of one statement of theirs (default 5s)", func(c *config) *time.Duration { return &c.ExploreTimeout }),
		span("statement-timeout", "bound of one statement (default 30s)", func(c *config) *time.Duration { return &c.StatementTimeout }),
		span("chart-timeout", "bound of one chart's statement (default 15s)", func(c *config) *time.Duration { return &c.ChartTimeout }),
		span("drain-timeout", "bound of the shutdown (default 20s)", func(c *config) *time.Duration { return &c.DrainTimeout }),
		number("bucket-size", "points of cost that a caller's bucket holds (default 10000)", func(c *config) *int64 { return &c.BucketSize }),
		number("bucket-rate", "points that it regains a second (default 2500)", func(c *config) *int64 { return &c.BucketRate }),
		list("origins", "browser origins let in, separated by commas", func(c *config) *[]string { return &c.Origins }),
		list("otlp-account", "attributes of telemetry that hold accounts' own ids, the first that is there counts (default: usagegraph.account and usagegraph.account.external_id alone)",
			func(c *config) *[]string { return &c.Mapping.Account }),
		list("otlp-model", "those that hold models' own ids (default gen_ai.request.model,gen_ai.response.model)", func(c *config) *[]string { return &c.Mapping.Model }),
		list("otlp-tool", "those that hold tools' own ids (default gen_ai.tool.name)", func(c *config) *[]string { return &c.Mapping.Tool }),
		flag("otlp-metrics", "take gen_ai.client.token.usage at /v1/metrics too; spans of the same use then count twice", func(c *config) *bool { return &c.TelemetryMetrics }),
		flag("trust-proxy", "take callers' addresses from the last entry of X-Forwarded-For", func(c *config) *bool { return &c.TrustProxy }),
		text("documents", "", "folder of trusted documents, *.graphql", func(c *config) *string { return &c.documents }),
		flag("development", "let in the tokens of usagegraph dev", func(c *config) *bool { return &c.Development }),
		flag("development-anywhere", "let them in beyond loopback too", func(c *config) *bool { return &c.DevelopmentAnywhere }),
		flag("no-migrate", "leave migrations to usagegraph migrate", func(c *config) *bool { return &c.noMigrate }),
		flag("no-jobs", "leave metering, expiry, mails and retention to other processes", func(c *config) *bool { return &c.noJobs }),
		flag("debug", "log every request and every job too", func(c *config) *bool { return &c.debug }),
		flag("no-demo", "usagegraph dev makes an empty account instead of the demo", func(c *config) *bool { return &c.noDemo }),
		text("free-credits", "", "credits of a new account (default 75)", func(c *config) *string { return &c.Settings.FreeCredits }),
		freeRuns(),
		span("free-term", "life of the free grants (default 2160h)", func(c *config) *time.Duration { return &c.Settings.FreeTerm }),
		span("event-retention", "how long events are kept (default 9600h)", func(c *config) *time.Duration { return &c.Settings.EventRetention }),
		number("quarter-months", "months that quarter-hours are kept (default 25)", func(c *config) *int { return &c.Settings.QuarterMonths }),
		flag("compression", "compress old chunks; needs TimescaleDB's Community edition", func(c *config) *bool { return &c.Settings.Compress }),
		span("hold-timeout", "life of a reservation (default 15m)", func(c *config) *time.Duration { return &c.Settings.ReservationTimeout }),
		text("support-contact", "SUPPORT_CONTACT", "how to reach Support: an address or URL", func(c *config) *string { return &c.Settings.SupportContact }),
		text("console-url", "CONSOLE_URL", "where mails and banners lead (default http://localhost:8080)", func(c *config) *string { return &c.Settings.ConsoleURL }),
		text("smtp-host", "SMTP_HOST", "mail relay; none: mails are stored, not sent", func(c *config) *string { return &c.smtp.Host }),
		number("smtp-port", "its port (default by encryption)", func(c *config) *int { return &c.smtp.Port }),
		text("smtp-username", "SMTP_USERNAME", "name to sign in with", func(c *config) *string { return &c.smtp.Username }),
		secret(text("smtp-password", "SMTP_PASSWORD", "password to sign in with", func(c *config) *string { return &c.smtp.Password })),
		text("smtp-from", "SMTP_FROM", "sender of mails", func(c *config) *string { return &c.smtp.From }),
		text("smtp-tls", "SMTP_TLS", "starttls, implicit or none (default starttls)", func(c *config) *mail.TLSMode { return &c.smtp.TLS }),
		number("max-provisioned", "tools and models that events may make of an account, where it allows that (default 1000)", func(c *config) *int { return &c.Settings.MaxProvisioned }),
		span("mail-pause", "the least time between two mails about one step of one meter (default 6h)", func(c *config) *time.Duration { return &c.Settings.MailPause }),
		text("oidc-issuer", "OIDC_ISSUER", "URL of the issuer that people sign in with", func(c *config) *string { return &c.OIDC.Issuer }),
		text("oidc-audience", "OIDC_AUDIENCE", "audience that its tokens must name", func(c *config) *string { return &c.OIDC.Audience }),
		text("oidc-client", "OIDC_CLIENT", "the console's client id at the issuer", func(c *config) *string { return &c.oidcClient }),
		text("oidc-scope", "", "what the console asks the issuer for (default \"openid email profile\")", func(c *config) *string { return &c.oidcScope }),
		text("oidc-tokens", "", "tokens taken: any, access (RFC 9068 alone) or id (default any)", func(c *config) *auth.TokenKind { return &c.OIDC.Tokens }),
		text("oidc-user-claim", "", "claim that holds a person's id (default sub)", func(c *config) *string { return &c.OIDC.UserClaim }),
		leeway(),
		flag("any-document", "people who sign in by the issuer may send documents that are not registered", func(c *config) *bool { return &c.AnyDocument }),
		list("oidc-algorithms", "signatures taken (default RS256,ES256)", func(c *config) *[]string { return &c.OIDC.Algorithms }),
	}
}

// envOf is the name in the environment of a setting that has none of its own.
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

// number is above 0: zero would be taken for the default, and nothing here can be negative.
func number[T int | int64](name, usage string, field func(*config) *T) setting {
	return setting{name: name, env: envOf(name), usage: usage,
		set: func(c *config, v string) error {
			n, err := strconv.ParseInt(v, 10, strconv.IntSize)
			if err != nil || n <= 0 {
				return errors.New("no whole number above 0")
			}
			*field(c) = T(n)
			return nil
		},
		get: func(c *config) string { return fmt.Sprint(*field(c)) }}
}

// freeRuns may be 0, which tsdb.Settings tells from "not set" by a negative number.
func freeRuns() setting {
	s := number("free-runs", "tool runs of a new account (default 10000)", func(c *config) *int64 { return &c.Settings.FreeRuns })
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

// leeway may be 0, which auth.OIDCConfig tells from "not set" by a negative duration.
func leeway() setting {
	s := span("oidc-leeway", "how far the issuer's clock may be off (default 1m)", func(c *config) *time.Duration { return &c.OIDC.Leeway })
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

// span is above 0, as a number is.
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

func flag(name, usage string, field func(*config) *bool) setting {
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

// fault is what is wrong with a value, without the value, which may be a secret in the wrong place.
func fault(is bool, text string) error {
	if is {
		return errors.New(text)
	}
	return nil
}
