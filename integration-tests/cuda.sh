#!/usr/bin/env bash
# Proves the library on this machine's CUDA device and writes what it saw to target/cuda.md; benchmarks/results/cuda.md holds what was seen so far, and what it says.
#
#   mvn -Pcuda -DskipTests package && integration-tests/cuda.sh
#
# Runs smoke, kernel twins, contract suites of the layers, converted networks in DOUBLE, SameDiff ops, trainings against losses of the CPU (integration-tests/src/test/resources/cuda/losses.tsv,
# made by `DeviceTraining write`), kernels against the device's copies, and steps of ViT-B/16 by method, beside PyTorch's if python3 has it. About five minutes;
# a part that fails is named at the end, and so in the file.
#
# REVLAYERS_CUDA_CLASSPATH: the class path of ND4J's CUDA backend, DL4J and JUnit's console, where Maven is not at hand.  JAVA_OPTS: more options.
# PARTS: which parts, all of them if not set.
. "$(dirname "$0")/cuda-parts.sh"
OUT=$ROOT/target/cuda.md
ALL="smoke twins contracts coherence samediff training kernels steps"
PARTS=${PARTS:-$ALL} LIMIT=${LIMIT:-400} # seconds of each of the parts that run side by side
known $ALL
REVLAYERS_CUDA_CLASSPATH=${REVLAYERS_CUDA_CLASSPATH:-$(class_path -Pcuda)} || exit 1

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
part contracts contracts $LIMIT &
part coherence coherence $LIMIT &
part samediff samediff $LIMIT &
part training training $LIMIT &
wait
part kernels run 90 org.revlayers.benchmarks.KernelReport rounds=3 images=32 threads=2
part steps steps
FAILED=$(failed)
mkdir -p "$(dirname "$OUT")"

{
    echo "# On a CUDA device"
    echo
    echo "Written by \`integration-tests/cuda.sh\`, $(date -u +%F). $(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | head -1)."
    echo "${REVLAYERS_CUDA_BUILD:-The CUDA backend of ND4J from Maven Central.}"
    echo
    sed -n '/^revlayers: /p' "$LOGS/smoke.log"
    echo
    for name in $PARTS; do
        echo "- $(counted $name)"
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
