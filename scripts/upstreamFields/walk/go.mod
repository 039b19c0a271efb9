module ha-monitoring/upstreamfields/walk

go 1.26
