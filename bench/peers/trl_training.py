"""What `pnpm bench train` compares with: TRL and PEFT training the same adapter on the same rows, in order.

    python bench/peers/trl_training.py SETTINGS.json

Needs the packages of fixtures/requirements.txt. Prints one line of JSON: Unix times (ms) at which the first step began
and each step ended, TRL's losses, its count of tokens, and the largest resident set (bytes).
"""

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
from datasets import load_dataset
from peft import LoraConfig, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

settings = json.loads(Path(sys.argv[1]).read_text())
torch.set_num_threads(settings["threads"])


class Clock(TrainerCallback):
    """Notes when the first step begins and when each step ends."""

    began = None

    def __init__(self):
        self.ends = []

    def on_step_begin(self, *_args, **_kwargs):
        self.began = self.began or time.time() * 1000

    def on_step_end(self, *_args, **_kwargs):
        self.ends.append(time.time() * 1000)


dpo = settings["method"] == "dpo"
config_class, trainer_class = (DPOConfig, DPOTrainer) if dpo else (SFTConfig, SFTTrainer)
arguments = config_class(
    output_dir=tempfile.mkdtemp(prefix="charter-bench-trl-"),
    per_device_train_batch_size=settings["batch_size"],
    max_steps=settings["steps"],
    max_length=settings["max_length"],
    learning_rate=settings["learning_rate"],
    lr_scheduler_type="constant",
    train_sampling_strategy="sequential",
    # TRL turns this on by default; off it is faster.
    gradient_checkpointing=settings["gradient_checkpointing"],
    use_cpu=True,
    # bf16 is TRL's default where the processor has it: products in bfloat16 by autocast, weights in float32.
    bf16=settings["precision"] == "bf16",
    logging_steps=1,
    save_strategy="no",
    report_to=[],
    disable_tqdm=True,
    dataloader_pin_memory=False,
    **({"beta": 0.1} if dpo else {}),
)
clock = Clock()
trainer = trainer_class(
    model=AutoModelForCausalLM.from_pretrained(settings["model"], dtype=torch.float32, attn_implementation="sdpa"),
    args=arguments,
    train_dataset=load_dataset("json", data_files=settings["data"], split="train"),
    processing_class=AutoTokenizer.from_pretrained(settings["model"]),
    peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"),
    callbacks=[clock],
)
# Both sides start at the same numbers.
missing = set_peft_model_state_dict(trainer.model, load_file(settings["adapter"])).unexpected_keys
assert not missing, missing
trainer.train()
logged = [entry for entry in trainer.state.log_history if "loss" in entry]
print(
    json.dumps(
        {
            "began": clock.began,
            "ends": clock.ends,
            "losses": [entry["loss"] for entry in logged],
            "tokens": logged[-1].get("num_tokens"),
            # Linux counts in KiB, macOS in bytes.
            "peak_rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        }
    )
)
