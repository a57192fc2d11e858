# What cuda.sh and cuda-emulated.sh have in common: the class path of the CUDA backend, and parts of a proof, each with its log. Not run by itself.
set -u
LOGS=$(mkdir -p "${LOGS:=$(mktemp -d)}" && realpath "$LOGS")
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
ROOT=$PWD
rm -f "$LOGS"/*.verdict
OWN_OPTIONS=() # of java, of a script's own
OURS=
for module in samediff-ops dl4j-revlayers examples integration-tests; do
    OURS+="$ROOT/$module/target/classes:$ROOT/$module/target/test-classes:"
done
OURS+="$ROOT/benchmarks/target/classes"
JUNIT=org.junit.platform:junit-platform-console-standalone:1.11.4
class_path() { # what Maven finds with these options of its command line, and JUnit's console
    {
        mvn -B -ntp -q "$@" -pl integration-tests -am -DskipTests -Djavacpp.skip=true test-compile dependency:build-classpath -Dmdep.outputFile="$LOGS/classpath" &&
            mvn -B -ntp -q dependency:copy -Dartifact=$JUNIT -DoutputDirectory="$LOGS"
    } > "$LOGS/maven.log" 2>&1 || {
        cat "$LOGS/maven.log" >&2
        return 1
    }
    echo "$(cat "$LOGS/classpath"):$LOGS/junit-platform-console-standalone-1.11.4.jar"
}
export OMP_WAIT_POLICY=passive

run() { # seconds, arguments of java
    local seconds=$1
    shift
    timeout "$seconds" java -Xmx12g -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.deeplearning4j.crash.reporting.enabled=false -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 "${OWN_OPTIONS[@]}" ${JAVA_OPTS:-} \
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
    else echo "$name FAILED after $((SECONDS - start)) s: see $LOGS/$name.log" | tee "$LOGS/$name.verdict"; fi
}
counted() { # name: its verdict, and how many tests
    echo "$(sed 's/: see .*//' "$LOGS/$1.verdict")$(grep -hE "tests (successful|failed)" "$LOGS/$1.log" | tr -d '[]' | sed 's/^ */, /; s/  *$//' | tr '\n' ' ')"
}
known() { # parts: exits unless each that is asked for is one of them
    local name
    for name in $PARTS; do
        case " $* " in *" $name "*) ;; *) echo "no part $name; there are $*" && exit 2 ;; esac
    done
}
failed() { # names of the parts that failed
    (cd "$LOGS" && grep -l FAILED -- *.verdict 2> /dev/null | sed 's/\.verdict//' | tr '\n' ' ')
}

contracts() { # seconds
    tests dl4j-revlayers "$1" $(classes org.revlayers.layers ForwardContractTest TrainingContractTest MaskContractTest CopiesContractTest \
        ModelFileContractTest WorkspaceContractTest)
}
coherence() { # seconds: kernels of the host and ops of the device in turns on views of one buffer
    tests dl4j-revlayers "$1" $(classes org.revlayers.internal.convert CompositionTest JoinTest RazorConversionTest) $(classes org.revlayers.chain ChainInputsTest)
}
samediff() { # seconds
    tests samediff-ops "$1" $(classes org.revlayers.internal.op DropoutReplayTest RazorInferenceTest RevChainTest SavedGraphTest OpInputsTest) \
        $(classes org.revlayers.graph GraphChainTest) $(classes org.revlayers.internal.graph ChainRewriteTest) \
        $(classes org.revlayers.training SameDiffTrainerTest StockFitTest)
}
training() { # seconds
    run "$1" org.revlayers.cuda.DeviceTraining compare integration-tests/src/test/resources/cuda/losses.tsv
}
