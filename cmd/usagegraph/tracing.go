package main

import (
	"context"
	"fmt"
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
	if p.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && p.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" || p.getenv("OTEL_SDK_DISABLED") == "true" {
		return func() {}, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	of, err := resourceOf(ctx)
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	log := c.Log
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces could not be sent", "error", err) }))
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(of))
	c.Tracing = provider
	return func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = provider.Shutdown(last) // spans that cannot be sent are lost, but not the work that they describe
	}, nil
}

// resourceOf returns what is being traced: this service, unless the environment names another (OTEL_SERVICE_NAME,
// OTEL_RESOURCE_ATTRIBUTES).
func resourceOf(ctx context.Context) (*resource.Resource, error) {
	return resource.New(ctx, resource.WithTelemetrySDK(), resource.WithHost(),
		resource.WithAttributes(attribute.String("service.name", "usagegraph"), attribute.String("service.version", server.ReadBuild().Version)),
		resource.WithFromEnv())
}
