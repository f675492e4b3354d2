# transformers 5.23, torch (CPU, float32): .venv/bin/python packages/generate/src/local/golden/make_hidden_states.py
import json, pathlib, torch, transformers
from transformers import AutoModel, AutoTokenizer

here = pathlib.Path(__file__).parent
root = here.parents[3]
texts = ["The kiwi cannot fly, but it can run.", "Rain"]
folder = root / "fixtures/models/llama"
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
rows = []
with torch.no_grad():
    for text in texts:
        states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        rows.append({"text": text, "mean": [float(f"{x:.9g}") for x in states.mean(0)]})
versions = {"transformers": transformers.__version__, "torch": torch.__version__}
(here / "hidden-states.json").write_text(json.dumps({"versions": versions, "rows": rows}) + "\n")
