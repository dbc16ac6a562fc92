"""Events as they were once written: every (type, schema) stays readable for ever."""
