"""What the tests start, and how they talk to it. Nothing in here knows an expected answer."""
