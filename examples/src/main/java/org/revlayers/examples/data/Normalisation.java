package org.revlayers.examples.data;

/**
 * Per-channel normalisation of RGB images: {@code (v / 255 - mean) / deviation}.
 *
 * @param mean      of each channel, for values 0..1
 * @param deviation of each channel, for values 0..1
 */
public record Normalisation(float[] mean, float[] deviation) {

    /** ImageNet's, which most pretrained vision models expect, Hiera-Tiny among them. */
    public static final Normalisation IMAGENET =
            new Normalisation(new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f});

    /** One half each, which Google's ViT checkpoints expect. */
    public static final Normalisation HALF =
            new Normalisation(new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.5f, 0.5f, 0.5f});

    /** Values 0..255 as they are. */
    public static final Normalisation NONE =
            new Normalisation(new float[3], new float[] {1 / 255f, 1 / 255f, 1 / 255f});

    /** CIFAR-10's own. */
    public static final Normalisation CIFAR10 =
            new Normalisation(new float[] {0.4914f, 0.4822f, 0.4465f}, new float[] {0.2470f, 0.2435f, 0.2616f});

    public Normalisation {
        if (mean.length != 3 || deviation.length != 3) {
            throw new IllegalArgumentException("mean and deviation need 3 values (red, green, blue), got " + mean.length
                    + " and " + deviation.length);
        }
        mean = mean.clone();
        deviation = deviation.clone();
    }

    @Override
    public float[] mean() {
        return mean.clone();
    }

    @Override
    public float[] deviation() {
        return deviation.clone();
    }

    /** Writes an image {@code [3, pixels]} of 0..255, normalised, into {@code out} from {@code at} on. */
    void apply(float[] image, float[] out, int at) {
        int pixels = image.length / 3;
        for (int c = 0; c < 3; c++) {
            float scale = 1 / (255 * deviation[c]);
            float shift = mean[c] / deviation[c];
            for (int i = c * pixels; i < (c + 1) * pixels; i++) {
                out[at + i] = image[i] * scale - shift;
            }
        }
    }
}
