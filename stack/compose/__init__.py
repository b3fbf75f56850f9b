"""The stack by `docker-compose.test.yml`: brought up from outside, or joined from the service `tests`."""
