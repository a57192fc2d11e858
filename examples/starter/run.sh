#!/usr/bin/env bash
# Builds and runs the starter as a stranger would: against the published modules, installed into a local repository that has everything of the user's own
# (links, nothing is downloaded again) except revlayers. The native kernels are those that were built last: run mvn package before.
set -euo pipefail
cd "$(dirname "$0")/../.."
own=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
local=$PWD/examples/target/starter
rm -rf "$local"
mkdir -p "$local/org"
find "$own" -mindepth 1 -maxdepth 1 ! -name org -exec ln -s -t "$local" {} +
find "$own/org" -mindepth 1 -maxdepth 1 ! -name revlayers -exec ln -s -t "$local/org" {} +
version=$(release/version)
mvn -B -ntp -q "-Dmaven.repo.local=$local" "-Drevision=$version" -DskipTests -Djavacpp.skip=true -pl bom,samediff-ops,dl4j-revlayers -am install
OMP_WAIT_POLICY=passive mvn -B -ntp -q "-Dmaven.repo.local=$local" -f examples/starter/pom.xml "-Drevlayers.version=$version" clean compile exec:java
