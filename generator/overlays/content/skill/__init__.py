"""Everything to tell about one SKILL.md."""
