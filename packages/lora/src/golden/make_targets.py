"""Makes targets.json beside this file: which modules PEFT gives an adapter, with which rank and scaling.

Pinned: peft==0.21.2 transformers==5.23.0 torch==2.13.0
Run:    python make_targets.py
"""

import json
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from transformers import AutoModelForCausalLM, LlamaConfig

HERE = Path(__file__).parent
# Twelve layers, so that names such as layers.1 and layers.11 can be mistaken for each other.
MODEL = {
    "vocab_size": 16, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 12, "num_attention_heads": 2,
    "num_key_value_heads": 1, "max_position_embeddings": 16,
}
CASES = {
    "default": {},
    "last names": {"target_modules": ["q_proj", "down_proj"], "r": 3, "lora_alpha": 7},
    "the part of a name is no name": {"target_modules": ["proj", "mlp.up_proj"]},
    "full names": {"target_modules": ["model.layers.1.mlp.up_proj", "layers.11.self_attn.o_proj"]},
    "regular expression": {"target_modules": r".*\.(?P<layer>1|3)\.self_attn\.[qk]_proj"},
    "regular expression, whole name": {"target_modules": r"model\.layers\.1\.mlp\.up_proj|layers.*|.*1\.mlp\.gate_proj"},
    "regular expression, flags": {"target_modules": r"(?i).*\.2\..*UP_PROJ\Z"},
    "all-linear": {"target_modules": "all-linear"},
    "ALL-linear": {"target_modules": "ALL-linear", "exclude_modules": ["up_proj", "model.layers.0.self_attn.q_proj"]},
    "lm_head": {"target_modules": ["lm_head", "v_proj"]},
    "exclude by regular expression": {"target_modules": ["v_proj"], "exclude_modules": r".*\.1\d?\..*"},
    "one layer": {"target_modules": ["q_proj"], "layers_to_transform": 1},
    "layer 0": {"target_modules": ["q_proj"], "layers_to_transform": 0},
    "some layers": {"target_modules": ["q_proj", "up_proj"], "layers_to_transform": [1, 11], "layers_pattern": "layers"},
    "layers and a full name": {"target_modules": ["q_proj", "model.layers.5.mlp.up_proj"], "layers_to_transform": [2]},
    "other pattern": {
        "target_modules": ["q_proj"], "layers_to_transform": [4], "layers_pattern": ["blocks", "layers"],
    },
    "patterns": {
        "target_modules": ["q_proj", "k_proj", "up_proj"], "r": 4, "lora_alpha": 6,
        "rank_pattern": {"layers.1.self_attn.q_proj": 2, "up_proj": 5, r"layers\.[23]\..*": 8},
        "alpha_pattern": {"k_proj": 12, "model.layers.0.mlp.up_proj": 1, "proj": 99},
    },
    "first pattern": {
        "target_modules": ["q_proj"], "rank_pattern": {"q_proj": 2, "layers.1.self_attn.q_proj": 3, "1.self_attn.q_proj": 9},
    },
    "rslora": {
        "target_modules": ["q_proj", "v_proj"], "r": 8, "lora_alpha": 16, "use_rslora": True,
        "rank_pattern": {"v_proj": 2}, "alpha_pattern": {"layers.3.self_attn.v_proj": 5},
    },
}


def targets(options: dict) -> list:
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(LlamaConfig(**MODEL))
    model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **options))
    return [
        [name.removeprefix("base_model.model."), module.r["default"], module.scaling["default"]]
        for name, module in model.named_modules() if isinstance(module, LoraLayer)
    ]


def main() -> None:
    cases = [{"name": name, "options": options, "targets": targets(options)} for name, options in CASES.items()]
    lines = ",\n    ".join(json.dumps(case) for case in cases)
    text = f'{{\n  "model": {json.dumps({"model_type": "llama", **MODEL})},\n  "cases": [\n    {lines}\n  ]\n}}\n'
    (HERE / "targets.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
