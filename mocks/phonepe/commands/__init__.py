"""Commands to a running gateway: trigger, listen, replay."""
