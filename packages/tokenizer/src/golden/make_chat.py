"""Makes tokenizer.json and chat.json beside this file: what transformers and TRL make of small conversations.

Pinned: transformers==5.23.0 tokenizers==0.23.3 trl==1.16.0 jinja2==3.1.6 datasets==5.2.0 torch==2.13.0
Run:    python make_chat.py
"""

import copy
import json
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast
from transformers.utils import chat_template_utils
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

HERE = Path(__file__).parent
SPECIAL = ["<|im_start|>", "<|im_end|>", "<|eot|>", "<|head|>", "<|/head|>", "<s>", "</s>"]
CORPUS = [
    "You answer plainly. Please tell me how a lock works, and why the door is closed at night.",
    "A lock keeps a door shut until the right key turns. Ask the owner first; that is the kind thing to do.",
    "I will not help with hurting anyone, but here is what I can do instead: listen, and find someone near you.",
    "user assistant system [INST] [/INST] the there then they this that with what when where which",
] * 4


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=SPECIAL,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer.save(str(HERE / "tokenizer.json"))
    return json.loads((HERE / "tokenizer.json").read_text())


def spaces_as_underscores(tokenizer_json):
    """The same vocabulary size in the manner of SentencePiece: a space put first, bytes for unknown characters."""
    alphabet = sorted({c for text in CORPUS for c in text.replace(" ", "▁")})
    words = ["▁the", "▁a", "▁door", "lo", "ck", "▁lock"]
    bytes_ = [f"<0x{b:02X}>" for b in range(256)]
    tokens = ["<unk>", "<s>", "</s>"] + bytes_ + alphabet
    merges = [("▁", "t"), ("h", "e"), ("▁t", "he"), ("▁", "a"), ("l", "o"), ("c", "k"), ("▁", "lo"), ("▁lo", "ck")]
    for left, right in merges:
        if left + right not in tokens:
            tokens.append(left + right)
    return {
        **tokenizer_json,
        "added_tokens": [
            {**tokenizer_json["added_tokens"][0], "id": i, "content": t} for i, t in enumerate(["<unk>", "<s>", "</s>"])
        ],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Prepend", "prepend": "▁"},
                {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
            ],
        },
        "pre_tokenizer": None,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
        },
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(tokens)},
            "merges": [list(m) for m in merges],
        },
    }


def load(tokenizer_json, config):
    folder = HERE / ".work"
    folder.mkdir(exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer_json))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **config})
    )
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    return tokenizer


def code_units(text, offsets):
    """Python counts code points, JavaScript UTF-16 units."""
    at = [0]
    for c in text:
        at.append(at[-1] + len(c.encode("utf-16-le")) // 2)
    return [[at[a], at[b]] for a, b in offsets]


TEXTS = [
    "The lock on the door.",
    " two  spaces, a tab\tand\n\nnew lines \n",
    "naïve café 日本語 🙂👩‍👧 end",
    "cafe\u0301 decomposed, \u1112\u1161\u11ab jamo, \u212b",
    "<|im_start|>user\nhello<|im_end|>",
    "<s>already begun</s>",
    "they'll don't WE'VE 12345 $%^",
    "",
]

CONVERSATIONS = {
    "one question": [{"role": "user", "content": "How does a lock work?"}],
    "question and answer": [
        {"role": "user", "content": "How does a lock work?"},
        {"role": "assistant", "content": "A key turns it."},
    ],
    "system and two turns": [
        {"role": "system", "content": "  Be kind.  "},
        {"role": "user", "content": "Tell me <b>\"why\"</b> & how 🙂"},
        {"role": "assistant", "content": " The door is closed at night. "},
        {"role": "user", "content": "And then?\n"},
        {"role": "assistant", "content": "Ask the owner 日本."},
    ],
    "two turns": [
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "<think>\nhm\n</think>\n\nsecond"},
        {"role": "user", "content": "third"},
        {"role": "assistant", "content": "<think>\nah\n</think>\n\n  fourth"},
    ],
    "two questions running": [{"role": "user", "content": "one"}, {"role": "user", "content": "two"}],
    "a call": [
        {"role": "user", "content": "weather?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"type": "function", "function": {"name": "sky", "arguments": {"town": "Łódź", "days": 2}}}],
        },
        {"role": "tool", "content": "{\"rain\": true}"},
    ],
}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "sky",
            "description": "Tells the weather <today>.",
            "parameters": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
        },
    }
]
OPTIONS = [
    {},
    {"add_generation_prompt": True},
    {"continue_final_message": True},
    {"tools": TOOLS},
    {"add_generation_prompt": True, "chat_template_kwargs": {"enable_thinking": False}},
]


class FixedNow(datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2025, 3, 4, 15, 6, 7)


def chats(tokenizer):
    cases = []
    for path in sorted((HERE / "templates").glob("*.jinja")):
        tokenizer.chat_template = path.read_text()
        marked = path.stem.endswith("-marked")
        for name, messages in CONVERSATIONS.items():
            for options in OPTIONS:
                kwargs = {**options, **options.get("chat_template_kwargs", {})}
                kwargs.pop("chat_template_kwargs", None)
                case = {"template": path.stem, "conversation": name, "options": options}
                try:
                    case["text"] = tokenizer.apply_chat_template(copy.deepcopy(messages), tokenize=False, **kwargs)
                    mask = marked and not options.get("continue_final_message")
                    out = tokenizer.apply_chat_template(
                        copy.deepcopy(messages), return_assistant_tokens_mask=mask, **kwargs
                    )
                    case["ids"] = out["input_ids"]
                    if mask:
                        case["mask"] = out["assistant_masks"]
                except Exception as error:
                    case["error"] = str(error) if type(error).__name__ == "TemplateError" else type(error).__name__
                cases.append(case)
    return cases


def columns(dataset):
    return [{key: row[key] for key in row if key.endswith("ids") or key == "labels"} for row in dataset]


PAIRS = [
    {"prompt": "How does a lock work?", "completion": " A key turns it."},
    {"prompt": "the do", "completion": "or is closed"},
    {"prompt": "end", "completion": "ed</s>"},
]
PREFERENCES = [
    {"prompt": "How does a lock", "chosen": " work? With a key.", "rejected": "smith work?"},
    {"prompt": "the do", "chosen": "or is closed", "rejected": " not</s>"},
]


def chat_pairs(rows):
    key = {"prompt": "user"}
    return [
        {k: [{"role": key.get(k, "assistant"), "content": v.removesuffix("</s>")}] for k, v in row.items()} for row in rows
    ]


def trl(tokenizer):
    """Runs the trainers' own preparation."""
    out = {}

    def sft(rows):
        stub = SimpleNamespace(_tokenizer=tokenizer, chat_template=None, completion_only_loss=True)
        args = SFTConfig(output_dir="unused", max_length=None, bf16=False, report_to=[])
        return columns(
            SFTTrainer._prepare_dataset(stub, Dataset.from_list(rows), tokenizer, args, False, None, "golden")
        )

    def dpo(rows):
        args = DPOConfig(output_dir="unused", max_length=None, bf16=False, report_to=[])
        stub = SimpleNamespace(_tokenizer=tokenizer)
        return columns(DPOTrainer._prepare_dataset(stub, Dataset.from_list(rows), tokenizer, args, "golden"))

    out["text"] = [{"row": r, **t} for r in [{"text": "no end"}, {"text": "an end</s>"}] for t in sft([r])]
    out["completion"] = [{"row": r, **t} for r in PAIRS for t in sft([r])]
    out["preference"] = [{"row": r, **t} for r in PREFERENCES for t in dpo([r])]
    for name in ["chatml", "brackets", "pipes", "thoughts"]:
        tokenizer.chat_template = (HERE / "templates" / f"{name}.jinja").read_text()
        rows = chat_pairs(PAIRS)
        out["completion"] += [{"template": name, "row": r, **t} for r in rows for t in sft([r])]
        rows = chat_pairs(PREFERENCES)
        out["preference"] += [{"template": name, "row": r, **t} for r in rows for t in dpo([r])]
    return out


def texts(tokenizer):
    rows = []
    for text in TEXTS:
        encoded = tokenizer(text, return_offsets_mapping=True)
        rows.append(
            {
                "text": text,
                "ids": encoded["input_ids"],
                "offsets": code_units(text, encoded["offset_mapping"]),
                "decoded": tokenizer.decode(encoded["input_ids"]),
                "skipped": tokenizer.decode(encoded["input_ids"], skip_special_tokens=True),
            }
        )
    return rows


def main():
    base = train()
    config = {"bos_token": "<s>", "eos_token": "</s>"}
    spaced = spaces_as_underscores(base)
    (HERE / "tokenizer-spaced.json").write_text(json.dumps(spaced, ensure_ascii=False))
    variants = {
        "bytes": (base, config),
        "bytes, NFC": ({**base, "normalizer": {"type": "NFC"}}, config),
        "bytes, BOS in the config only": (base, {**config, "add_bos_token": True}),
        "spaced, BOS": (spaced, {**config, "unk_token": "<unk>"}),
    }
    golden = {"conversations": CONVERSATIONS, "tools": TOOLS, "texts": {}}
    for name, (tokenizer_json, tokenizer_config) in variants.items():
        golden["texts"][name] = {"config": tokenizer_config, "rows": texts(load(tokenizer_json, tokenizer_config))}
    tokenizer = load(base, config)
    with mock.patch.object(chat_template_utils, "datetime", FixedNow):
        golden["chats"] = chats(tokenizer)
    golden["trl"] = trl(tokenizer)
    (HERE / "chat.json").write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
