"""Writes gguf/quantizations/codebooks.ts: the tables of GGUF's IQ types as gguf-py 0.19.0 has them.

Run: pip install gguf==0.19.0 && python make_codebooks.py
"""

from pathlib import Path

import numpy as np
from gguf import quants

OUT = Path(__file__).parent.parent / "gguf" / "quantizations" / "codebooks.ts"
lines = [
    "// Written by ../../golden/make_codebooks.py from gguf-py 0.19.0.",
    "",
    "/**",
    " * Tables of the IQ types: an entry is four hexadecimal digits, which hold the numbers of its 8 values (2 bits each) or of",
    " * its 4 values (4 bits each), the first one in the lowest bits.",
    " */",
    "export const codebooks = {",
]
for name, kind in [("IQ1", quants.IQ1_S), ("IQ2_XXS", quants.IQ2_XXS), ("IQ2_XS", quants.IQ2_XS),
                   ("IQ2_S", quants.IQ2_S), ("IQ3_XXS", quants.IQ3_XXS), ("IQ3_S", quants.IQ3_S)]:
    kind.init_grid()
    values = list(kind.grid_map)
    bits = 4 if len(values) > 4 else 2
    grid = kind.grid.reshape(kind.grid_shape)
    numbers = np.vectorize({float(v): i for i, v in enumerate(values)}.get)(grid)
    entries = "".join(f"{sum(int(n) << (bits * i) for i, n in enumerate(row)):04x}" for row in numbers)
    lines += [f"  {name}: {{", f"    values: {values},", "    entries:"]
    parts = [entries[i:i + 96] for i in range(0, len(entries), 96)]
    lines += [f"      '{part}'{' +' if i + 1 < len(parts) else ','}" for i, part in enumerate(parts)]
    lines += ["  },"]
lines += ["} as const satisfies Record<string, { values: readonly number[]; entries: string }>;", ""]
OUT.write_text("\n".join(lines), "utf-8")
