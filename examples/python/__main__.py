"""Two monitors and one target."""

import pulumi
import pulumi_ha_monitoring as ha_monitoring

config = pulumi.Config()
private_key = config.require_secret("sshPrivateKey")

stack = ha_monitoring.MonitoringStack(
    "monitoring",
    monitors=[
        {
            "name": "monitor-a",
            "address": config.require("addressA"),
            "connection": {"private_key": private_key, "host_key": config.require("hostKeyA")},
        },
        {
            "name": "monitor-b",
            "address": config.require("addressB"),
            "connection": {"private_key": private_key, "host_key": config.require("hostKeyB")},
        },
    ],
    targets=[
        {
            "name": "web-1",
            "address": config.require("addressWeb1"),
            "connection": {"private_key": private_key, "host_key": config.require("hostKeyWeb1")},
        },
    ],
    rule_groups=[{"name": "targets", "rules": [{"alert": "TargetDown", "expr": "up == 0"}]}],
    alerting={
        "config": {
            "route": {"receiver": "team", "group_by": ["alertname"]},
            "receivers": [
                {"name": "team", "webhook_configs": [{"url": "https://alerts.example.com/hook"}]},
            ],
        },
    },
    alertmanager=config.require_object("alertmanager"),
    software=config.require_object("software"),
)

pulumi.export("monitors", stack.monitors)
