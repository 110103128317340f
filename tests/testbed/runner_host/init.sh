#!/bin/sh
# Process 1 of a runner's machine: its end is the end of all that runs there, containers included.
# It is also what collects orphans, and what starts the engine again, as systemd's Restart=always would.
set -eu
hostname --file /etc/hostname

# A machine without an engine: nothing to do but to be process 1.
until command -v dockerd >/dev/null; do sleep 3600; done

while true; do
    # As after `systemctl stop docker`: whoever stops the engine says when it may come back.
    while [ -e /run/engine-stopped ]; do sleep 0.1; done
    # A pid file left by a killed engine may name a process that has nothing to do with it.
    rm -f /run/docker.pid /run/docker/containerd/containerd.pid
    dockerd &
    wait $! || echo "machine-init: dockerd ended with status $?; starting it again"
    sleep 0.2
done
