"""ViT-B/16 at 224 px in PyTorch, fp32, SGD: rows for the table of benchmarks/results/cuda.md. Arguments: BATCH STEPS."""
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

BATCH, STEPS, WARM_UP = int(sys.argv[1]), int(sys.argv[2]), 4
WIDTH, HEADS, DEPTH, CLASSES = 768, 12, 12, 1000


class Block(nn.Module):
    def __init__(self, fused):
        super().__init__()
        self.fused = fused
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6), nn.LayerNorm(WIDTH, eps=1e-6)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        if self.fused:
            a = F.scaled_dot_product_attention(q, k, v)
        else:
            a = torch.softmax(q @ k.transpose(-2, -1) * (WIDTH // HEADS) ** -0.5, -1) @ v
        x = x + self.out(a.transpose(1, 2).reshape(b, t, WIDTH))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Vit(nn.Module):
    def __init__(self, fused, recompute):
        super().__init__()
        self.recompute = recompute
        self.patches = nn.Conv2d(3, WIDTH, 16, 16)
        self.token, self.places = nn.Parameter(torch.zeros(1, 1, WIDTH)), nn.Parameter(torch.zeros(1, 197, WIDTH))
        self.blocks = nn.ModuleList(Block(fused) for _ in range(DEPTH))
        self.norm, self.head = nn.LayerNorm(WIDTH, eps=1e-6), nn.Linear(WIDTH, CLASSES)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.places
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=False) if self.recompute else block(x)
        return self.head(self.norm(x)[:, 0])


def measure(name, fused, recompute, tf32=False):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    torch.manual_seed(1)
    net = Vit(fused, recompute).cuda()
    sgd = torch.optim.SGD(net.parameters(), 0.01)
    x, y = torch.rand(BATCH, 3, 224, 224, device="cuda"), torch.randint(CLASSES, (BATCH,), device="cuda")

    def step():
        F.cross_entropy(net(x), y).backward()
        sgd.step()
        sgd.zero_grad(set_to_none=False)

    for _ in range(WARM_UP):
        step()
    torch.cuda.synchronize()
    rest = torch.cuda.memory_allocated()  # weights, gradients, batch
    torch.cuda.reset_peak_memory_stats()
    seconds = []
    for _ in range(STEPS):
        start = time.perf_counter()
        step()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    peak = torch.cuda.max_memory_allocated() - rest
    low, mid, high = (1000 * f(seconds) for f in (min, statistics.median, max))
    reserved = torch.cuda.memory_reserved() / 2**20
    print(f"| PyTorch {torch.__version__}, {name} | {mid:.1f} | {low:.1f} – {high:.1f} | | {peak / 2**20:.0f} | {reserved:.0f} | |", flush=True)
    del net, sgd, x, y
    torch.cuda.empty_cache()


measure("plain", False, False)
measure("sdpa", True, False)
measure("sdpa and checkpoint of each block", True, True)
measure("sdpa, TF32 products", True, False, tf32=True)
