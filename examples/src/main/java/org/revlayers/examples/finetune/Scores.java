package org.revlayers.examples.finetune;

import org.nd4j.evaluation.classification.Evaluation;

/** Scores that M2.1's {@link Evaluation} gets wrong: its averages skip classes that are never predicted, and of two classes take one. */
final class Scores {

    private Scores() {}

    /** Mean of 2·TP / (2·TP + FP + FN) over the classes that occur among labels or answers, as scikit-learn has it. */
    static double macroF1(Evaluation evaluation) {
        int classes = evaluation.getConfusionMatrix().getClasses().size();
        double sum = 0;
        int occurring = 0;
        for (int c = 0; c < classes; c++) {
            long labelled = 0;
            long answered = 0;
            for (int other = 0; other < classes; other++) {
                labelled += evaluation.getConfusionMatrix().getCount(c, other);
                answered += evaluation.getConfusionMatrix().getCount(other, c);
            }
            if (labelled + answered > 0) {
                sum += 2.0 * evaluation.getConfusionMatrix().getCount(c, c) / (labelled + answered);
                occurring++;
            }
        }
        return sum / occurring;
    }
}
