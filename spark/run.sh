#!/bin/sh
# Runs the example on a master and two executors on this machine: see SparkTraining. Needs mvn package before.
set -e
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
jar=$(ls "$here"/target/spark-*.jar | grep -v -e -tests.jar)
export SPARK_HOME="${SPARK_HOME:-$here/target/spark-home}" OMP_WAIT_POLICY=passive
exec java "@$here/java.args" -Xmx1g -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 \
    -cp "$jar:$(cat "$here/target/class-path")" org.revlayers.spark.SparkTraining "$@"
