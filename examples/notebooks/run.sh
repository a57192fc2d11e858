#!/usr/bin/env bash
# Runs the notebooks on BeakerX's Java kernel, headless, and checks what they say. Needs examples/target/revlayers.jar (mvn -q -DskipTests package), java and python3;
# the kernel and its client come into a virtual environment beside that jar.
#
#   examples/notebooks/run.sh                  all of them
#   examples/notebooks/run.sh 01-first-steps   one
#   examples/notebooks/run.sh --write          puts the outputs into the files
#
# Ends with 3 where the packages cannot be had.
set -euo pipefail
cd "$(dirname "$0")"
[ -f ../target/revlayers.jar ] || { echo "no examples/target/revlayers.jar: run mvn -q -DskipTests package first" >&2; exit 1; }
ENVIRONMENT=$(cd ../target && pwd)/notebooks
../../.ci/python "$ENVIRONMENT" requirements.txt
OMP_WAIT_POLICY=passive exec "$ENVIRONMENT/bin/python" run.py "$@"
