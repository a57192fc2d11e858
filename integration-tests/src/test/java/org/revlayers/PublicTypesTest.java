package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What the two libraries show. A user needs the first list; the second is what the first one's methods take and give. All else is package-private or in
 * a package named {@code internal}, which may change from version to version. A new public type is a promise: it gets a word here first.
 */
class PublicTypesTest {

    private static final String ROOT = "org.revlayers";

    /** By package behind {@value #ROOT}: what a user's program begins with. */
    private static final Map<String, String> USED = Map.of(
            "", "Lean MemoryPlanner MemoryPlan",
            "keep", "Memory",
            "reversible", "CoefficientSchedule",
            "layers",
                    "TransformerBlock MultiHeadSelfAttention TransformerMlp PatchEmbedding TokenEmbedding TokenPooling LayerNormalization RmsNormalization"
                            + " MemorySharingLayerNorm MemorySharingRmsNorm ScaleLayer",
            "container", "RazorSequence CheckpointSequence ResidualUnit",
            "chain", "ReversibleChain SubBlock",
            "listeners", "MemoryListener AdaptiveRazor",
            "models", "Pretrained VisionTransformer TextEncoder ResNet50",
            "op graph training", "RevOps GraphChain GraphReversify GraphRazor SameDiffTrainer",
            "memory", "MemoryMeter IdleMemory");

    /** Values, results, readers and base classes. */
    private static final Map<String, String> GIVEN = Map.of(
            "keep", "ActivationMemory RazorValues RazorFill",
            "reversible", "ChainMode StreamType StreamStart StreamMerge Coefficients CoefficientTable",
            "convert", "Conversion ConversionReport Restoration RestorationReport Sample",
            "graph", "RazorGraphOptions RazorKind GraphComparison GraphPart SubFunction NothingToConvertException",
            "layers", "TokenLayer NormLayer TokenHost TokensPreProcessor BranchScaling",
            "container chain", "ThinnedLayer ChainHost",
            "memory", "MemoryReport",
            "plan", "Answer Exactness InfeasibleBudgetException Bytes",
            "models text", "HieraTinyFeatures WordPiece",
            "weights files", "TensorSource TensorInfo TensorType SafetensorsWriter WeightsFileException");

    @Test
    void nothingElseIsPublic() {
        Map<String, String> found = new TreeMap<>();
        for (JavaClass type : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(ROOT)) {
            String within = type.getPackageName().substring(ROOT.length()).replaceFirst("^\\.", "");
            boolean library = !within.matches("(internal|examples|benchmarks)(\\..*)?");
            if (library && type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC)) {
                found.put(type.getSimpleName(), within);
            }
        }
        Set<String> listed = new TreeSet<>(names(USED));
        listed.addAll(names(GIVEN));
        assertEquals(listed, found.keySet(), () -> "public types, with their packages: " + found);
        check(USED, found);
        check(GIVEN, found);
    }

    private static Set<String> names(Map<String, String> list) {
        return list.values().stream()
                .flatMap(names -> Arrays.stream(names.split(" ")))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void check(Map<String, String> list, Map<String, String> found) {
        list.forEach((packages, names) -> {
            for (String name : names.split(" ")) {
                assertEquals(true, Set.of(packages.split(" ", -1)).contains(found.get(name)), name + " in " + packages);
            }
        });
    }
}
