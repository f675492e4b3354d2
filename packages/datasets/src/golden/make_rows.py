"""Makes cai.parquet (zstd, two row groups), numbers.parquet and pairs.json beside this file: rows as Python writes and splits them.

Pinned: datasets==5.2.0 pyarrow==26.0.1 trl==1.16.0
Run:    python make_rows.py
"""

import copy
import json
from pathlib import Path

import pyarrow.parquet
from datasets import Dataset
from trl import extract_prompt

HERE = Path(__file__).parent


def turns(*texts):
    return [{"role": "user" if i % 2 == 0 else "assistant", "content": text} for i, text in enumerate(texts)]


def cai(index):
    question = f"How do I open lock {index}? 🙂"
    return {
        "index": index,
        "prompt": question,
        "init_prompt": question,
        "init_response": "With force.",
        "critic_prompt": "What is wrong with that?",
        "critic_response": "It breaks things.",
        "revision_prompt": "Write it again.",
        "revision_response": "Ask who owns it.",
        "messages": turns(question, "Ask who owns it."),
        "chosen": turns(question, "Ask who owns it."),
        "rejected": turns(question, "With force."),
    }


def numbers():
    pa = pyarrow
    part = pa.struct([("weight", pa.float64()), ("count", pa.int32())])
    arguments = pa.struct([
        ("id", pa.int64()), ("price", pa.float64()), ("ratio", pa.float32()), ("n", pa.int32()),
        ("list", pa.list_(pa.float64())), ("prices", pa.map_(pa.string(), pa.float64())), ("parts", pa.list_(part)),
    ])
    row = {"id": 2**53 + 1, "price": 20.0, "ratio": 0.5, "n": 7, "list": [1.0, 2.5], "prices": [("apple", 3.0)],
           "parts": [{"weight": 2.0, "count": 2}]}
    return pa.Table.from_pylist([{"arguments": row}], schema=pa.schema([("arguments", arguments)]))


PAIRS = [
    {"chosen": "The sky is blue.", "rejected": "The sky is green."},
    {"chosen": "The sky is blue.", "rejected": "The sky isn't."},
    {"chosen": "The sky", "rejected": "The sky is green."},
    {"chosen": "The same.", "rejected": "The same."},
    {"chosen": turns("Which colour?", "Blue."), "rejected": turns("Which colour?", "Green.")},
    {"chosen": turns("a", "b", "c", "d"), "rejected": turns("a", "b", "c", "e")},
    {"chosen": turns("a", "b", "c", "d"), "rejected": turns("a", "x", "c", "d")},
    {"chosen": turns("a", "b"), "rejected": turns("a", "b")},
]


def main():
    table = Dataset.from_list([cai(i) for i in range(3)]).data.table
    pyarrow.parquet.write_table(table, HERE / "cai.parquet", compression="zstd", row_group_size=2)
    pyarrow.parquet.write_table(numbers(), HERE / "numbers.parquet")
    rows = [{**copy.deepcopy(pair), "split": extract_prompt(copy.deepcopy(pair))} for pair in PAIRS]
    (HERE / "pairs.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
