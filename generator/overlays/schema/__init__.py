"""Check merged values against schemas/values.schema.json, and say what breaks it in the words of that schema."""
