"""The rules, one file each; the catalogue finds them by their files' names."""
