// Prints the fields of Prometheus' configuration and of its rule files.
package main

import (
	"os"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/rulefmt"
	// Registers service discoveries: with the build tag remove_all_sd those that need no client of a cloud.
	_ "github.com/prometheus/prometheus/plugins"

	"ha-monitoring/upstreamfields/walk"
)

// main takes the version and the directory of the source of Prometheus.
func main() {
	roots := map[string]any{"configuration": config.Config{}, "rules": rulefmt.RuleGroups{}}
	special := map[string]string{
		"github.com/prometheus/common/config.Secret":  "secret",
		"github.com/prometheus/common/config.URL":     "url",
		"github.com/prometheus/common/model.Duration": "duration",
	}
	table := walk.Read("prometheus", os.Args[1], roots, special)
	kinds := map[string]string{
		"github.com/prometheus/common/config.HTTPClientConfig": "config.HTTPClientConfig",
		"github.com/prometheus/common/config.TLSConfig":        "config.TLSConfig",
	}
	for name, kind := range special {
		kinds[name] = kind
	}
	addDiscoveries(table, os.Args[2], kinds)
	table.Print()
}
