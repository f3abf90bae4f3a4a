"""Systems as people see them: which there are, what they would send. Shipped ones are the YAML files here."""
