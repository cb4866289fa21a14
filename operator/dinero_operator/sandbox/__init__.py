"""Simulators of Shoporama, Dinero and a Kubernetes API, and the demo on top of them."""
