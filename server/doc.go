// Package server is the process around the product: the endpoints over HTTP, who may enter, limits, health, metrics and an
// orderly end. Run starts all of it from one Config.
package server
