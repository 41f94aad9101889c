"""The tests, in folders that mirror the code; tests/README.md says which kinds there are."""
