"""The models of `bench` in PyTorch, with the same parameters: ViT (2010.11929), a BERT encoder (1810.04805) and ResNet-50 (1512.03385, stride in the 3 x 3)."""
import torch
import torch.nn.functional as F
from torch import nn

VITS = {"vit-b16": (768, 12, 12), "vit-s16": (384, 6, 12), "vit-ti16": (192, 3, 12)}
PATCH = 16


class Attention(nn.Module):
    def __init__(self, width, heads, fused):
        super().__init__()
        self.heads, self.fused = heads, fused
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def split(self, qkv):
        b, t, c = qkv.shape
        return qkv.view(b, t, 3, self.heads, c // 3 // self.heads).permute(2, 0, 3, 1, 4)

    def join(self, a):
        b, h, t, d = a.shape
        return self.out(a.transpose(1, 2).reshape(b, t, h * d))

    def forward(self, x, scores=False):
        q, k, v = self.split(self.qkv(x))
        if self.fused and not scores:
            return self.join(F.scaled_dot_product_attention(q, k, v))
        p = torch.softmax(q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5, -1)
        out = self.join(p @ v)
        return (out, p[:, :, 0].mean(1)) if scores else out


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.curve = F.gelu

    def forward(self, x):
        return self.down(self.curve(self.up(x)))


class Block(nn.Module):
    """Pre-LN, or post-LN as in BERT."""

    def __init__(self, width, heads, hidden, eps, post, fused):
        super().__init__()
        self.post = post
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=eps), nn.LayerNorm(width, eps=eps)
        self.attention, self.mlp = Attention(width, heads, fused), Mlp(width, hidden)

    def attend(self, x):
        return self.attention(self.norm1(x))

    def think(self, x):
        return self.mlp(self.norm2(x))

    def forward(self, x):
        if self.post:
            x = self.norm1(x + self.attention(x))
            return self.norm2(x + self.mlp(x))
        x = x + self.attend(x)
        return x + self.think(x)


class Vit(nn.Module):
    def __init__(self, name, depth, image, classes, fused):
        super().__init__()
        width, heads, usual = VITS[name]
        tokens = (image // PATCH) ** 2 + 1
        self.patches = nn.Conv2d(3, width, PATCH, PATCH)
        self.token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.places = nn.Parameter(torch.randn(1, tokens, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, heads, 4 * width, 1e-6, False, fused) for _ in range(depth or usual))
        self.norm, self.head = nn.LayerNorm(width, eps=1e-6), nn.Linear(width, classes)

    def embed(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        return torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.places

    def rest(self, x):
        return self.head(self.norm(x[:, 0]))

    def units(self):
        return list(self.blocks)

    def forward(self, x):
        x = self.embed(x)
        for unit in self.units():
            x = unit(x)
        return self.rest(x)


class MiniLm(Vit):
    """Six layers of width 384, the mean of the tokens, a head."""

    def __init__(self, depth, classes, fused):
        nn.Module.__init__(self)
        width = 384
        self.words, self.places = nn.Embedding(30522, width), nn.Parameter(torch.randn(512, width) * 0.02)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.blocks = nn.ModuleList(Block(width, 12, 1536, 1e-12, True, fused) for _ in range(depth or 6))
        self.head = nn.Linear(width, classes)

    def embed(self, ids):
        return self.norm(self.words(ids) + self.places[: ids.shape[1]])

    def rest(self, x):
        return self.head(x.mean(1))


class Bottleneck(nn.Module):
    """As in Keras's ResNet-50, and ours: stride in the first convolution, and biases."""

    def __init__(self, width, inner, stride):
        super().__init__()
        out = 4 * inner
        self.body = nn.Sequential(
            nn.Conv2d(width, inner, 1, stride), nn.BatchNorm2d(inner), nn.ReLU(inplace=True),
            nn.Conv2d(inner, inner, 3, 1, 1), nn.BatchNorm2d(inner), nn.ReLU(inplace=True),
            nn.Conv2d(inner, out, 1), nn.BatchNorm2d(out))
        self.shortcut = nn.Identity() if width == out and stride == 1 else nn.Sequential(
            nn.Conv2d(width, out, 1, stride), nn.BatchNorm2d(out))

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x), inplace=True)


class ResNet50(Vit):
    def __init__(self, classes):
        nn.Module.__init__(self)
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1))
        blocks, width = [], 64
        for stage, (inner, count) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
            for i in range(count):
                blocks.append(Bottleneck(width, inner, 2 if stage > 0 and i == 0 else 1))
                width = 4 * inner
        self.blocks, self.head = nn.ModuleList(blocks), nn.Linear(2048, classes)

    def embed(self, x):
        return self.stem(x)

    def rest(self, x):
        return self.head(x.mean((2, 3)))


def model(name, depth, image, fused):
    if name == "resnet50":
        return ResNet50(1000)
    return MiniLm(depth, 8, fused) if name == "minilm" else Vit(name, depth, image, 1000, fused)


def batch(name, examples, size):
    if name == "minilm":
        return torch.randint(30522, (examples, size)), torch.randint(8, (examples,))
    return torch.randn(examples, 3, size, size), torch.randint(1000, (examples,))
