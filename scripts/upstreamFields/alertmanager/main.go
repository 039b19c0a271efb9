// Prints the fields of Alertmanager's configuration.
package main

import (
	"os"

	"github.com/prometheus/alertmanager/config"

	"ha-monitoring/upstreamfields/walk"
)

func main() {
	walk.Read("alertmanager", os.Args[1], map[string]any{"configuration": config.Config{}}, map[string]string{
		"github.com/prometheus/common/config.Secret":                         "secret",
		"github.com/prometheus/alertmanager/config/common.SecretURL":         "secretUrl",
		"github.com/prometheus/alertmanager/config/common.SecretTemplateURL": "secretTemplateUrl",
		"github.com/prometheus/alertmanager/config.SecretTemplateURL":        "secretTemplateUrl",
		"github.com/prometheus/alertmanager/config/common.URL":               "webUrl",
		"github.com/prometheus/alertmanager/config/common.HostPort":          "hostPort",
		"github.com/prometheus/alertmanager/notify/pushover.duration":        "goDuration",
		"github.com/prometheus/common/config.URL":                            "url",
		"github.com/prometheus/common/model.Duration":                        "duration",
	}).Print()
}
