"""Makes ggml-quantized.json: values, and what ggml's own quantizers make of them.

Pinned: gguf==0.19.0 numpy==2.4.6, and the npm package @node-llama-cpp/linux-x64@3.22.1 for libggml-base.so
Run:    python make_ggml.py …/@node-llama-cpp/linux-x64/bins/linux-x64/libggml-base.so
"""

import base64
import ctypes
import json
import sys
from pathlib import Path

import gguf
import numpy as np

quantize = ctypes.CDLL(sys.argv[1]).ggml_quantize_chunk
quantize.restype = ctypes.c_size_t
quantize.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int64] * 3, ctypes.c_void_p]

random = np.random.default_rng(11)
values = np.concatenate([
    random.normal(0, 0.02, 512), random.standard_t(3, 512) * 0.05, np.zeros(256), np.abs(random.normal(0, 1, 256)),
]).astype(np.float32)
golden = {"values": base64.b64encode(values.tobytes()).decode()}
for kind in [gguf.GGMLQuantizationType[name] for name in ("Q4_0", "Q5_0", "Q8_0", "Q4_K", "Q6_K")]:
    block, size = gguf.GGML_QUANT_SIZES[kind]
    out = np.zeros(len(values) // block * size, dtype=np.uint8)
    assert quantize(int(kind), values.ctypes.data, out.ctypes.data, 0, 1, len(values), None) == len(out)
    if not kind.name.endswith("K"):
        assert (gguf.quants.quantize(values.reshape(1, -1), kind).reshape(-1) == out).all()
    golden[kind.name] = base64.b64encode(out.tobytes()).decode()
Path(__file__).with_name("ggml-quantized.json").write_text(json.dumps(golden) + "\n", "utf-8")
