module github.com/usagegraph/usagegraph/clients/go

go 1.25.0
