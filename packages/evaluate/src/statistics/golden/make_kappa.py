"""Makes kappa.json beside this file: Cohen's kappa with its interval by statsmodels, the value by sklearn's formula too.

Pinned: statsmodels==0.15.0 numpy==2.4.6
Run:    python make_kappa.py
"""

import json
from pathlib import Path

import numpy as np
import statsmodels
from statsmodels.stats.inter_rater import cohens_kappa

TABLES = [
    [[20, 5], [10, 15]],
    [[45, 15], [25, 15]],
    [[120, 3, 1], [8, 40, 6], [2, 5, 15]],
    [[3, 9, 0], [8, 1, 4], [0, 2, 3]],
    [[10, 0], [0, 7]],
]


def by_sklearn_formula(table):
    # cohen_kappa_score, unweighted: 1 - sum(w * confusion) / sum(w * expected)
    confusion = np.array(table, dtype=float)
    expected = np.outer(confusion.sum(axis=0), confusion.sum(axis=1)) / confusion.sum()
    weights = 1 - np.eye(len(table))
    return 1 - np.sum(weights * confusion) / np.sum(weights * expected)


rows = []
for table in TABLES:
    result = cohens_kappa(np.array(table))
    assert abs(result.kappa - by_sklearn_formula(table)) < 1e-12
    rows.append(
        {
            "table": table,
            "kappa": float(f"{result.kappa:.10g}"),
            "low": float(f"{result.kappa_low:.10g}"),
            "high": float(f"{result.kappa_upp:.10g}"),
        }
    )
Path(__file__).with_name("kappa.json").write_text(
    json.dumps({"versions": {"statsmodels": statsmodels.__version__, "numpy": np.__version__}, "rows": rows}, indent=1) + "\n"
)
