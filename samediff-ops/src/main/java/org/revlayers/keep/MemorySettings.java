package org.revlayers.keep;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.CoefficientTable;

/**
 * What stands behind the {@code =} of a {@link Memory}'s text; what is as it is unless said otherwise is not written.
 * {@link SettingReader} reads them.
 *
 * <pre>
 *   razor        0.9, fp32 | fp16 | bf16 | int8, zero | mean, gelu:2bit | gelu:fp16 | gelu:thinned | gelu:dense, forward, probabilities
 *   half         fp16 | bf16
 *   in-place     slope:0.01 (statistics of the batch)
 *   reversible   at:1:0.125 (α and β for ever), or from:1:0.125, to:0.75:0.25, over:2000 (steps of the training), end:0.4, return:0.2, steps:8,
 *                cosine; linear:1:0.125:0.75:0.25:800 (α and β, α and β, iterations between them) or table:8:0/8/1:500/7/1 (in eighths, from
 *                iterations on), which are whole schedules; two-step:0.5 or random:0.125 (γ for ever), two-step or random (the form of another
 *                schedule); stored | checkpointed, exact | float | double (streams), scale:20, tolerance:0.001, stem, blocks:2
 *   store, checkpoint, reversible   disk
 *   all but in-place   stock-hosts
 * </pre>
 */
final class MemorySettings {

    private static final Memory.Thin THIN = Memory.Thin.builder().build();
    static final Memory.Chain CHAIN = Memory.Chain.builder().build();

    private MemorySettings() {}

    static List<String> of(Memory memory) {
        List<String> settings = new ArrayList<>();
        if (memory.kind() == Memory.Kind.RAZOR) {
            thin(memory.thin(), settings);
        } else if (memory.kind() == Memory.Kind.HALF) {
            RazorValues values = memory.thin().values();
            add(settings, values != RazorValues.FP16, values.label());
        } else if (memory.kind() == Memory.Kind.IN_PLACE) {
            add(settings, memory.slope() != 0, "slope:" + memory.slope());
        } else if (memory.kind() == Memory.Kind.REVERSIBLE) {
            schedule(memory.chain().schedule(), settings);
            chain(memory.chain(), settings);
        }
        add(settings, memory.onDisk(), "disk");
        add(settings, memory.stockHosts(), "stock-hosts");
        return settings;
    }

    private static void thin(Memory.Thin thin, List<String> settings) {
        settings.add(String.valueOf(thin.prune()));
        add(settings, thin.values() != THIN.values(), thin.values().label());
        add(settings, thin.fill() != THIN.fill(), lower(thin.fill()));
        add(
                settings,
                thin.activations() != THIN.activations(),
                "gelu:" + thin.activations().label());
        add(settings, thin.forward(), "forward");
        add(settings, thin.probabilities(), "probabilities");
    }

    private static void schedule(CoefficientSchedule s, List<String> settings) {
        if (s.hasTable()) {
            settings.add(table(s.table()));
            add(settings, s.getForm() != ChainForm.DUAL_RESIDUAL, form(s));
            return;
        }
        CoefficientSchedule usual = CoefficientSchedule.over(1);
        boolean constant = s.getAlphaStart() == s.getAlphaEnd() && s.getBetaStart() == s.getBetaEnd();
        if (constant && s.getForm() != ChainForm.DUAL_RESIDUAL) {
            settings.add(form(s) + ":" + s.getBetaEnd());
        } else if (constant) {
            add(settings, !s.equals(CHAIN.schedule()), "at:" + s.getAlphaEnd() + ":" + s.getBetaEnd());
        } else {
            settings.add("from:" + s.getAlphaStart() + ":" + s.getBetaStart());
            settings.add("to:" + s.getAlphaEnd() + ":" + s.getBetaEnd());
            add(settings, s.getForm() != ChainForm.DUAL_RESIDUAL, form(s));
        }
        add(settings, s.getTotalIterations() != 0, "over:" + s.getTotalIterations());
        add(settings, s.getEndFraction() != usual.getEndFraction(), "end:" + s.getEndFraction());
        add(settings, s.getReturnFraction() != 0, "return:" + s.getReturnFraction());
        add(settings, s.getSteps() != stepsOf(s, usual), "steps:" + s.getSteps());
        add(settings, s.getShape() != usual.getShape(), lower(s.getShape()));
    }

    private static String form(CoefficientSchedule s) {
        return s.getForm() == ChainForm.RANDOM_SIGNS ? "random" : "two-step";
    }

    /** What is meant where no steps are said. */
    private static int stepsOf(CoefficientSchedule s, CoefficientSchedule usual) {
        boolean gamma = s.getForm() != ChainForm.DUAL_RESIDUAL && s.getBetaStart() == s.getBetaEnd();
        return gamma ? CoefficientSchedule.twoStep(1).getSteps() : usual.getSteps();
    }

    private static String table(CoefficientTable table) {
        return table.rows().stream()
                .map(row -> row.from() + "/" + row.a() + "/" + row.b())
                .collect(Collectors.joining(":", "table:" + table.q() + ":", ""));
    }

    private static void chain(Memory.Chain chain, List<String> settings) {
        add(settings, chain.mode() == ChainMode.STORE, "stored");
        add(settings, chain.mode() == ChainMode.CHECKPOINT, "checkpointed");
        add(settings, chain.streams() != null, lower(chain.streams()));
        add(settings, chain.streamScale() != null, "scale:" + chain.streamScale());
        add(settings, chain.tolerance() != CHAIN.tolerance(), "tolerance:" + chain.tolerance());
        add(settings, chain.stem(), "stem");
        add(settings, chain.atLeast() != CHAIN.atLeast(), "blocks:" + chain.atLeast());
    }

    private static void add(List<String> settings, boolean unusual, String setting) {
        if (unusual) {
            settings.add(setting);
        }
    }

    private static String lower(Enum<?> constant) {
        return constant == null ? "" : constant.name().toLowerCase(Locale.ROOT);
    }
}
