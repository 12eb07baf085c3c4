package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/usagegraph/usagegraph/server"
)

// trace makes a server send spans by OTLP over HTTP to where the standard variables of OpenTelemetry say; without any of them it sends
// none. flush sends what is left.
func (p program) trace(ctx context.Context, c *server.Config) (flush func(), err error) {
	wanted, err := p.tracingWanted()
	if err != nil || !wanted {
		return func() {}, err
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	log := c.Log
	of, err := resourceOf(ctx, c.Revision)
	if err != nil { // a faulty pair of OTEL_RESOURCE_ATTRIBUTES, or a host without a name: the rest is there
		log.Warn("traces lack some of the attributes that describe this process", "error", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces could not be sent", "error", err) }))
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(of))
	c.Tracing = provider
	return func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = provider.Shutdown(last) // spans that cannot be sent are lost, but not the work that they describe
	}, nil
}

// tracingWanted reports whether the standard variables ask for traces. It returns an error if they ask for a way of sending that there is
// not, because traces would then be missing without a word.
func (p program) tracingWanted() (bool, error) {
	of := p.getenv("OTEL_TRACES_EXPORTER")
	named := of == "otlp" || p.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || p.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
	switch {
	case strings.EqualFold(p.getenv("OTEL_SDK_DISABLED"), "true"), of == "none", of == "" && !named:
		return false, nil
	case of != "" && of != "otlp":
		return false, errors.New("tracing: OTEL_TRACES_EXPORTER is neither otlp nor none")
	}
	protocol := cmp.Or(p.getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), p.getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf")
	return true, fault(protocol != "http/protobuf", "tracing: OTEL_EXPORTER_OTLP_PROTOCOL is not http/protobuf, by which traces are sent, mostly to port 4318")
}

// resourceOf returns what is being traced: this service, unless the environment names another (OTEL_SERVICE_NAME,
// OTEL_RESOURCE_ATTRIBUTES). A build outside of a repository has no version, but the revision that it was told. There is a resource even if
// there is an error.
func resourceOf(ctx context.Context, revision string) (*resource.Resource, error) {
	version := server.ReadBuild().Version
	if version == "" || version == unversioned {
		version = cmp.Or(revision, version)
	}
	return resource.New(ctx, resource.WithTelemetrySDK(), resource.WithHost(),
		resource.WithAttributes(attribute.String("service.name", "usagegraph"), attribute.String("service.version", version)),
		resource.WithFromEnv())
}

// unversioned is what the linker records as the version of a build outside of a repository.
const unversioned = "(devel)"
