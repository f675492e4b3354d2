#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0 (npm) and tokenizers 0.23.3 (Python), the same tokenizer.json.
# Behaviour: the pre-tokenizer Punctuation with its default behavior "Isolated" makes each mark a word of its own in the Rust
# library; the npm package reads no behavior and takes a run of marks as one word, so that marks merge.
# Output seen: npm [1] / Python [0, 0]
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
 "pre_tokenizer":{"type":"Punctuation","behavior":"Isolated"},
 "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,
  "byte_fallback":false,"ignore_merges":false,"vocab":{"!":0,"!!":1},"merges":[["!","!"]]}}
JSON
cat > npm.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
console.log(JSON.stringify(new Tokenizer(JSON.parse(readFileSync('tokenizer.json', 'utf8')), {}).encode('!!').ids));
JS
npm_ids=$(node npm.mjs)
python_ids=$(venv/bin/python -c 'from tokenizers import Tokenizer; print(Tokenizer.from_file("tokenizer.json").encode("!!").ids)')
echo "npm $npm_ids / Python $python_ids"
[ "$npm_ids" = '[1]' ] && [ "$python_ids" = '[0, 0]' ]
