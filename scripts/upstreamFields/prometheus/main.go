// Prints the fields of Prometheus' configuration and of its rule files.
package main

import (
	"os"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/rulefmt"
	// Registers service discoveries: with the build tag remove_all_sd those that need no client of a cloud, which take most of the time to build.
	_ "github.com/prometheus/prometheus/plugins"

	"ha-monitoring/upstreamfields/walk"
)

func main() {
	roots := map[string]any{"configuration": config.Config{}, "rules": rulefmt.RuleGroups{}}
	others := map[string]string{"*_sd_configs": "anything"}
	walk.Print("prometheus", os.Args[1], roots, map[string]string{
		"github.com/prometheus/common/config.Secret":  "secret",
		"github.com/prometheus/common/model.Duration": "duration",
	}, map[string]map[string]string{"config.ScrapeConfig": others, "config.AlertmanagerConfig": others})
}
