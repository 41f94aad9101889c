"""Pictures of screens for the tests of the screenshot reader."""
