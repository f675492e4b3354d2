#!/usr/bin/env bash
# transformers 5.23.0 with tokenizers 0.23.3.
# Behaviour: AutoTokenizer on a folder whose tokenizer_config.json names GPT2Tokenizer keeps vocabulary and merges of its
# tokenizer.json but not its pre-tokenizer: a Digits step before ByteLevel is gone, and with it the ids that the model
# was trained on. A guess from transformers 4 would be that tokenizer.json decides.
# Output seen: tokenizer.json [4, 2] / AutoTokenizer [0, 0, 2]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet transformers==5.23.0 tokenizers==0.23.3
mkdir model
cat > model/tokenizer.json <<'JSON'
{"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":3,"content":"<|end|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
 "normalizer":null,"post_processor":null,"decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
 "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]},
 "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,
  "byte_fallback":false,"ignore_merges":false,"vocab":{"Ċ":0,"a":1,"1":2,"<|end|>":3,"ĊĊ":4},"merges":[["Ċ","Ċ"]]}}
JSON
cat > model/tokenizer_config.json <<'JSON'
{"tokenizer_class":"GPT2Tokenizer","bos_token":"<|end|>","eos_token":"<|end|>","unk_token":"<|end|>"}
JSON
out=$(venv/bin/python - 2>/dev/null <<'PY'
from tokenizers import Tokenizer
from transformers import AutoTokenizer
text = "\n\n1"
print("tokenizer.json", Tokenizer.from_file("model/tokenizer.json").encode(text).ids, "/ AutoTokenizer", AutoTokenizer.from_pretrained("model")(text)["input_ids"])
PY
)
echo "$out"
[ "$out" = 'tokenizer.json [4, 2] / AutoTokenizer [0, 0, 2]' ]
