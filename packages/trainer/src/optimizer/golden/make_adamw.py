"""Makes adamw.json beside this file: parameters after each of five AdamW steps with norm clipping, by torch.

Pinned: torch==2.13.0
Run:    python make_adamw.py
"""

import json
from pathlib import Path

import torch

SIZE, STEPS = 7, 5
RATES = [0.0, 1e-2, 2e-2, 5e-3, 1e-3]
CASES = {
    "defaults": {"adam_beta1": 0.9, "adam_beta2": 0.999, "adam_epsilon": 1e-8, "weight_decay": 0.0, "max_grad_norm": 1.0},
    "decay, no clipping": {"adam_beta1": 0.9, "adam_beta2": 0.999, "adam_epsilon": 1e-8, "weight_decay": 0.1, "max_grad_norm": 0.0},
    "other betas, large epsilon": {"adam_beta1": 0.8, "adam_beta2": 0.95, "adam_epsilon": 1e-2, "weight_decay": 0.01, "max_grad_norm": 0.5},
}


def numbers(tensor: torch.Tensor) -> list[float]:
    return [float(f"{value:.9g}") for value in tensor.detach().tolist()]


def run(options: dict) -> dict:
    generator = torch.Generator().manual_seed(5)
    parameter = torch.nn.Parameter(torch.randn(SIZE, generator=generator))
    start = numbers(parameter)
    optimizer = torch.optim.AdamW(
        [parameter], lr=1.0, betas=(options["adam_beta1"], options["adam_beta2"]), eps=options["adam_epsilon"],
        weight_decay=options["weight_decay"], foreach=False, fused=False,
    )
    steps = []
    for step in range(STEPS):
        # The third is small enough not to be clipped.
        gradient = torch.randn(SIZE, generator=generator) * (0.05 if step == 2 else 2.0)
        parameter.grad = gradient.clone()
        limit = options["max_grad_norm"] or float("inf")
        norm = torch.nn.utils.clip_grad_norm_([parameter], limit)
        optimizer.param_groups[0]["lr"] = RATES[step]
        optimizer.step()
        state = optimizer.state[parameter]
        steps.append({
            "learning_rate": RATES[step], "gradients": numbers(gradient), "grad_norm": float(f"{float(norm):.9g}"),
            "parameters": numbers(parameter), "exp_avg": numbers(state["exp_avg"]), "exp_avg_sq": numbers(state["exp_avg_sq"]),
        })
    return {"options": options, "start": start, "steps": steps}


out = {"versions": {"torch": torch.__version__.split("+")[0]}, "cases": {name: run(options) for name, options in CASES.items()}}
Path(__file__).with_name("adamw.json").write_text(json.dumps(out, indent=1) + "\n")
