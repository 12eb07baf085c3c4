package main

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// tracing sends spans by OTLP over HTTP to where the standard variables of OpenTelemetry say; without any of them it is off.
// flush sends what is left.
func (p program) tracing(ctx context.Context) (provider *trace.TracerProvider, flush func(), err error) {
	if p.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && p.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" || p.getenv("OTEL_SDK_DISABLED") == "true" {
		return nil, func() {}, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("tracing: %w", err)
	}
	of, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		return nil, nil, fmt.Errorf("tracing: %w", err)
	}
	provider = trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(of))
	return provider, func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = provider.Shutdown(last) // spans that cannot be sent are lost; the work they tell of is not
	}, nil
}
