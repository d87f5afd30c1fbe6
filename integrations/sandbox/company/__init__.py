"""The company all the apps tell the story of: `demo` with its records, `empty` without."""
