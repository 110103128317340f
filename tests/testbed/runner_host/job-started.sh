#!/bin/sh
# Job-started hook of a private runner: the organisation's certificate authority, for this job alone.
# https://docs.github.com/actions/how-tos/manage-runners/self-hosted-runners/run-scripts
set -eu
install -m 0644 /opt/actions-runner/ca.crt "$RUNNER_TEMP/organisation-ca.crt"
echo "AWS_CA_BUNDLE=$RUNNER_TEMP/organisation-ca.crt" >>"$GITHUB_ENV"
