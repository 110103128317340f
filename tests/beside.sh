#!/bin/sh
# tests/beside.sh NAME COMMAND …: run it with a testbed of its own, beside the one that may be up.
#
# The mount namespace hides that one's networks and locks, and the pid namespace ends with us whatever happens.
# After a failure the state directory stays, for its logs; the next run starts anew.
set -eu
if [ "$(id -u)" != 0 ]; then
  echo "tests/beside.sh: the testbed needs root" >&2
  exit 1
fi
EKS_ACTIONS_TESTBED="/var/lib/eks-actions-testbed-$1"
export EKS_ACTIONS_TESTBED
shift
exec unshare --mount --pid --fork --kill-child --mount-proc sh -euc '
  mkdir -p /run/netns /run/lock
  mount -t tmpfs netns /run/netns
  mount -t tmpfs lock /run/lock
  ./testbed down
  if "$@"; then ./testbed down; exit 0; fi
  echo "what it left, logs and runs: $EKS_ACTIONS_TESTBED; EKS_ACTIONS_TESTBED=$EKS_ACTIONS_TESTBED ./testbed down removes it" >&2
  exit 1
' sh "$@"
