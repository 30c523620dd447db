"""What all studies share: cells, journal, running, tables, verdicts, Markdown, pictures, pages and their command."""
