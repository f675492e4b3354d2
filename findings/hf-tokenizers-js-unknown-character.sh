#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0 (npm) and tokenizers 0.23.3 (Python), the same tokenizer.json.
# Behaviour: in a BPE model without unk_token the Rust library drops a character outside the vocabulary before it merges, so
# that its neighbours can merge; the npm package keeps it between them while it merges and drops it afterwards. One would
# guess that a dropped character is dropped at the same time in both.
# Output seen: npm [0,1] / Python [2]
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
 "pre_tokenizer":null,
 "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,
  "byte_fallback":false,"ignore_merges":false,"vocab":{"p":0,"q":1,"pq":2},"merges":[["p","q"]]}}
JSON
cat > npm.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
console.log(JSON.stringify(new Tokenizer(JSON.parse(readFileSync('tokenizer.json', 'utf8')), {}).encode('p?q').ids));
JS
npm_ids=$(node npm.mjs)
python_ids=$(venv/bin/python -c 'from tokenizers import Tokenizer; print(Tokenizer.from_file("tokenizer.json").encode("p?q").ids)')
echo "npm $npm_ids / Python $python_ids"
[ "$npm_ids" = '[0,1]' ] && [ "$python_ids" = '[2]' ]
