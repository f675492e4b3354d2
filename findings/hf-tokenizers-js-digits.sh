#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0 (npm) and tokenizers 0.23.3 (Python), the same tokenizer.json.
# Behaviour: the npm package's pre-tokenizer Digits cuts at 0-9 only; the Rust library cuts at every character that Unicode
# calls a number (½, ٣, Ⅳ). A guess from the shared file format would be equal ids. SmolLM2 is such a tokenizer.
# Output seen: npm [0,4] / Python [0, 1, 3]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @huggingface/tokenizers@0.2.0
python3 -m venv venv
venv/bin/pip install --quiet tokenizers==0.23.3
cat > tokenizer.json <<'JSON'
{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"post_processor":null,"decoder":null,
 "pre_tokenizer":{"type":"Digits","individual_digits":true},
 "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,
  "byte_fallback":false,"ignore_merges":false,"vocab":{"a":0," ":1,"b":2,"½":3," ½":4},"merges":[[" ","½"]]}}
JSON
cat > npm.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
console.log(JSON.stringify(new Tokenizer(JSON.parse(readFileSync('tokenizer.json', 'utf8')), {}).encode('a ½').ids));
JS
npm_ids=$(node npm.mjs)
python_ids=$(venv/bin/python -c 'from tokenizers import Tokenizer; print(Tokenizer.from_file("tokenizer.json").encode("a ½").ids)')
echo "npm $npm_ids / Python $python_ids"
[ "$npm_ids" = '[0,4]' ] && [ "$python_ids" = '[0, 1, 3]' ]
