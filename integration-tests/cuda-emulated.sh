#!/usr/bin/env bash
# Runs the library on ND4J 1.0.0-M2.1's own CUDA backend without a GPU: its Java and JNI classes as they come from Maven Central, over stand-ins for
# libnd4jcuda, libcuda, libcudart and cuBLAS (src/test/cpp) in which every array has two memories that go stale as on a device. ND4J's ops run in its CPU
# library, our kernels under the emulation of blocks and threads. It finds what is lost between host and device, what comes to a wrong device, and what
# happens without one. It cannot find races of streams, host code that reads a device's address, and what a compiler for a device does; nor does it tell of speed.
#
#   mvn -Pcuda -DskipTests package && integration-tests/cuda-emulated.sh          2.5 minutes on two cores
#   PARTS="ops layers training" integration-tests/cuda-emulated.sh                nearly all tests of two modules, and trainings beside the CPU's: an hour
#
# Linux on x86-64, g++, Maven. Exits with 1 if a part fails; with 3 if Maven cannot get the CUDA backend's jar (600 MB).
. "$(dirname "$0")/cuda-parts.sh"
PARTS=${PARTS:-errors smoke replicas coherence}
known errors smoke replicas coherence ops layers training
LIMIT=${LIMIT:-7200}
HERE=$ROOT/integration-tests BUILT=$ROOT/integration-tests/target/cuda-emulated
BINDINGS=org/nd4j/linalg/jcublas/bindings/linux-x86_64

[ "$(uname -sm)" = "Linux x86_64" ] || { echo "the CUDA backend's emulation runs on Linux and x86-64"; exit 3; }
CPU_PATH=$(class_path) || exit 1
CUDA_PATH=$(class_path -Pcuda) || {
    grep -qE "Could not (find|transfer).*nd4j-cuda-11.6:jar:linux-x86_64:1.0.0-M2.1" "$LOGS/maven.log" || exit 1
    echo "the jar of ND4J's CUDA backend cannot be had"
    exit 3
}

jar_of() { # class path, what its name has
    echo "$1" | tr ':' '\n' | grep -m1 -E "$2" || { echo "no $2 on the class path" >&2; exit 1; }
}
build() {
    local lib=$BUILT/lib classes=$BUILT/classes/$BINDINGS cpp=$HERE/src/test/cpp ops=$ROOT/samediff-ops/src nd4j
    rm -rf "$BUILT" && mkdir -p "$lib" "$classes" || return 1
    nd4j=$(jar_of "$CPU_PATH" '/nd4j-native-[0-9][^/]*-linux-x86_64[^/]*\.jar') || return 1
    (cd "$BUILT" && jar xf "$nd4j" && find org -name 'libnd4jcpu.so' -o -name 'libgomp.so*' | xargs -I{} mv {} lib && rm -rf org META-INF &&
        jar xf "$(jar_of "$CPU_PATH" 'openblas-[^/]*-linux-x86_64\.jar')" && find org -name 'libopenblas.so*' -o -name 'libgfortran.so*' -o -name 'libquadmath.so*' |
        xargs -I{} mv {} lib && rm -rf org META-INF &&
        jar xf "$(jar_of "$CUDA_PATH" '/nd4j-cuda-[0-9.]*-[0-9][^/]*-linux-x86_64\.jar')" $BINDINGS/libjnind4jcuda.so && mv $BINDINGS/libjnind4jcuda.so "$classes" && rm -rf org) || return 1
    local cc="g++ -std=c++17 -Wall -O2 -fPIC -shared -Wl,--allow-shlib-undefined"
    for name in libcudart.so.11.0 libcublas.so.11 libcublasLt.so.11; do echo "$name { global: *; };" > "$BUILT/$name.map"; done
    # Products and sums are rounded one by one, as on the device.
    $cc -ffp-contract=off -Wno-unused-function -Wl,-soname,libcuda.so.1 -I"$ops/test/cpp" -I"$ops/main/cuda" -I"$ops/main/cpp" -o "$lib/libcuda.so.1" "$cpp/cuda.cpp" &&
        $cc -Wl,-soname,libcudart.so.11.0,--version-script="$BUILT/libcudart.so.11.0.map" -o "$lib/libcudart.so.11.0" "$cpp/cudart.cpp" "$lib/libcuda.so.1" &&
        $cc -Wl,-soname,libnvidia-ml.so.1 -o "$lib/libnvidia-ml.so.1" "$cpp/nvml.cpp" "$lib/libcuda.so.1" &&
        $cc -Wl,-soname,libcublas.so.11,--version-script="$BUILT/libcublas.so.11.map" -o "$lib/libcublas.so.11" "$cpp/cublas.cpp" "$lib"/libopenblas.so* &&
        echo 'extern "C" int cublasLtNothing() { return 0; }' | $cc -Wl,-soname,libcublasLt.so.11,--version-script="$BUILT/libcublasLt.so.11.map" -o "$lib/libcublasLt.so.11" -x c++ - &&
        $cc -Wl,-soname,libnd4jcuda.so,--no-as-needed -o "$classes/libnd4jcuda.so" "$cpp"/nd4j_*.cpp "$lib/libcuda.so.1" "$lib/libnd4jcpu.so" -ldl &&
        jar cf "$BUILT/bindings.jar" -C "$BUILT/classes" org
}
build || { echo "the emulation could not be built"; exit 1; }
# In the place of the CUDA backend's own library, which no machine without a driver can load.
REVLAYERS_CUDA_CLASSPATH=$BUILT/bindings.jar:$(echo "$CUDA_PATH" | tr ':' '\n' | grep -vE '/nd4j-cuda-[0-9.]*-[0-9][^/]*-linux-x86_64\.jar' | tr '\n' ':')
export LD_LIBRARY_PATH=$BUILT/lib OMP_NUM_THREADS=1 SD_MAX_THREADS=1
OWN_OPTIONS=("-Dorg.bytedeco.javacpp.cachedir=$BUILT/cache")

case_of() { # class path, case
    REVLAYERS_CUDA_CLASSPATH=$1 run 120 org.revlayers.cuda.DeviceErrors "$2"
}
errors() { # no driver, no device, one that is too new, too small or shared, and both backends on the class path
    local cuda=$REVLAYERS_CUDA_CLASSPATH both=$REVLAYERS_CUDA_CLASSPATH:$CPU_PATH
    if ldconfig -p | grep -q 'libcuda\.so\.1'; then echo "not run: no driver; this machine has one"
    else LD_LIBRARY_PATH='' case_of "$cuda" no-device && LD_LIBRARY_PATH='' case_of "$both" cpu || return 1; fi
    EMULATED_DEVICES=0 case_of "$cuda" no-device && EMULATED_DEVICES=0 case_of "$both" cpu && case_of "$both" cuda &&
        BACKEND_PRIORITY_CPU=200 case_of "$both" cpu && EMULATED_CAPABILITY=90 case_of "$both" new-card &&
        EMULATED_MIB=64 case_of "$cuda" out-of-memory && EMULATED_MIB=150 case_of "$cuda" out-of-memory && EMULATED_MIB=256 case_of "$cuda" garbage &&
        EMULATED_OTHERS_MIB=30720 case_of "$cuda" shared
}
replicas() { # on two devices that cannot read each other's memory
    EMULATED_DEVICES=2 case_of "$REVLAYERS_CUDA_CLASSPATH" two-devices && EMULATED_DEVICES=2 tests dl4j-revlayers $LIMIT $(classes org.revlayers.layers ParallelWrapperTest ParallelWrapperStartTest) \
        $(classes org.revlayers.chain ChainTrainingTest)
}

part errors errors
part smoke run 120 org.revlayers.cuda.DeviceSmoke
part replicas replicas
part coherence coherence $LIMIT
part ops tests samediff-ops $LIMIT --scan-class-path target/test-classes &
part layers tests dl4j-revlayers $LIMIT --scan-class-path target/test-classes --exclude-classname '.*MemoryPlannerGraphTest' & # measures for hours
wait
part training training $LIMIT
for name in $PARTS; do counted "$name"; done
FAILED=$(failed)
[ -z "$FAILED" ] && echo "all passed on the emulated device" || { echo "FAILED: $FAILED, logs in $LOGS"; exit 1; }
