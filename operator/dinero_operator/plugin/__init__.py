"""``kubectl dinero``: what a person does with the resources, with that person's own rights."""
