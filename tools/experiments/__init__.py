"""The paper's experiments and their baselines, from training to the page of results."""
