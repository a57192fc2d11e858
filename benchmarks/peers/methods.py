"""The papers' methods on the models of models.py, from their formulas."""
import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

A1, A2 = -0.04922261145617846, 1.0979632065417297  # ReGELU2 (2406.16282): slopes of three ReLUs, and where they begin
C = (-3.1858810036855245, -0.001178821281161997, 3.190832613414926)


class Chain(torch.autograd.Function):
    """Dr2Net (2401.04105) in floats: x' = F(x) + alpha*x + y, y' = beta*x. Keeps the last x and y; x = y'/beta, y = x' - F(x) - alpha*x."""

    @staticmethod
    def forward(ctx, x, alpha, beta, functions):
        y = torch.zeros_like(x)
        with torch.no_grad():
            for f in functions:
                x, y = f(x) + alpha * x + y, beta * x
        ctx.functions, ctx.alpha, ctx.beta = functions, alpha, beta
        ctx.save_for_backward(x, y)
        return x.clone()

    @staticmethod
    def backward(ctx, dx):
        x, y = ctx.saved_tensors
        dy = torch.zeros_like(dx)
        for f in reversed(ctx.functions):
            before = (y / ctx.beta).requires_grad_()
            with torch.enable_grad():
                out = f(before)
            torch.autograd.backward(out, dx)  # adds to the parameters' gradients: none of them is in memory twice
            with torch.no_grad():
                y = x - out - ctx.alpha * before
                dx, dy = before.grad + ctx.alpha * dx + ctx.beta * dy, dx
                x = before.detach()
        return dx, None, None, None


def chain(blocks, alpha, beta):
    functions = [f for b in blocks for f in (b.attend, b.think)]
    return lambda x: Chain.apply(x, alpha, beta, functions)


def packed(flags):
    """Booleans of the last axis, eight in a byte."""
    flags = F.pad(flags, (0, -flags.shape[-1] % 8)).view(*flags.shape[:-1], -1, 8).to(torch.uint8)
    return (flags << torch.arange(8, dtype=torch.uint8)).sum(-1, dtype=torch.uint8)


def unpacked(bits, length):
    flags = (bits.unsqueeze(-1) >> torch.arange(8, dtype=torch.uint8)) & 1
    return flags.flatten(-2)[..., :length].bool()


class ReGelu2(torch.autograd.Function):
    """GELU; backward by two bits: the derivative is 0, a1, a1 + a2 or 1."""

    @staticmethod
    def forward(ctx, x):
        code = sum((x > c).to(torch.uint8) for c in C).flatten()
        code = F.pad(code, (0, -len(code) % 4)).view(-1, 4)
        ctx.save_for_backward((code << torch.tensor([0, 2, 4, 6], dtype=torch.uint8)).sum(-1, dtype=torch.uint8))
        return F.gelu(x)

    @staticmethod
    def backward(ctx, dy):
        code = (ctx.saved_tensors[0].unsqueeze(-1) >> torch.tensor([0, 2, 4, 6], dtype=torch.uint8)) & 3
        slopes = torch.tensor([0, A1, A1 + A2, 1], dtype=dy.dtype)
        return dy * slopes[code.flatten()[: dy.numel()].int()].view_as(dy)


def normalised(x, eps):
    """z = (x - mean)/sigma, and 1/sigma."""
    rstd = torch.rsqrt(x.var(-1, unbiased=False, keepdim=True) + eps)
    return (x - x.mean(-1, keepdim=True)) * rstd, rstd


def norm_backward(z, rstd, dz):
    return (dz - dz.mean(-1, keepdim=True) - z * (dz * z).mean(-1, keepdim=True)) * rstd


class SharedNorm(torch.autograd.Function):
    """MS-LN: z = (x - mean)/sigma without gamma and beta; backward from z, which the linear layer keeps."""

    @staticmethod
    def forward(ctx, x, eps):
        z, rstd = normalised(x, eps)
        ctx.save_for_backward(z, rstd)
        return z

    @staticmethod
    def backward(ctx, dz):
        z, rstd = ctx.saved_tensors
        return norm_backward(z, rstd, dz), None


def approx(net):
    for block in net.blocks:
        for name in ("norm1", "norm2"):
            eps = getattr(block, name).eps
            delattr(block, name)
            setattr(block, name, _Shared(eps))
        block.mlp.curve = ReGelu2.apply


class _Shared(torch.nn.Module):
    def __init__(self, eps):
        super().__init__()
        self.eps = eps

    def forward(self, x):
        return SharedNorm.apply(x, self.eps)


class Thinned:
    """Back Razor: the largest (1 - p) of each example in fp16 with a bitmap; what is dropped counts as 0."""

    def __init__(self, x, prune):
        flat = x.detach().reshape(x.shape[0], -1)
        self.shape, self.type, n = x.shape, x.dtype, flat.shape[1]
        drop = int(prune * n)
        keep = flat.abs() > flat.abs().kthvalue(drop, 1, keepdim=True).values if drop else torch.ones_like(flat, dtype=torch.bool)
        self.bits, self.values = packed(keep), flat[keep].to(torch.float16 if self.type == torch.float32 else self.type)

    def tensors(self):
        return [self.bits, self.values]

    def dense(self, bits, values):
        flat = torch.zeros(self.shape, dtype=self.type).view(self.shape[0], -1)
        flat[unpacked(bits, flat.shape[1])] = values.to(self.type)
        return flat.view(self.shape)


def save(ctx, thinned, *others):
    ctx.thinned, ctx.count = thinned, [len(t.tensors()) for t in thinned]
    ctx.save_for_backward(*[a for t in thinned for a in t.tensors()], *others)


def load(ctx):
    saved = list(ctx.saved_tensors)
    dense = [t.dense(*[saved.pop(0) for _ in range(n)]) for t, n in zip(ctx.thinned, ctx.count)]
    return dense, saved


class RazorLinear(torch.autograd.Function):
    """x W' + b; dx is exact."""

    @staticmethod
    def forward(ctx, x, weight, bias, prune):
        save(ctx, [Thinned(x, prune)], weight)
        return F.linear(x, weight, bias)

    @staticmethod
    def backward(ctx, dy):
        (x,), (weight,) = load(ctx)
        rows = dy.reshape(-1, dy.shape[-1])
        return dy @ weight, rows.t() @ x.reshape(-1, x.shape[-1]), rows.sum(0), None


class RazorNormLinear(torch.autograd.Function):
    """The norm in front of a linear layer with it: one thinned copy of z serves both."""

    @staticmethod
    def forward(ctx, x, gamma, beta, eps, weight, bias, prune):
        z, rstd = normalised(x, eps)
        save(ctx, [Thinned(z, prune)], rstd, gamma, beta, weight)
        return F.linear(z * gamma + beta, weight, bias)

    @staticmethod
    def backward(ctx, dy):
        (z,), (rstd, gamma, beta, weight) = load(ctx)
        rows, du = dy.reshape(-1, dy.shape[-1]), dy @ weight
        dw = rows.t() @ (z * gamma + beta).reshape(-1, z.shape[-1])
        dgamma, dbeta, dz = (du * z).flatten(0, -2).sum(0), du.flatten(0, -2).sum(0), du * gamma
        return norm_backward(z, rstd, dz), dgamma, dbeta, None, dw, rows.sum(0), None


class RazorAttention(torch.autograd.Function):
    """softmax(q k'/sqrt d) v; backward by the thinned q, k and v."""

    @staticmethod
    def forward(ctx, q, k, v, prune):
        save(ctx, [Thinned(q, prune), Thinned(k, prune), Thinned(v, prune)])
        return F.scaled_dot_product_attention(q, k, v)

    @staticmethod
    def backward(ctx, do):
        (q, k, v), _ = load(ctx)
        scale = q.shape[-1] ** -0.5
        p = torch.softmax(q @ k.transpose(-2, -1) * scale, -1)
        dp = do @ v.transpose(-2, -1)
        ds = p * (dp - (dp * p).sum(-1, keepdim=True)) * scale
        return ds @ k, ds.transpose(-2, -1) @ q, p.transpose(-2, -1) @ do, None


def razor(block, prune):
    def forward(x):
        a, m = block.attention, block.mlp
        qkv = RazorNormLinear.apply(x, block.norm1.weight, block.norm1.bias, block.norm1.eps, a.qkv.weight, a.qkv.bias, prune)
        o = RazorAttention.apply(*a.split(qkv), prune)
        b, h, t, d = o.shape
        x = x + RazorLinear.apply(o.transpose(1, 2).reshape(b, t, h * d), a.out.weight, a.out.bias, prune)
        u = RazorNormLinear.apply(x, block.norm2.weight, block.norm2.bias, block.norm2.eps, m.up.weight, m.up.bias, prune)
        return x + RazorLinear.apply(ReGelu2.apply(u), m.down.weight, m.down.bias, prune)
    return forward


def dropped(block, keep):
    """BSR's token dropping (2405.10951, EViT): behind attention the class token, the best by its attention, and the others fused."""

    def forward(x):
        out, scores = block.attention(block.norm1(x), scores=True)
        s = x + out
        n = s.shape[1] - 1
        order = scores[:, 1:].argsort(dim=1, descending=True, stable=True) + 1
        k = -int(-keep * n // 1)
        rows = order.unsqueeze(-1).expand(-1, -1, s.shape[2])
        best, others = s.gather(1, rows[:, :k]), s.gather(1, rows[:, k:])
        fused = (scores.gather(1, order[:, k:]).unsqueeze(1) @ others)
        s = torch.cat([s[:, :1], best, fused], 1)
        return s + block.think(s)
    return forward


def bsr(net, keep):
    """The last of every four blocks is trained, tokens are left out in every third but the first and the last; what is in front is frozen."""
    depth = len(net.blocks)
    trained = range(3, depth, 4) if depth >= 4 else [depth - 1]
    for part in (net.patches, *[b for i, b in enumerate(net.blocks) if i not in trained]):
        part.requires_grad_(False)
    net.token.requires_grad_(False)
    net.places.requires_grad_(False)
    return [dropped(b, keep) if 0 < i < depth - 1 and i % 3 == 0 else b for i, b in enumerate(net.blocks)]


def units(net, method, options):
    """What the network's middle is, one function behind the other."""
    blocks = net.units()
    if method == "torch-checkpoint":
        return [lambda x, b=b: checkpoint(b, x, use_reentrant=False) for b in blocks]
    if method == "torch-reversible":
        return [chain(blocks, *options.coefficients)]
    if method == "torch-approx":
        approx(net)
    if method == "torch-razor":
        return [razor(b, options.prune) for b in blocks]
    if method == "torch-bsr":
        return bsr(net, options.keep)
    return blocks
