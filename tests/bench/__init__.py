"""Benchmarks: each goal a ratio, measured side by side in one run, each side in a fresh process (PERF-1 to PERF-5)."""
