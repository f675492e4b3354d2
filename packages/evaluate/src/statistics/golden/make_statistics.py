"""Makes statistics.json beside this file: intervals and tests by scipy and statsmodels.

Pinned: scipy==1.17.1 statsmodels==0.15.0 numpy==2.4.6
Run:    python make_statistics.py
"""

import json
from pathlib import Path

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

HERE = Path(__file__).parent
RESAMPLES = 200_000


def rounded(values):
    return [float(f"{value:.10g}") for value in values]


def quantiles():
    ps = [1e-9, 0.0005, 0.005, 0.025, 0.05, 0.3, 0.5, 0.7, 0.95, 0.975, 0.995, 0.9999]
    return [{"p": p, "z": float(f"{stats.norm.ppf(p):.12g}")} for p in ps]


def wilson():
    cases = [(0, 5), (5, 5), (8, 10), (1, 30), (167, 300), (3, 2000)]
    rows = []
    for confidence in (0.8, 0.95, 0.99):
        for successes, n in cases:
            low, high = proportion_confint(successes, n, alpha=1 - confidence, method="wilson")
            row = {"successes": successes, "n": n, "confidence": confidence}
            rows.append({**row, "low": float(f"{low:.10g}"), "high": float(f"{high:.10g}")})
    return rows


def sign_tests():
    cases = [(0, 1), (0, 5), (0, 6), (7, 7), (3, 14), (40, 11), (400, 520)]
    return [
        {"lost": b, "gained": c, "p": float(f"{mcnemar([[3, b], [c, 9]], exact=True).pvalue:.10g}")}
        for b, c in cases
    ]


def means():
    rng = np.random.default_rng(7)
    rows = []
    for n in (8, 60):
        before = np.round(rng.gamma(2.0, 1.5, n), 3)
        after = np.round(before * 0.9 + rng.normal(-0.1, 0.4, n), 3)
        weights = rng.integers(1, 40, n)
        rows.append(case(before, after, weights))
    return rows


def case(before, after, weights):
    def weighted(values, counts, axis=-1):
        return np.sum(values * counts, axis=axis) / np.sum(counts, axis=axis)

    def perplexity(values, counts, axis=-1):
        return np.exp(weighted(values, counts, axis))

    def change(a, b, axis=-1):
        return np.mean(b, axis=axis) - np.mean(a, axis=axis)

    def perplexity_change(a, b, counts, axis=-1):
        return perplexity(b, counts, axis) - perplexity(a, counts, axis)

    def interval(data, statistic):
        result = stats.bootstrap(
            data,
            statistic,
            n_resamples=RESAMPLES,
            batch=2_000,
            paired=True,
            vectorized=True,
            method="percentile",
            rng=np.random.default_rng(1),
        )
        return rounded([result.confidence_interval.low, result.confidence_interval.high])

    # Exchanging the two values of a case changes the sign of their difference.
    exchanged = stats.permutation_test(
        (before, after),
        change,
        permutation_type="samples",
        n_resamples=RESAMPLES,
        vectorized=True,
        rng=np.random.default_rng(1),
    )
    return {
        "before": before.tolist(),
        "after": after.tolist(),
        "weights": weights.tolist(),
        "mean": interval((before,), np.mean),
        "weighted_mean": interval((before, weights), weighted),
        "perplexity": interval((before, weights), perplexity),
        "change": interval((before, after), change),
        "perplexity_change": interval((before, after, weights), perplexity_change),
        "p": float(f"{exchanged.pvalue:.10g}"),
    }


(HERE / "statistics.json").write_text(
    json.dumps(
        {
            "versions": {
                "scipy": scipy.__version__,
                "statsmodels": statsmodels.__version__,
                "numpy": np.__version__,
            },
            "quantiles": quantiles(),
            "wilson": wilson(),
            "sign_tests": sign_tests(),
            "means": means(),
        },
        indent=1,
    )
    + "\n"
)
