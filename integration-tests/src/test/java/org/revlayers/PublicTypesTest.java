package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
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
            "", "Lean MemoryPlanner MemoryPlan Reprogram",
            "keep", "Memory",
            "reversible", "CoefficientSchedule",
            "layers",
                    "TransformerBlock MultiHeadSelfAttention TransformerMlp PatchEmbedding TokenEmbedding TokenPooling TokenScore LayerNormalization RmsNormalization"
                            + " MemorySharingLayerNorm MemorySharingRmsNorm ScaleLayer InPlaceBatchNorm",
            "container", "RazorSequence CheckpointSequence ResidualUnit",
            "chain", "ReversibleChain SubBlock ReversibleOde",
            "listeners", "MemoryListener AdaptiveRazor StartTogether",
            "models", "Pretrained VisionTransformer TextEncoder ResNet50 RevNet",
            "op graph training", "RevOps GraphChain SameDiffTrainer",
            "memory", "IdleMemory");

    /** Values, results, readers and base classes. */
    private static final Map<String, String> GIVEN = Map.of(
            "keep function", "ActivationMemory RazorValues RazorFill Curve Norm InPlaceFunction",
            "reversible", "ChainForm ChainMode StreamType StreamStart StreamMerge Coefficients CoefficientTable",
            "convert",
                    "Conversion ConversionReport Restoration RestorationReport Sample ReprogramOptions ReprogramReport Reprogrammed",
            "graph", "SubFunction",
            "layers", "TokenLayer NormLayer TokenHost TokensPreProcessor BranchScaling",
            "container chain", "ThinnedLayer ChainHost OdeSolver",
            "memory", "MemoryReport",
            "plan", "Answer Exactness InfeasibleBudgetException Bytes",
            "models text", "HieraTinyFeatures WordPiece",
            "weights files", "TensorSource TensorInfo SafetensorsWriter WeightsFileException");

    /** What has an internal type in its signature, by the reason why it can. */
    private static final Map<String, String> SELDOM = Map.of(
            "layers answer the library's questions: hooks that internal superclasses and interfaces declare",
                    "*.paramSpecs *.predictKept *.inner *.outermost *.parts *.partsNear *.normalisedTogether",
            "hosts are made and run by Deeplearning4j and by containers", "TokenHost.* ChainHost.*",
            "properties of model files since the first release; programs say it with setMemory and memory",
                    "RazorSequence.getThinning RazorSequence.setThinning RazorSequence.getThinnings RazorSequence.setThinnings"
                            + " TokenLayer.getRazor TokenLayer.setRazor");

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

    /**
     * What users call takes and gives no internal type: constructors, fields and methods that public types declare. That of {@link #SELDOM} is public or
     * protected for others than users.
     */
    @Test
    void usersNeedNoInternalType() {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(ROOT)) {
            if (isSeen(type)) {
                for (JavaCodeUnit unit : type.getCodeUnits()) {
                    if (isSeen(unit) && isInternal(unit.getAllInvolvedRawTypes())) {
                        found.add(name(type) + "." + unit.getName());
                    }
                }
                for (JavaField field : type.getFields()) {
                    if (isSeen(field) && isInternal(field.getAllInvolvedRawTypes())) {
                        found.add(name(type) + "." + field.getName());
                    }
                }
            }
        }
        Set<String> allowed = new TreeSet<>(names(SELDOM));
        found.removeIf(member -> allowed.contains(member)
                || allowed.contains(member.replaceFirst(".*\\.", "*."))
                || allowed.contains(member.replaceFirst("\\.[^.]*$", ".*")));
        assertEquals(Set.of(), found, "say it in public types, a Memory for instance, or make it package-private");
    }

    private static boolean isSeen(JavaMember member) {
        Set<JavaModifier> modifiers = member.getModifiers();
        return (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED))
                && !modifiers.contains(JavaModifier.SYNTHETIC)
                && !modifiers.contains(JavaModifier.BRIDGE);
    }

    private static boolean isSeen(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && !type.getPackageName().matches("org\\.revlayers\\.(internal|examples|benchmarks)(\\..*)?")
                && type.getEnclosingClass().map(PublicTypesTest::isSeen).orElse(true);
    }

    private static boolean isInternal(Set<JavaClass> types) {
        return types.stream().anyMatch(type -> type.getPackageName().startsWith(ROOT + ".internal"));
    }

    private static String name(JavaClass type) {
        return type.getName().substring(type.getPackageName().length() + 1);
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
