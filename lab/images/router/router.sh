#!/bin/bash
# The main process of a lab's router: records the packets that hosts send to it, and answers them. It ends with either of the two.
set -eu
ip -4 route delete default 2>/dev/null || true
ip -6 route delete default 2>/dev/null || true
nft -f /opt/router/router.nft

# Addressed to this router itself, so neither broadcasts nor multicasts; without ARP and neighbour discovery.
hardware_address=$(cat /sys/class/net/eth0/address)
tcpdump -i eth0 -Z root --immediate-mode --packet-buffered --snapshot-length 512 -w /seen.pcap \
    "ether dst $hardware_address and (ip or (ip6 and not (icmp6 and ip6[40] >= 133 and ip6[40] <= 137)))" &
# Nothing is answered that is not recorded.
until [ -s /seen.pcap ]; do sleep 0.05; done
/opt/router/node --disable-warning=ExperimentalWarning /opt/router/answer.ts &
wait -n
