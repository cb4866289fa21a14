"""One HTTP transport for both systems: session, budget, retry, metrics, errors, redaction."""
