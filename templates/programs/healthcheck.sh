#!/bin/sh
# Succeeds while the Alertmanager of this container answers.
set -eu

printf 'GET /-/healthy HTTP/1.0\r\n\r\n' |
    socat -t 2 -T 2 - TCP4:127.0.0.1:9093 |
    grep -q '^HTTP/1.. 200'
