#!/bin/sh
# Process 1 of a runner's machine: its end is the end of all that runs there, containers included.
# It is also what collects orphans, and what starts the engine again, as systemd's Restart=always would.
set -eu
hostname --file /etc/hostname

# The instance metadata answers with an IP TTL of its hop limit. In AWS it lives outside the instance, so that
# forwarding to a container takes a hop; here it is on this host's own loopback, and nothing counts down.
# So: what has no hop left doesn't leave the host.
no_hop_left="-s 169.254.169.254 ! -o lo -m ttl --ttl-lt 2 -j DROP"
# shellcheck disable=SC2086
iptables --wait -t mangle -C POSTROUTING $no_hop_left 2>/dev/null ||
    iptables --wait -t mangle -A POSTROUTING $no_hop_left

while true; do
    rm -f /run/docker.pid /run/docker/containerd/containerd.pid
    SSL_CERT_FILE=/etc/docker/trust.pem dockerd &
    wait $! || echo "machine-init: dockerd ended with status $?; starting it again"
    sleep 0.2
done
