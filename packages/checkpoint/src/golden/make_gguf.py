"""Makes the GGUF files beside this one, and what Python makes of them.

Pinned: gguf==0.19.0 numpy==2.4.6 transformers==5.23.0 tokenizers==0.23.3 torch==2.13.0 safetensors==0.8.0
        sentencepiece==0.2.3
Run:    python make_gguf.py
        SMOLLM2_GGUF=…/SmolLM2-135M-Instruct.Q4_1.gguf python make_gguf.py      also makes smollm2.json
"""

import hashlib
import io
import json
import math
import os
from pathlib import Path

import gguf
import numpy as np
import sentencepiece
import torch
from gguf import GGMLQuantizationType as T
from safetensors.numpy import load_file, save_file
from tokenizers import Regex, pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM

HERE = Path(__file__).parent
FIXTURES = HERE.parents[3] / "fixtures"


def every_type() -> None:
    """One tensor of each type, and its values by gguf-py."""
    random = np.random.default_rng(7)
    writer = gguf.GGUFWriter(HERE / "quantized.gguf", "llama")
    expected = {}
    rows, columns = 3, 512
    # Bytes at which a block's float16 factors begin, for types that gguf-py does not write: all other bytes are random.
    factors_at = {
        T.Q2_K: [80, 82], T.Q3_K: [108], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208], T.IQ4_NL: [0], T.IQ4_XS: [0],
        T.IQ2_XXS: [0], T.IQ2_XS: [0], T.IQ2_S: [0], T.IQ3_XXS: [0], T.IQ3_S: [0], T.IQ1_S: [0], T.IQ1_M: [],
    }
    for kind in [T.F32, T.F16, T.BF16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.MXFP4, T.TQ1_0, T.TQ2_0, *factors_at]:
        values = random.normal(0, 0.4, (rows, columns)).astype(np.float32)
        if kind in factors_at:
            block, size = gguf.GGML_QUANT_SIZES[kind]
            data = random.integers(0, 256, (rows, columns // block, size), dtype=np.uint8)
            for at in factors_at[kind]:
                factor = random.normal(0, 0.01, (rows, columns // block, 1)).astype(np.float16)
                data[..., at:at + 2] = factor.view(np.uint8)
            if kind == T.IQ1_M:
                # The factor's four digits are the highest bits of four numbers; the highest digit keeps it small.
                data[..., 55] = (data[..., 55] & 0x0F) | 0x20
            data = data.reshape(rows, -1)
        else:
            data = gguf.quants.quantize(values, kind)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        expected[kind.name] = gguf.quants.dequantize(data, kind).astype(np.float32)
    finish(writer)
    save_file(expected, HERE / "quantized.safetensors")


def interleave(weight: np.ndarray, heads: int) -> np.ndarray:
    """The order of q's and k's rows in Llama's GGUF files."""
    return weight.reshape(heads, 2, -1, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


NAMES = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}


def gguf_name(name: str) -> str:
    stem, kind = name.rsplit(".", 1)
    if stem.startswith("model.layers."):
        _, _, layer, part = stem.split(".", 3)
        return f"blk.{layer}.{NAMES[part]}.{kind}"
    return f"{NAMES[stem]}.{kind}"


def model(name: str, architecture: str, kind: T) -> None:
    """A model of fixtures/models as llama.cpp's convert_hf_to_gguf.py writes it."""
    folder = FIXTURES / "models" / name
    config = json.loads((folder / "config.json").read_text("utf-8"))
    rope = config.get("rope_parameters") or {**(config["rope_scaling"] or {}), "rope_theta": config["rope_theta"]}
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] // heads
    file = HERE / f"{name}.gguf"
    writer = gguf.GGUFWriter(file, architecture)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(groups)
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_rope_dimension_count(head_dim)
    if name == "mistral":
        writer.add_sliding_window(config["sliding_window"])
    byte_level_tokenizer(writer)
    if rope["rope_type"] == "llama3":
        writer.add_tensor("rope_freqs.weight", llama3_divisors(rope, head_dim))
    for key, weight in load_file(folder / "model.safetensors").items():
        if architecture == "llama" and ".q_proj." in key:
            weight = interleave(weight, heads)
        if architecture == "llama" and ".k_proj." in key:
            weight = interleave(weight, groups)
        stored = T.F32 if weight.ndim == 1 else kind
        writer.add_tensor(gguf_name(key), gguf.quants.quantize(weight, stored), raw_dtype=stored)
    finish(writer)

    # transformers reads the same weights out of it, so what is written here is the format and not our idea of it.
    # It does not read a Qwen3's head size from GGUF.
    known = {"config": AutoConfig.from_pretrained(folder)} if architecture == "qwen3" else {}
    loaded = AutoModelForCausalLM.from_pretrained(HERE, gguf_file=file.name, dtype=torch.float32, **known).state_dict()
    for key, weight in load_file(folder / "model.safetensors").items():
        rounded = torch.from_numpy(weight)
        if weight.ndim > 1:
            rounded = rounded.to(torch.bfloat16 if kind == T.BF16 else torch.float16).float()
        assert torch.equal(loaded[key], rounded), f"{name}: {key}"


def llama3_divisors(rope: dict, head_dim: int) -> np.ndarray:
    low, high, factor = rope["low_freq_factor"], rope["high_freq_factor"], rope["factor"]
    original = rope["original_max_position_embeddings"]
    divisors = []
    for i in range(0, head_dim, 2):
        wavelength = 2 * math.pi * rope["rope_theta"] ** (i / head_dim)
        if wavelength < original / high:
            divisors.append(1)
        elif wavelength > original / low:
            divisors.append(factor)
        else:
            smooth = (original / wavelength - low) / (high - low)
            divisors.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(divisors, dtype=np.float32)


def byte_level_tokenizer(writer: gguf.GGUFWriter) -> None:
    tokenizer = json.loads((FIXTURES / "tokenizer" / "tokenizer.json").read_text("utf-8"))
    added = {token["id"]: token for token in tokenizer["added_tokens"]}
    vocabulary = {**tokenizer["model"]["vocab"], **{token["content"]: id for id, token in added.items()}}
    tokens = sorted(vocabulary, key=vocabulary.get)
    assert [vocabulary[token] for token in tokens] == list(range(len(tokens)))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if id in added else gguf.TokenType.NORMAL for id in range(len(tokens))])
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_chat_template((FIXTURES / "tokenizer" / "chat_template.jinja").read_text("utf-8"))


TEXTS = [
    "Hello world! Tell me a story.",
    "It's 3:45pm, they've 12345 apples -- and I'LL take 007.",
    "  two  spaces,\ttabs\n\n  and lines \r\n end  ",
    "naïve café, Straße, ЩЕПКА, 你好世界, नमस्ते, 🙂👍🏽 e\u0301",
    "x=a[i+1]; // don't_do $this ^here^ <p>x</p>",
    "ABCdef GHIjkl McDonald's iPhone15",
]

CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"


def cuts() -> None:
    """Texts cut as the model families' own tokenizer.json files have it."""
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False)

    def split(*patterns: str):
        parts = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns]
        return pre_tokenizers.Sequence([*parts, byte_level])

    by_name = {
        "gpt-2": gpt2,
        "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), gpt2]),
        "llama-bpe": split(CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + TAIL),
        "qwen2": split(CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + TAIL),
        "tekken": split(
            rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*|\p{{N}}"
            + TAIL.replace(r"[\r\n]*|", r"[\r\n/]*|")),
        "default": split(
            r"[\p{P}\$\+<=>\^~\|]+", r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)",
            r"\p{N}+", r"[0-9][0-9][0-9]"),
    }
    pieces = {
        name: [[piece for piece, _ in pre_tokenizer.pre_tokenize_str(text)] for text in TEXTS]
        for name, pre_tokenizer in by_name.items()
    }
    write("cuts.json", {"texts": TEXTS, "pieces": pieces})


def sentence_piece() -> None:
    """A SentencePiece model as llama.cpp writes it, and what SentencePiece itself makes of texts."""
    corpus = (FIXTURES / "inputs" / "messages.jsonl").read_text("utf-8").splitlines()
    lines = [line for row in corpus for message in json.loads(row)["messages"] for line in message["content"].split("\n")]
    trained = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines * 3), model_writer=trained, vocab_size=500, model_type="bpe", byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, character_coverage=0.99,
        user_defined_symbols=["[INST]"], control_symbols=["<|im_end|>"], minloglevel=2)
    sp = sentencepiece.SentencePieceProcessor(model_proto=trained.getvalue())
    writer = gguf.GGUFWriter(HERE / "sentencepiece.gguf", "llama")
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    ids = range(sp.vocab_size())
    writer.add_token_list([sp.id_to_piece(id).encode() for id in ids])
    writer.add_token_scores([sp.get_score(id) for id in ids])
    writer.add_token_types([
        gguf.TokenType.UNKNOWN if sp.is_unknown(id) else gguf.TokenType.BYTE if sp.is_byte(id)
        else gguf.TokenType.CONTROL if sp.is_control(id)
        else gguf.TokenType.USER_DEFINED if sp.id_to_piece(id) == "[INST]" else gguf.TokenType.NORMAL for id in ids])
    writer.add_bos_token_id(sp.bos_id())
    writer.add_eos_token_id(sp.eos_id())
    writer.add_unk_token_id(sp.unk_id())
    finish(writer)
    # Where a text begins with spaces, or a symbol is followed by text, Hugging Face's and SentencePiece's ideas differ.
    texts = [text for text in TEXTS if not text.startswith(" ")]
    write("sentencepiece.json", {"rows": [{"text": text, "ids": [sp.bos_id(), *sp.encode(text)]} for text in texts]})


def smollm2() -> None:
    """SHA-256 of each weight that transformers reads from the real file."""
    if "SMOLLM2_GGUF" not in os.environ:
        print("skipped: SMOLLM2_GGUF does not name SmolLM2-135M-Instruct.Q4_1.gguf")
        return
    file = Path(os.environ["SMOLLM2_GGUF"])
    loaded = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    digests = {
        name: hashlib.sha256(weight.numpy().tobytes()).hexdigest()
        for name, weight in loaded.state_dict().items() if name != "lm_head.weight"
    }
    write("smollm2.json", {"weights": digests})


def finish(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write(name: str, value: dict) -> None:
    (HERE / name).write_text(json.dumps(value, ensure_ascii=False) + "\n", "utf-8")


every_type()
model("llama-untied-rope3", "llama", T.BF16)
model("mistral", "llama", T.BF16)
model("qwen2", "qwen2", T.F16)
model("qwen3", "qwen3", T.BF16)
cuts()
sentence_piece()
smollm2()
