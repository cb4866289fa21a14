"""The Kubernetes side: kopf handlers, resource models, conditions, events and a small API client."""
