"""Files of a vault that are no Markdown: their text becomes values here, and what is wrong with it diagnostics."""
