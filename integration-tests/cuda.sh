#!/usr/bin/env bash
# Proves the library on this machine's CUDA device and writes what it saw to benchmarks/results/cuda.md (or $1).
#
#   mvn -Pcuda -DskipTests package && integration-tests/cuda.sh
#
# Runs smoke, kernel twins, contract suites of the layers, SameDiff ops, trainings against losses of the CPU (integration-tests/src/test/resources/cuda/losses.tsv,
# made by `DeviceTraining write`), kernels against the device's copies, and steps of ViT-B/16 by method, beside PyTorch's if python3 has it. About five minutes;
# a part that fails is named at the end, and so in the file.
#
# REVLAYERS_CUDA_CLASSPATH: the class path of ND4J's CUDA backend, DL4J and JUnit's console, where Maven is not at hand.  JAVA_OPTS: more options.
# PARTS: which parts, all of them if not set.
set -u
cd "$(dirname "$0")/.."
ROOT=$PWD OUT=${1:-$PWD/benchmarks/results/cuda.md} LOGS=${LOGS:-$(mktemp -d)}
PARTS=${PARTS:-smoke twins contracts samediff training kernels steps}
LIMIT=${LIMIT:-400} # seconds of each of the parts that run side by side
OURS=
for module in samediff-ops dl4j-revlayers examples integration-tests; do
    OURS+="$ROOT/$module/target/classes:$ROOT/$module/target/test-classes:"
done
OURS+="$ROOT/benchmarks/target/classes"
if [ -z "${REVLAYERS_CUDA_CLASSPATH:-}" ]; then
    mvn -q -Pcuda -pl integration-tests -am -DskipTests -Djavacpp.skip=true test-compile dependency:build-classpath -Dmdep.outputFile="$LOGS/classpath" || exit 1
    mvn -q dependency:copy -Dartifact=org.junit.platform:junit-platform-console-standalone:1.11.4 -DoutputDirectory="$LOGS" || exit 1
    REVLAYERS_CUDA_CLASSPATH=$(cat "$LOGS/classpath"):$LOGS/junit-platform-console-standalone-1.11.4.jar
fi
FAILED=
export OMP_WAIT_POLICY=passive

run() { # seconds, arguments of java
    local seconds=$1
    shift
    timeout "$seconds" java -Xmx12g -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 ${JAVA_OPTS:-} \
        -cp "$OURS:$REVLAYERS_CUDA_CLASSPATH" "$@" 2>&1
}
tests() { # module, seconds, selectors
    local module=$1 seconds=$2
    shift 2
    (cd "$module" && run "$seconds" org.junit.platform.console.ConsoleLauncher execute --details=testfeed --disable-banner --disable-ansi-colors \
        --exclude-tag slow "$@")
}
classes() { # package, names
    local package=$1
    shift
    for name in "$@"; do echo "-c $package.$name"; done
}
part() { # name, command: its output to a log
    case " $PARTS " in *" $1 "*) ;; *) return 0 ;; esac
    local name=$1
    shift
    local start=$SECONDS
    if "$@" > "$LOGS/$name.log" 2>&1; then echo "$name passed in $((SECONDS - start)) s" | tee "$LOGS/$name.verdict"
    else echo "$name FAILED after $((SECONDS - start)) s: see $LOGS/$name.log" | tee "$LOGS/$name.verdict"; FAILED+=" $name"; fi
}
steps() {
    local method
    echo "| ViT-B/16, 224 px, batch 32, fp32, SGD | ms / step, median | from – to | kept, MiB | peak of live arrays, MiB | device, MiB | |"
    echo "|---|---|---|---|---|---|---|"
    for method in store recompute approx razor=0.9 checkpoint reversible; do
        run 60 org.revlayers.cuda.DeviceBench $method 32 8 | grep "^|" || return 1
    done
    if python3 -c 'import torch; assert torch.cuda.is_available()' 2> /dev/null; then
        timeout 90 python3 integration-tests/src/test/python/peer_vit.py 32 8 || return 1
    fi
}

part smoke run 60 org.revlayers.cuda.DeviceSmoke
part twins tests samediff-ops $LIMIT -p org.revlayers.internal.kernel &
part contracts tests dl4j-revlayers $LIMIT $(classes org.revlayers.layers ForwardContractTest TrainingContractTest MaskContractTest CopiesContractTest \
    ModelFileContractTest WorkspaceContractTest) &
part samediff tests samediff-ops $LIMIT $(classes org.revlayers.internal.op DropoutReplayTest RazorInferenceTest RevChainTest SavedGraphTest OpInputsTest) \
    $(classes org.revlayers.graph GraphChainTest) $(classes org.revlayers.internal.graph ChainRewriteTest) \
    $(classes org.revlayers.training SameDiffTrainerTest StockFitTest) &
part training run $LIMIT org.revlayers.cuda.DeviceTraining compare integration-tests/src/test/resources/cuda/losses.tsv &
wait
part kernels run 90 org.revlayers.benchmarks.KernelReport rounds=3 images=32 threads=2
part steps steps
FAILED=$(grep -l FAILED "$LOGS"/*.verdict 2> /dev/null | xargs -r -n1 basename | sed 's/\.verdict//' | tr '\n' ' ')

{
    echo "# On a CUDA device"
    echo
    echo "Written by \`integration-tests/cuda.sh\`, $(date -u +%F). $(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | head -1)."
    echo "${REVLAYERS_CUDA_BUILD:-The CUDA backend of ND4J from Maven Central.}"
    echo
    sed -n '/^revlayers: /p' "$LOGS/smoke.log"
    echo
    for name in $PARTS; do
        echo "- $(sed 's/: see .*//' "$LOGS/$name.verdict")$(grep -hE "tests (successful|failed)" "$LOGS/$name.log" | tr -d '[]' | sed 's/^ */, /; s/  *$//' | tr '\n' ' ')"
    done
    echo
    echo "## Trainings against the CPU's"
    echo
    echo "Twenty steps from the same weights on the same batch (8 images of 64 px). The way is the distance from the first parameters to the last, running statistics among them."
    echo
    echo "| | last loss, CPU | here | way of the parameters, CPU | here | largest relative difference of all |"
    echo "|---|---|---|---|---|---|"
    grep "^|" "$LOGS/training.log"
    echo
    echo "## A step"
    echo
    grep "^|" "$LOGS/steps.log"
    echo
    echo "Kept: live when a forward pass has ended. Peak: of live arrays in a step, beyond weights, gradients and the batch (PyTorch: its allocator's figure, with"
    echo "them taken off). Device: what the driver counts for the process beyond the context and the code (PyTorch: what its allocator holds)."
    echo
    echo "## Kernels"
    echo
    echo "On arrays of 32 · 197 · 3072 floats; the copy is the driver's, from device to device."
    echo
    grep "^|" "$LOGS/kernels.log"
} > "$OUT"
[ -z "$FAILED" ] && echo "all passed: $OUT" || { echo "FAILED: $FAILED, logs in $LOGS"; exit 1; }
