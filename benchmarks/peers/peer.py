"""One method in this process, for `bench`: the same lines as its own workers write. --self-test checks the methods against autograd."""
import argparse
import gc
import os
import resource
import sys
import time

os.environ.setdefault("KINETO_LOG_LEVEL", "5")

import torch
import torch.nn.functional as F

import methods
import models

METHODS = ("torch", "torch-sdpa", "torch-checkpoint", "torch-reversible", "torch-approx", "torch-razor", "torch-bsr", "torch-save-on-cpu",
           "torch-channels-last")


def options():
    o = argparse.ArgumentParser()
    o.add_argument("--model", default="vit-b16", choices=[*models.VITS, "minilm", "resnet50"])
    o.add_argument("--method", default="torch", choices=METHODS)
    for name, usual in (("batch", 8), ("size", 224), ("depth", 0), ("steps", 3), ("warm-up", 2)):
        o.add_argument("--" + name, type=int, default=usual)
    o.add_argument("--prune", type=float, default=0.9)
    o.add_argument("--keep", type=float, default=0.5)
    o.add_argument("--coefficients", type=lambda s: [float(v) for v in s.split(",")], default=[1.0, 0.125])
    o.add_argument("--account", action="store_true")
    o.add_argument("--self-test", action="store_true")
    return o.parse_known_args()[0]


class Training:
    def __init__(self, o):
        torch.manual_seed(1)
        self.net = models.model(o.model, o.depth, o.size, o.method != "torch")
        self.x, self.y = models.batch(o.model, o.batch, o.size)
        if o.method == "torch-channels-last":
            self.net, self.x = self.net.to(memory_format=torch.channels_last), self.x.to(memory_format=torch.channels_last)
        self.units = methods.units(self.net, o.method, o)
        self.on_cpu = o.method == "torch-save-on-cpu"
        self.trained = [p for p in self.net.parameters() if p.requires_grad]
        self.sgd = torch.optim.SGD(self.trained, 0.01)

    def loss(self):
        x = self.net.embed(self.x)
        for unit in self.units:
            x = unit(x)
        return F.cross_entropy(self.net.rest(x), self.y)

    def step(self):
        if self.on_cpu:
            with torch.autograd.graph.save_on_cpu():
                self.loss().backward()
        else:
            self.loss().backward()
        self.sgd.step()
        self.sgd.zero_grad(set_to_none=False)

    def rest(self):
        return 4 * (sum(p.numel() for p in self.net.parameters()) + sum(p.numel() for p in self.trained))

    def kept(self):
        """Bytes of the storages that autograd keeps for backward, parameters and the batch apart."""
        known = {p.untyped_storage().data_ptr() for p in self.net.parameters()} | {self.x.untyped_storage().data_ptr(), self.y.untyped_storage().data_ptr()}
        found = {}

        def pack(t):
            s = t.untyped_storage()
            if s.data_ptr() not in known:
                found[s.data_ptr()] = s
            return t

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
            loss = self.loss()
        count = sum(s.nbytes() for s in found.values())
        del loss
        return count

    def peak(self):
        """Bytes of PyTorch's allocator in a step beyond what is there before it."""
        gc.collect()
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
            self.step()
        now = most = 0
        events = [e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"]
        for e in sorted(events, key=lambda e: e.start_ns()):
            now += e.nbytes()
            most = max(most, now)
        return most


def process_peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(o):
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 0)) or len(os.sched_getaffinity(0)))
    training, seconds, process = Training(o), [], 0
    for i in range(o.warm_up + o.steps):
        start = time.perf_counter()
        training.step()
        took = time.perf_counter() - start
        if i >= o.warm_up:
            seconds.append(took)
        which = f"warm-up {i + 1}/{o.warm_up}" if i < o.warm_up else f"step {i - o.warm_up + 1}/{o.steps}"
        print(f"bench-progress\t{which}, {took:.2f} s", flush=True)
        if i < o.warm_up:
            gc.collect()
            process = process_peak()
    process = process or process_peak()
    kept, peak = (training.kept(), training.peak()) if o.account else (0, 0)
    blas = "MKL" if torch.backends.mkl.is_available() else "OpenBLAS"
    print("\t".join(["bench-result", "steps=" + ",".join(map(str, seconds)), f"kept={kept}", f"peak={peak}", f"rest={training.rest()}", f"process={process}",
                     f"backend=PyTorch {torch.__version__}", f"blas={blas}, oneDNN {torch.backends.mkldnn.is_available()}",
                     f"threads={torch.get_num_threads()}"]), flush=True)


def gradients(units, net, x):
    net.zero_grad()
    y = x.clone().requires_grad_()
    for u in units:
        y = u(y)
    (y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)).sum().backward()
    return {n: p.grad.clone() for n, p in net.named_parameters() if p.grad is not None}


def self_test():
    torch.manual_seed(2)
    torch.set_default_dtype(torch.float64)
    net = models.Vit("vit-ti16", 3, 64, 10, True)
    x = net.embed(torch.randn(2, 3, 64, 64)).detach()
    plain = gradients(net.units(), net, x)

    def stored(z):
        y = torch.zeros_like(z)
        for b in net.blocks:
            for f in (b.attend, b.think):
                z, y = f(z) + 0.75 * z + y, 0.25 * z
        return z

    cases = {
        "reversible": (gradients([stored], net, x), gradients([methods.chain(net.blocks, 0.75, 0.25)], net, x), 1e-8),
        "checkpoint": (plain, gradients(methods.units(net, "torch-checkpoint", None), net, x), 1e-12),
    }
    gelu, methods.ReGelu2.apply = methods.ReGelu2.apply, F.gelu
    cases["razor that drops nothing"] = (plain, gradients([methods.razor(b, 0) for b in net.blocks], net, x), 1e-9)
    methods.ReGelu2.apply = gelu
    u = torch.linspace(-8, 8, 33, dtype=torch.float64).requires_grad_()
    F.gelu(u).sum().backward()
    exact = u.grad.clone()
    u.grad = None
    gelu(u).sum().backward()
    cases["ReGELU2's derivative, mean over [-8, 8]"] = ({"": exact.mean()}, {"": u.grad.mean()}, 0.02)
    z = torch.randn(4, 9, dtype=torch.float64, requires_grad=True)
    a = torch.autograd.grad((F.layer_norm(z, (9,), eps=1e-6) ** 3).sum(), z)[0]
    b = torch.autograd.grad((methods.SharedNorm.apply(z, 1e-6) ** 3).sum(), z)[0]
    cases["shared norm"] = ({"": a}, {"": b}, 1e-10)
    whole = {n: g for n, g in gradients([methods.dropped(b, 0.5) for b in net.blocks], net, x).items()}
    cases["token dropping has gradients of the scores"] = ({"": torch.ones(())}, {"": (whole["blocks.0.attention.qkv.weight"][:384].abs().sum() > 0).double()}, 0)
    bad = 0
    for name, (expected, found, bound) in cases.items():
        worst = max(((expected[n] - found[n]).abs().max().item() for n in expected if n in found), default=float("inf"))
        print(f"{'ok  ' if worst <= bound else 'FAIL'} {name}: {worst:.1e} of at most {bound:.0e}")
        bad += worst > bound
    sys.exit(bad > 0)


if __name__ == "__main__":
    chosen = options()
    self_test() if chosen.self_test else measure(chosen)
