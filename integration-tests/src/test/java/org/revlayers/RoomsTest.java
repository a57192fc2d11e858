package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * The plan of the house: which package may use which. Rooms use rooms below them only, no two packages use each other, the lower module knows
 * nothing of Deeplearning4j's layers, and one room alone touches ND4J's internals. What it sees are class files: names in comments do not count.
 */
class RoomsTest {

    private static final String ROOT = "org.revlayers";

    /** The rooms that know how ND4J works inside: its executioners and sessions, and its CUDA memory. */
    private static final List<String> TOUCH_INTERNALS = List.of("internal.backend", "internal.cuda");

    /** From the lowest up, by name behind {@value #ROOT}; a room has the packages within it that have no row of their own. */
    private static final List<String> ROOMS = List.of(
            // samediff-ops: arrays in, arrays out; first the words that all rooms speak
            "reversible",
            "function",
            "keep",
            "plan",
            "internal.plan",
            "internal.machine",
            "internal.kernel",
            "internal.cuda",
            "internal.memory",
            "internal.disk",
            "memory",
            "internal.reversible",
            "internal.keep",
            "internal.backend",
            "internal.op",
            "op",
            "training",
            "graph",
            "internal.graph",
            // dl4j-revlayers
            "internal.contract",
            "internal.text",
            "files",
            "internal.files",
            "weights",
            "internal.weights",
            "text",
            "internal.fetch",
            "internal.layers",
            "layers",
            "internal.inner",
            "internal.container",
            "container",
            "chain",
            "convert",
            "internal.convert",
            "internal.planner",
            "", // the entry for users: org.revlayers itself
            "models",
            "listeners",
            // examples
            "examples.shared",
            "examples.data",
            "examples.bench",
            "examples.finetune",
            "examples.ode",
            "examples");

    /** The rooms of samediff-ops are those up to this one. */
    private static final String LAST_OF_SAMEDIFF = "internal.graph";

    /** Of ND4J's internals, what SameDiff's public methods return: {@code getVariables()} and {@code getOps()}. */
    private static final Set<String> PUBLIC_INTERNALS =
            Set.of("org.nd4j.autodiff.samediff.internal.Variable", "org.nd4j.autodiff.samediff.internal.SameDiffOp");

    private static final List<String> INTERNALS =
            List.of("org.nd4j.autodiff.samediff.internal", "org.nd4j.linalg.cpu", "org.nd4j.nativeblas");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void noPackagesUseEachOther() {
        SlicesRuleDefinition.slices()
                .assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass type) {
                        return type.getPackageName().startsWith(ROOT)
                                ? SliceIdentifier.of(type.getPackageName())
                                : SliceIdentifier.ignore();
                    }

                    @Override
                    public String getDescription() {
                        return "packages";
                    }
                })
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }

    @Test
    void roomsUseRoomsBelowThem() {
        assertNone(
                dependency -> {
                    JavaClass to = dependency.getTargetClass();
                    return to.getPackageName().startsWith(ROOT) && place(to) > place(dependency.getOriginClass());
                },
                "uses a room above its own: move what both need down, or ask through an interface");
    }

    @Test
    void theLowerModuleKnowsNothingOfDeeplearning4j() {
        assertNone(
                dependency -> place(dependency.getOriginClass()) <= ROOMS.indexOf(LAST_OF_SAMEDIFF)
                        && dependency.getTargetClass().getPackageName().startsWith("org.deeplearning4j"),
                "is in samediff-ops and uses Deeplearning4j: it belongs to dl4j-revlayers");
    }

    @Test
    void oneRoomTouchesInternals() {
        assertNone(
                dependency -> {
                    JavaClass to = dependency.getTargetClass();
                    return INTERNALS.stream().anyMatch(to.getPackageName()::startsWith)
                            && !PUBLIC_INTERNALS.contains(to.getName())
                            && !TOUCH_INTERNALS.contains(room(dependency.getOriginClass()));
                },
                "touches ND4J's internals outside of the rooms for that, " + TOUCH_INTERNALS);
    }

    /** Two modules that share a package could not be modules for Java, and a reader would not know where to look. */
    @Test
    void everyPackageIsInOneModule() {
        Map<String, Set<String>> modules = new TreeMap<>();
        for (JavaClass type : CLASSES) {
            type.getSource().ifPresent(source -> {
                String file = source.getUri().toString();
                String root = file.substring(0, file.length() - type.getName().length() - ".class".length());
                modules.computeIfAbsent(type.getPackageName(), p -> new TreeSet<>())
                        .add(root);
            });
        }
        modules.values().removeIf(roots -> roots.size() == 1);
        assertEquals(Map.of(), modules, "packages in several modules");
    }

    private static int place(JavaClass type) {
        return ROOMS.indexOf(room(type));
    }

    private static String room(JavaClass type) {
        String name = type.getPackageName();
        String within = name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1);
        return ROOMS.stream()
                .filter(room -> within.equals(room) || within.startsWith(room + "."))
                .max(Comparator.comparingInt(String::length))
                .orElseThrow(() -> new AssertionError("the package " + name
                        + " has no room: give it a row in RoomsTest.ROOMS, above all that it uses"));
    }

    private static void assertNone(Predicate<Dependency> forbidden, String why) {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                if (forbidden.test(dependency)) {
                    found.add(
                            type.getName() + " → " + dependency.getTargetClass().getName());
                }
            }
        }
        assertEquals(Set.of(), found, why);
    }
}
