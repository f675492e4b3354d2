"""Makes kl.json beside this file: KL(adapted || base) per token of texts, by transformers and PEFT on our fixtures.

Pinned: torch==2.13.0 transformers==5.23.0 peft==0.21.0
Run:    python make_kl.py
"""

import json
from pathlib import Path

import peft
import torch
import transformers
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

FIXTURES = Path(__file__).resolve().parents[4] / "fixtures"
TEXTS = [
    {"prompt": "The dog barks at", "completion": " the moon, and nobody knows why."},
    {"prompt": "How do I oil a hinge?", "completion": " Wipe it, put one drop on it, and move the door."},
]

tokenizer = AutoTokenizer.from_pretrained(FIXTURES / "models/llama")


def distributions(model, ids):
    with torch.no_grad():
        return torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), dim=-1)


rows = []
for text in TEXTS:
    prompt = tokenizer(text["prompt"])["input_ids"]
    ids = tokenizer(text["prompt"] + text["completion"])["input_ids"] + [tokenizer.eos_token_id]
    assert ids[: len(prompt)] == prompt
    base = AutoModelForCausalLM.from_pretrained(FIXTURES / "models/llama", dtype=torch.float32)
    q = distributions(base, ids)
    p = distributions(PeftModel.from_pretrained(base, FIXTURES / "adapters/llama-all-linear"), ids)
    kl = torch.sum(p.exp() * (p - q), dim=-1)[len(prompt) - 1 : -1]
    rows.append({**text, "ids": ids, "kl": [float(f"{value:.8g}") for value in kl]})
Path(__file__).with_name("kl.json").write_text(
    json.dumps(
        {
            "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__},
            "rows": rows,
        },
        indent=1,
    )
    + "\n"
)
