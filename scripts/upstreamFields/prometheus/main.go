// Prints the fields of Prometheus' configuration and of its rule files.
package main

import (
	"os"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/rulefmt"
	// Registers all service discoveries.
	_ "github.com/prometheus/prometheus/plugins"

	"ha-monitoring/upstreamfields/walk"
)

func main() {
	roots := map[string]any{"configuration": config.Config{}, "rules": rulefmt.RuleGroups{}}
	walk.Print("prometheus", os.Args[1], roots, map[string]string{
		"github.com/prometheus/common/config.Secret":  "secret",
		"github.com/prometheus/common/model.Duration": "duration",
	})
}
