package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;
import lombok.AccessLevel;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.Setter;
import lombok.ToString;
import lombok.experimental.Accessors;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.function.Curve;
import org.revlayers.function.Norm;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.internal.kernel.tokens.TokenShare;
import org.revlayers.internal.layers.BlockMemory;
import org.revlayers.internal.layers.Mlp;
import org.revlayers.internal.layers.ParamSpec;
import org.revlayers.internal.layers.PatchTokens;
import org.revlayers.internal.layers.SelfAttention;
import org.revlayers.internal.layers.TokenDrop;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;

/**
 * One transformer layer, attention and MLP with their norms and residual edges, as a single DL4J layer that owns what is kept inside it.
 *
 * <pre>
 *   pre-LN:   s = x + drop(ls1·attn(norm1(x)));   y = s + drop(ls2·mlp(norm2(s)))
 *   post-LN:  a = norm1(x + drop(ls1·attn(x)));   y = norm2(a + drop(ls2·mlp(a)))
 * </pre>
 *
 * <p>With {@code memorySharingNorm} the norms have no gamma and beta, which are merged into the linear layers behind them ({@code
 * Memory.sharedNorms()}). As a post-LN block's residual path reads them too, such a block has {@code inGamma, inBeta} (of the norm before the
 * block) and {@code norm1Gamma, norm1Beta} for that path, and {@code norm2Gamma, norm2Beta} for its output if {@code outputAffine}.
 *
 * <p>Shapes: {@code [mb, tokens, features]} in and out; a mask {@code [mb, tokens]} hides tokens as keys.
 *
 * <p>Kept for backward, in units of mb·tokens·features elements, MLP four times as wide, pre-LN: the input (by the network, shared), q, k, v
 * (3), attention output (1), one of the MLP's residual input or its norm's output (1), and of the MLP 8 (DENSE), 4 (RECOMPUTE) or 4 and a
 * quarter byte (TWO_BIT); norms keep one or two numbers per token. Post-LN keeps one unit more: both norms' inputs or both outputs. Never the tokens × tokens probabilities, unless
 * {@code keepProbabilities}. LayerScale keeps two units more.
 *
 * <p>With {@code keepTokens} κ (token dropping; EViT, arXiv 2202.07800) the MLP and all layers behind see fewer tokens: s (of post-LN blocks a) is replaced by
 * {@code [s₀, the ⌈κ·(tokens−1)⌉ tokens with the highest scores, Σ over the others score·s]}, where the scores are the attention that tokens receive here
 * ({@link TokenScore}), before any dropout. Gradients are exact, through the scores too; which tokens stay is kept (4 bytes a token), and of a pre-LN block the
 * tokens that are left out. A mask's hidden tokens are left out first, and the mask behind says which of those that are left are shown; with {@code countFused}
 * its last number is that of the tokens which the fused one stands for.
 *
 * <p>Exact, except that {@link ActivationMemory#TWO_BIT} uses Approx-BP's step function for the activation's derivative and {@code FP16} its
 * value at the input in binary16.
 *
 * <p>With a {@link TokenRazor} (Back Razor) forward is the same, bit for bit, and all of the above is kept thinned: the normalised values once
 * for each norm and the linear layer behind it, q, k, v (and the probabilities if it says so), the attention output and the MLP's hidden
 * activation; not the input. Gradients are approximate. What belongs to hidden tokens is not kept.
 *
 * <p>Sources: Vaswani et al. 2017; ViT (arXiv 2010.11929); stochastic depth (arXiv 1603.09382); LayerScale (arXiv 2103.17239); Approx-BP and
 * MS-BP (arXiv 2406.16282). Not supported: attention dropout, relative position biases.
 *
 * <pre>{@code
 * new TransformerBlock.Builder(12).nIn(768).mlp(3072).memory(Memory.approx()).build()
 * }</pre>
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class TransformerBlock extends TokenLayer {

    private static final long serialVersionUID = 1L;

    private int heads;
    private long mlpSize;
    private Curve curve = Curve.GELU;
    private ActivationMemory activationMemory = ActivationMemory.DENSE;
    private Norm norm = Norm.LAYER;
    private double normEps = 1e-6;
    private boolean memorySharingNorm;
    private boolean postNorm;
    private boolean outputAffine;
    private boolean keepProbabilities;
    private boolean layerScale;
    private double layerScaleInit;
    private double dropPath;
    private double keepTokens = 1;
    private boolean fuseTokens = true;
    private boolean countFused;
    private boolean behindFused;
    private TokenScore tokenScore = TokenScore.CLASS_TOKEN;

    private TransformerBlock(Builder builder) {
        super(builder);
        this.heads = builder.heads;
        this.mlpSize = builder.mlp;
        this.curve = builder.curve;
        this.activationMemory = builder.activationMemory;
        this.norm = builder.norm;
        this.normEps = builder.normEps;
        this.memorySharingNorm = builder.memorySharingNorm;
        this.postNorm = builder.postNorm;
        this.outputAffine = builder.outputAffine;
        this.keepProbabilities = builder.keepProbabilities;
        this.layerScale = builder.layerScale;
        this.layerScaleInit = builder.layerScaleInit;
        this.dropPath = builder.dropPath;
        this.keepTokens = builder.keepTokens;
        this.fuseTokens = builder.fuse;
        this.countFused = builder.countFused;
        this.behindFused = builder.behindFused;
        this.tokenScore = builder.score;
        setRazor(builder.razor);
        initializeConstraints(builder);
    }

    @Override
    protected void validate() {
        require(
                getNIn() > 0 && getNIn() == getNOut(),
                "needs equal input and output sizes > 0",
                getNIn() + " and " + getNOut());
        require(heads > 0 && getNIn() % heads == 0, "needs heads that divide its features", heads + " for " + getNIn());
        require(mlpSize > 0, "needs an MLP size > 0", mlpSize);
        require(dropPath >= 0 && dropPath < 1, "needs a drop path probability in [0, 1)", dropPath);
        activationMemory.validate("TransformerBlock \"" + getLayerName() + "\"", thinning() != null);
        require(keepTokens > 0 && keepTokens <= 1, "needs a part of tokens to keep in (0, 1]", keepTokens);
        require(
                keepTokens == 1 || !postNorm || !memorySharingNorm,
                "needs norms of its own to leave tokens out: a post-LN block with memorySharingNorm reads its norms twice;"
                        + " leave memorySharingNorm off",
                "keepTokens " + keepTokens);
        require(
                !outputAffine || (postNorm && memorySharingNorm),
                "needs postNorm and memorySharingNorm for outputAffine: other blocks have norm2's gamma and beta"
                        + " or none; leave outputAffine off",
                "postNorm " + postNorm + ", memorySharingNorm " + memorySharingNorm);
    }

    private void require(boolean holds, String invariant, Object value) {
        if (!holds) {
            throw new IllegalStateException(
                    "TransformerBlock \"" + getLayerName() + "\" " + invariant + "; got " + value);
        }
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        super.setNIn(input, override);
        if (keepTokens < 1 && tokenScore == TokenScore.CLASS_TOKEN) {
            PatchTokens.requireClassToken(
                    input, "TransformerBlock \"" + getLayerName() + "\"", "use score(TokenScore.MEAN_RECEIVED)");
        }
        setNOut(getNIn());
        if (mlpSize <= 0) {
            mlpSize = 4 * getNIn();
        }
    }

    @Override
    protected List<ParamSpec> paramSpecs() {
        long c = getNIn();
        List<ParamSpec> specs = new ArrayList<>(BlockOrder.of(this).params());
        if (layerScale) {
            specs.add(ParamSpec.gain("ls1Gamma", c, layerScaleInit));
            specs.add(ParamSpec.gain("ls2Gamma", c, layerScaleInit));
        }
        return specs;
    }

    /** What leaves tokens out, or null. */
    final @Nullable TokenDrop drop() {
        return keepTokens < 1 ? new TokenDrop(new TokenShare(keepTokens, fuseTokens, countFused, behindFused)) : null;
    }

    /** Tokens behind the block. */
    final long behind(long tokens) {
        return drop() == null ? tokens : drop().share().behind(tokens);
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return PatchTokens.behind(input, getNOut(), behind(tokens(input)), RNNFormat.NWC);
    }

    @Override
    protected TokenHost<?> host(NeuralNetConfiguration conf, DataType type) {
        return new TransformerBlockHost(conf, type);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        long tokens = tokens(input);
        long unit = tokens * getNIn();
        List<Prediction> kept = new ArrayList<>(BlockOrder.of(this).predict(tokens));
        kept.addAll(SelfAttention.predict(tokens, getNIn(), heads, effective(keepProbabilities), thinning()));
        kept.addAll(Mlp.predict(effective(activationMemory), behind(tokens) * mlpSize, thinning()));
        if (layerScale) {
            kept.addAll(Thinning.predict(thinning(), "attention_branch", unit));
            kept.addAll(Thinning.predict(thinning(), "mlp_branch", behind(tokens) * getNIn()));
        }
        if (dropPath > 0) {
            kept.add(Prediction.factor("attention_branch_factors"));
            kept.add(Prediction.factor("mlp_branch_factors"));
        }
        return kept;
    }

    /** Builds a {@link TransformerBlock}. */
    @Setter
    @Accessors(fluent = true)
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    public static final class Builder extends FeedForwardLayer.Builder<Builder> {
        private final int heads;

        /** Features of the MLP's hidden layer; four times the block's features if not set. */
        private long mlp;

        /** The MLP's activation; GELU (erf) if not set. */
        private Curve curve = Curve.GELU;

        /** What the MLP's activation keeps. */
        private ActivationMemory activationMemory = ActivationMemory.DENSE;

        @Setter(AccessLevel.NONE)
        private Norm norm = Norm.LAYER;

        @Setter(AccessLevel.NONE)
        private double normEps = 1e-6;

        /** Norms without gamma and beta on the stream, whose output is kept once for them and for the linear layers behind. */
        private boolean memorySharingNorm;

        /** Norms after the additions, as in BERT. */
        private boolean postNorm;

        /**
         * Whether a post-LN block with memory-sharing norms gives its output with gamma and beta, {@code norm2Gamma} and {@code
         * norm2Beta}: for the last block, or one whose reader does not merge them.
         */
        private boolean outputAffine;

        /** Keep the attention probabilities instead of computing them again: for comparison. */
        private boolean keepProbabilities;

        @Setter(AccessLevel.NONE)
        private boolean layerScale;

        @Setter(AccessLevel.NONE)
        private double layerScaleInit;

        /** Probability of dropping a branch for one example in training; replayed exactly for the same seed and iteration. */
        private double dropPath;

        /**
         * Part of the tokens behind the first one that go on to the MLP and to the layers behind, in (0, 1]; all if not set. Those with the highest
         * {@link #score} stay, in falling order; in training and inference alike.
         */
        private double keepTokens = 1;

        /** Whether the others become one token, their sum weighted with their scores; gone if not. */
        private boolean fuse = true;

        /**
         * Whether the mask behind says for how many tokens the fused one stands, instead of 1: for a {@link TokenPooling} that is the mean over tokens. All blocks
         * behind take another number than 0 for shown.
         */
        private boolean countFused;

        /** Whether the last token in front is a fused one of an earlier block, which is fused again here whatever its score: for {@link #countFused}. */
        private boolean behindFused;

        /** What decides which tokens stay; the class token's attention if not set. */
        private TokenScore score = TokenScore.CLASS_TOKEN;

        /** Everything that the block keeps is thinned; null keeps activations as they are. */
        @Setter(AccessLevel.PACKAGE)
        private TokenRazor razor;

        /** @param heads attention heads; divide the features */
        public Builder(int heads) {
            this.heads = heads;
            this.biasInit = 0.0;
        }

        /** How everything inside is kept; sets {@link #activationMemory}, {@link #memorySharingNorm} and the razor together. */
        public Builder memory(Memory memory) {
            BlockMemory chosen = BlockMemory.ofOne(memory);
            this.activationMemory = chosen.activation();
            this.memorySharingNorm = chosen.sharedNorms();
            this.razor = chosen.razor();
            return this;
        }

        /** LayerNorm (default) or RMSNorm. */
        public Builder norm(Norm kind, double eps) {
            this.norm = kind;
            this.normEps = eps;
            return this;
        }

        /** A learned factor per feature on both branches; starts at {@code init}. */
        public Builder layerScale(double init) {
            this.layerScale = true;
            this.layerScaleInit = init;
            return this;
        }

        @Override
        public TransformerBlock build() {
            return new TransformerBlock(this);
        }
    }
}
